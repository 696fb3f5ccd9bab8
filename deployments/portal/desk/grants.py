"""A new grant: its programme is chosen, and its calendar is shown before it is saved."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.form import DeskForm, Filled, Scene, list_called
from deployments.portal.desk.people import email_of, people_of
from deployments.portal.grant.page import StepLine, step_lines
from deployments.portal.grant.rows import load_grant_rows
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from models.commands.clock import Clock
from models.commands.grants import OpenGrant
from models.errors import GrantError, ImportInvalid, Unreadable
from models.forms.field import Field, Kind, read_fields
from models.programme.plan import Programme
from models.rules.names import name_on
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation
from models.vocabulary import SETTLED, Duty, Role, StepKind
from tasks.intake.names import Known
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry
from tasks.programmes.folders import programme_folders
from tasks.store.database import dry_run
from tasks.store.names import load_names
from tasks.words.translator import capitalised

_BODY, _GRANT = table_of(Organisation), table_of(Grant)
_ROLES = (Role.COORDINATOR, Role.COMMITTEE, Role.CONTROLLER)
_LONGEST = 100
_DATE, _SAID = "d-", "o-"
# What the fields begin with that say what was done before.
PAST = "was-"


def show_programmes(request: Request) -> Response:
    """Return the programmes under which a grant can be entered; `?words=` has those that say all the words."""
    portal, words = portal_of(request), request.query_params.get("words", "")[:_LONGEST]
    say, registry = portal.translator(request), registry_of(portal.settings.office_folder)
    named = [(one.title.in_language(say.language), one.programme) for one in registry.sound_ones()]
    found = [
        one for one in named if all(word in " ".join(one).casefold() for word in words.casefold().split())
    ]
    return portal.pages.show(
        "desk/programmes.html",
        say,
        visit=visit_of(request),
        programmes=sorted(found, key=lambda one: one[0].casefold()),
        words=words,
    )


def registry_of(home: Path) -> ProgrammeRegistry:
    """Return the programmes; reading them takes a second or two, so they are kept until a file of theirs changes."""
    folders = programme_folders(home)
    files = sorted(path for folder in folders for path in folder.glob("*.yaml"))
    return _kept(folders, tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _kept(folders: tuple[Path, ...], files: tuple[tuple[str, int], ...]) -> ProgrammeRegistry:
    return ProgrammeRegistry(*folders)


def calendar_of(scene: Scene, connection: Connection, reference: str) -> list[StepLine]:
    """Return the steps of a grant with their dates and reasons, as its page has them."""
    rows = load_grant_rows(connection, reference, scene.today, scene.portal.settings.zone)
    return [] if rows is None else list(step_lines(scene.say, rows, scene.today))


def _programme(scene: Scene) -> Programme:
    """Return the programme that the link names; 404 for none."""
    try:
        return registry_of(scene.portal.settings.office_folder).get(scene.given.get("programme", ""))
    except ImportInvalid as error:
        raise HTTPException(404) from error


def _fields(scene: Scene) -> Iterator[Field]:
    """Yield the fields of a new grant; of one that has run for a while also those that say what is done already."""
    programme = _programme(scene)
    asked = list(_about(scene, programme))
    yield from asked
    filled = Filled(read_fields(asked, scene.given, scene.today))
    if not any(field.error for field in filled.fields):
        yield from _done_already(scene, programme, filled)


def _bodies(scene: Scene) -> Mapping[int, str]:
    """Return the keys of the organisations, by id."""
    return {row.id: row.key for row in scene.connection.execute(select(_BODY.c.id, _BODY.c.key))}


def _about(scene: Scene, programme: Programme) -> Iterator[Field]:
    """Yield the fields that say what the grant is, with the days that the programme wants of it."""
    titled = ((programme.programme, programme.title.in_language(scene.say.language)),)
    yield Field("programme", Kind.CHOICE, options=titled, text=programme.programme)
    yield from (Field("reference", Kind.LINE), Field("title", Kind.LINE))
    held = load_names(scene.connection, _bodies(scene))
    called = {body: name_on(names, scene.today) for body, names in held.items()}
    names = tuple((name, name) for name in sorted(called.values(), key=str.casefold))
    newest = select(_GRANT.c.recipient_id).order_by(_GRANT.c.id.desc()).limit(1)
    ours = called.get(scene.connection.scalar(newest) or 0, "")
    yield Field("funder", Kind.LINE, options=names)
    yield Field("recipient", Kind.LINE, options=names, text=ours)
    yield from (Field("period_start_on", Kind.DAY), Field("period_end_on", Kind.DAY))
    people = (("", ""), *people_of(scene))
    for role in _ROLES:
        yield Field(role, Kind.CHOICE, role is Role.COORDINATOR, options=people)
    for name, one in programme.dates.items():
        if one.given_by == "grant":
            title = capitalised(one.title.in_language(scene.say.language))
            yield Field(f"{_DATE}{name}", Kind.DAY, one.required, title=title)
    yield Field("decided_on", Kind.DAY, False, latest=scene.today)
    yield Field("amount", Kind.SUM, False, currency=programme.currency)
    for name, one in programme.dates.items():
        if one.given_by == "decision":
            yield Field(
                f"{_SAID}{name}",
                Kind.DAY,
                False,
                title=capitalised(one.title.in_language(scene.say.language)),
            )


def _done_already(scene: Scene, programme: Programme, filled: Filled) -> Iterator[Field]:
    """Yield a field for each step whose day has come: when it was done; of a payment when it came, and how much."""
    lines: list[StepLine] = []
    engine = dry_run(
        scene.portal.engine, lambda seen: lines.extend(calendar_of(scene, seen, filled.text("reference")))
    )
    clock = Clock(scene.today, scene.portal.clock())
    with suppress(GrantError, Unreadable):  # told when it is looked at what the form moves
        perform(engine, _open(scene, filled), None, clock, settings=scene.portal.settings)
    for line in lines:
        row, due_on = line.row, line.row.due_on
        # What the decision settles, as the application, has a day of its own.
        settled = row.status in SETTLED and row.kind is not StepKind.REPORT
        if settled or row.kind is StepKind.CLAIM or (due_on and due_on > scene.today):
            continue
        if row.kind is StepKind.PAYMENT and filled.text("decided_on"):
            yield Field(f"{PAST}paid-{row.instalment}", Kind.DAY, False, title=line.title, latest=scene.today)
            yield Field(f"{PAST}sum-{row.instalment}", Kind.SUM, False, currency=programme.currency)
        elif row.kind is not StepKind.PAYMENT and due_on:
            yield Field(f"{PAST}done-{row.key}", Kind.DAY, False, title=line.title, latest=scene.today)


def _history(filled: Filled) -> dict[str, object]:
    """Return what was decided, done and paid before, as an import file says it."""
    given = {field.name: field.text for field in filled.fields if field.text}
    dates = {name.removeprefix(_SAID): filled.value(name) for name in given if name.startswith(_SAID)}
    decided: dict[str, object] = {"decided_on": filled.value("decided_on"), "dates": dates}
    if "amount" in given:
        decided["amount"] = _typed_sum(filled, "amount")
    done = {
        name.removeprefix(f"{PAST}done-"): filled.value(name)
        for name in given
        if name.startswith(f"{PAST}done-")
    }
    paid: dict[int, dict[str, object]] = {}
    for name in given:
        if name.startswith((f"{PAST}paid-", f"{PAST}sum-")):
            what, _, number = name.removeprefix(PAST).partition("-")
            said = (
                {"paid_on": filled.value(name)}
                if what == "paid"
                else {"paid_amount": _typed_sum(filled, name)}
            )
            paid.setdefault(int(number), {}).update(said)
    return {"decisions": [decided] if "decided_on" in given else [], "done": done, "instalments": paid}


def _typed_sum(filled: Filled, name: str) -> str:
    """Return the sum in a field that is filled in, in whole units, as an import file has it."""
    field = next(one for one in filled.fields if one.name == name)
    return f"{field.number(field.text):f}"


def _open(scene: Scene, filled: Filled) -> OpenGrant:
    names = [field.name for field in filled.fields]
    dates = {one.removeprefix(_DATE): filled.value(one) for one in names if one.startswith(_DATE)}
    known = Known()
    bodies = _bodies(scene)
    for body, held in load_names(scene.connection, bodies).items():
        known.add_organisation(bodies[body], [one.name for one in held])
    said: dict[str, object] = {
        "title": filled.text("title"),
        "funder": known.organisation(filled.text("funder")),
        "recipient": known.organisation(filled.text("recipient")),
        "period_start_on": filled.value("period_start_on"),
        "period_end_on": filled.value("period_end_on"),
        "dates": {name: {"on": day} for name, day in dates.items() if day is not None},
        "roles": {str(role): email_of(scene, filled.text(role)) for role in _ROLES if filled.text(role)},
        **_history(filled),
    }
    return OpenGrant(filled.text("reference"), _programme(scene), said, known.met_organisations())


_PROGRAMMES = list_called("programmes", "/new-grant")
NEW_GRANT = DeskForm("new-grant", Duty.OFFICE, _PROGRAMMES, _fields, _open)
