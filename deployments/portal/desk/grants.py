"""A new grant: its programme is chosen, and its calendar is shown before it is saved."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.answer.fields import Field
from deployments.portal.desk.form import DeskForm, Filled, Place, Scene
from deployments.portal.desk.people import email_of, people_of
from deployments.portal.grant.page import StepLine, step_lines
from deployments.portal.grant.rows import load_grant_rows
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from deployments.shipped_files import programme_folders
from models.commands.grants import OpenGrant
from models.errors import ImportInvalid
from models.programme.plan import Programme
from models.rules.duties import Duty
from models.tables.columns import table_of
from models.tables.person import Organisation, OrganisationName
from models.vocabulary import Role
from tasks.programmes.registry import ProgrammeRegistry
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import capitalised

_BODY, _NAME = table_of(Organisation), table_of(OrganisationName)
_ROLES = (Role.COORDINATOR, Role.COMMITTEE, Role.CONTROLLER)
_DATE = "d-"


def show_programmes(request: Request) -> Response:
    """Return the programmes under which a grant can be entered."""
    portal = portal_of(request)
    say, registry = portal.translator(request), ProgrammeRegistry(*programme_folders(portal.settings.home))
    named = [(one.title.in_language(say.language), one.programme) for one in registry.sound_ones()]
    return portal.pages.show("desk/programmes.html", say, visit=visit_of(request), programmes=sorted(named))


def calendar_of(scene: Scene, connection: Connection, reference: str) -> list[StepLine]:
    """Return the steps of a grant with their dates and reasons, as its page has them."""
    rows = load_grant_rows(connection, reference, scene.today, scene.portal.settings.zone)
    return [] if rows is None else list(step_lines(scene.say, rows, scene.today))


def _programme(scene: Scene) -> Programme:
    """Return the programme that the link names; 404 for none."""
    registry = ProgrammeRegistry(*programme_folders(scene.portal.settings.home))
    try:
        return registry.get(scene.given.get("programme", ""))
    except ImportInvalid as error:
        raise HTTPException(404) from error


def _place(scene: Scene) -> Place:
    words = words_module(scene.say.language, "desk")
    return Place(one_paragraph(words.programmes()), "/new-grant")


def _fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of a new grant, with the days that the programme wants of it."""
    programme = _programme(scene)
    titled = ((programme.programme, programme.title.in_language(scene.say.language)),)
    yield Field("programme", "choice", options=titled, value=programme.programme)
    yield from (Field("reference", "line"), Field("title", "line"))
    query = select(_BODY.c.key, _NAME.c.name).join(_NAME, _NAME.c.organisation_id == _BODY.c.id)
    newest = scene.connection.execute(query.order_by(_NAME.c.valid_from_on)).all()
    bodies = (
        ("", ""),
        *sorted({row.key: row.name for row in newest}.items(), key=lambda one: one[1].casefold()),
    )
    yield from (Field("funder", "choice", options=bodies), Field("recipient", "choice", options=bodies))
    yield from (Field("period_start_on", "date"), Field("period_end_on", "date"))
    people = (("", ""), *people_of(scene))
    for role in _ROLES:
        yield Field(role, "choice", role is Role.COORDINATOR, options=people)
    for name, one in programme.dates.items():
        if one.given_by == "grant":
            title = capitalised(one.title.in_language(scene.say.language))
            yield Field(f"{_DATE}{name}", "date", one.required, title=title)


def _open(scene: Scene, filled: Filled) -> OpenGrant:
    names = [field.name for field in filled.fields]
    dates = {one.removeprefix(_DATE): filled.day(one) for one in names if one.startswith(_DATE)}
    said: dict[str, object] = {
        "title": filled.text("title"),
        "funder": filled.text("funder"),
        "recipient": filled.text("recipient"),
        "period_start_on": filled.day("period_start_on"),
        "period_end_on": filled.day("period_end_on"),
        "dates": {name: {"on": day} for name, day in dates.items() if day is not None},
        "roles": {str(role): email_of(scene, filled.text(role)) for role in _ROLES if filled.text(role)},
    }
    return OpenGrant(filled.text("reference"), _programme(scene), said)


NEW_GRANT = DeskForm("new-grant", Duty.OFFICE, _place, _fields, _open)
