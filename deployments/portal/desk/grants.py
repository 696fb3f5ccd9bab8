"""Open a new grant: choose its programme, and see its calendar before it is saved."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.organisations import keys_of, known_organisations
from deployments.portal.desk.people import email_of, people_of
from deployments.portal.forms.context import FormContext, FormSetup, FormWords, Read, list_called, value_of
from deployments.portal.grant.page import StepLine, step_lines
from deployments.portal.grant.page_facts import load_grant_rows
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from models.commands.clock import Clock
from models.commands.grants import OpenGrant
from models.errors import GrantError, ImportInvalid, Unreadable
from models.forms.field import Field, read_fields
from models.forms.spec import ACTS, begin
from models.programme.plan import Programme
from models.rules.organisation_name import name_on
from models.tables.columns import table_of
from models.tables.grant import Grant, ProgrammeVersion
from models.vocabulary import SETTLED, Duty, Role, StepKind
from tasks.people.visibility import may_visitor
from tasks.perform import preview
from tasks.programmes.files import ProgrammeRegistry
from tasks.programmes.folders import programme_folders
from tasks.programmes.own import is_said_in_rows, list_drafts
from tasks.store.database import reading
from tasks.store.organisation_names import load_names
from tasks.store.people import load_roles
from tasks.words.translator import capitalised

_GRANT = table_of(Grant)
_VERSION = table_of(ProgrammeVersion)
_ROLES = (Role.COORDINATOR, Role.COMMITTEE, Role.CONTROLLER)
_LONGEST = 100
# Whose funders' programmes come first: most offices are Swedish, and a grant from abroad is rare.
_HOME = "SE"
_HOME_CURRENCY = "SEK"
# For how long the rules of one year's grants stand among those of today.
_YEARS_SHOWN = 3


def show_programmes(request: Request) -> Response:
    """Return the programmes under which a grant can be entered; `?words=` has those that say all the words.

    `?saved=` names the one, or the draft, that was saved just now.
    """
    portal = portal_of(request)
    words = request.query_params.get("words", "")[:_LONGEST]
    just_saved = request.query_params.get("saved", "")
    say = portal.translator(request)
    registry = registry_of(portal.settings.office_folder)
    visit = visit_of(request)
    with reading(portal.engine) as connection:
        if not may_visitor(connection, visit.visitor, Duty.NEW_GRANT):
            raise HTTPException(404)
    listed: dict[str, list[tuple[str, str]]] = {"here": [], "own": [], "abroad": [], "past": []}
    folder = programme_folders(portal.settings.office_folder)[0]
    own = {path.stem for path in folder.glob("*.yaml")}
    saved: tuple[str, str] | None = None
    for programme in registry.sound_ones():
        named = (programme.title.in_language(say.language), programme.programme)
        if programme.programme == just_saved and just_saved in own:
            saved = named
        if all(word in " ".join(named).casefold() for word in words.casefold().split()):
            listed[_whence(programme, own, portal.today)].append(named)
    drafts = list(list_drafts(folder))
    return portal.pages.show(
        "desk/programmes.html",
        say,
        visit=visit,
        programmes={
            where: sorted(found, key=lambda named: named[0].casefold()) for where, found in listed.items()
        },
        words=words,
        drafts=drafts,
        saved=saved,
        left=next((one for one in drafts if one.id == just_saved and one.waits), None),
        written_here=[name for name in own if is_said_in_rows(folder / f"{name}.yaml")],
    )


def _whence(programme: Programme, own: Collection[str], today: date) -> str:
    """Return under which heading a programme is listed; the names of the office's own files are its `own`.

    The rules of one year's grants end their name with it; three years later few reports are still to come.
    """
    if programme.programme in own:
        return "own"
    year = programme.programme.removesuffix("-office").rpartition("-")[2]
    if year.isdigit() and int(year) < today.year - _YEARS_SHOWN:
        return "past"
    return "here" if _is_home(programme) else "abroad"


def _is_home(programme: Programme) -> bool:
    """Return whether the programme's funder is at home; one that pays in another currency only has our days off."""
    return programme.calendar.country == _HOME and programme.currency == _HOME_CURRENCY


def registry_of(home: Path) -> ProgrammeRegistry:
    """Return the programmes; reading them takes a second or two, so they are kept until a file of theirs changes."""
    folders = programme_folders(home)
    files = sorted(path for folder in folders for path in folder.glob("*.yaml"))
    return _kept(folders, tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _kept(folders: tuple[Path, ...], files: tuple[tuple[str, int], ...]) -> ProgrammeRegistry:
    return ProgrammeRegistry(*folders)


def calendar_of(context: FormContext, connection: Connection, reference: str) -> list[StepLine]:
    """Return the steps of a grant with their dates and reasons, as its page has them."""
    rows = load_grant_rows(connection, reference, context.today, context.portal.settings.zone)
    return [] if rows is None else list(step_lines(context.say, rows, context.today))


def _programme(context: FormContext) -> Programme:
    """Return the programme that the link names; 404 for none."""
    try:
        return registry_of(context.portal.settings.office_folder).get(context.given.get("programme", ""))
    except ImportInvalid as error:
        raise HTTPException(404) from error


def open_grant(context: FormContext) -> FormSetup:
    """Enter a grant; of one that has run for a while it is asked, too, what is done already."""
    programme = _programme(context)
    words = FormWords(context.say)
    overrides = _about(context, programme)
    first = FormSetup(
        place=list_called(context, "programmes", "/new-grant"),
        overrides={**overrides, "was-done-": {}, "was-paid-": {}, "was-sum-": {}},
        currency=programme.currency,
        command=lambda read: _open(context, read),
        calendar=lambda seen: calendar_of(context, seen, context.given.get("reference", "")),
    )
    act = ACTS["new-grant"]
    read = read_fields(
        begin(act, words, context.today, programme.currency, **first.overrides), context.given, context.today
    )
    if any(field.error for field in read):
        return first
    past = _done_already(context, {field.name: field for field in read})
    asked = begin(act, words, context.today, programme.currency, **{**dict.fromkeys(act.asks), **past})
    asked = tuple(sorted(asked, key=_part_of))
    # What is done already stands in the calendar.
    unsaid = frozenset(field.name for field in asked if not field.name.startswith("was-sum-"))
    return replace(first, more=asked, unsaid=unsaid)


def _about(context: FormContext, programme: Programme) -> dict[str, Mapping[Any, Any] | None]:
    """Return what holds of the fields of a new grant: names, people, and the days that the programme wants of it."""
    held = load_names(context.connection, keys_of(context.connection))
    called = {body: name_on(names, context.today) for body, names in held.items()}
    names = tuple((name, name) for name in sorted(called.values(), key=str.casefold))
    newest = select(_GRANT.c.id, _GRANT.c.recipient_id).order_by(_GRANT.c.id.desc()).limit(1)
    last = context.connection.execute(newest).first()
    ours = called.get(last.recipient_id, "") if last is not None else ""
    roles = load_roles(context.connection, [last.id])[last.id] if last is not None else {}
    visitor = context.visit.visitor
    # An administrator enters grants for others.
    roles = {**roles, Role.COORDINATOR: 0 if visitor.is_admin else visitor.person_id or 0}
    known_funder = called.get(_funder_of(context, programme) or 0, "")
    language = context.say.language
    people = tuple(people_of(context))
    titled = ((programme.programme, programme.title.in_language(language)),)

    def days(given_by: str) -> dict[str, dict[str, object]]:
        found: dict[str, dict[str, object]] = {}
        for name, one in programme.dates.items():
            if one.given_by == given_by:
                title = capitalised(one.title.in_language(language))
                required = one.required and given_by == "grant"
                # The letter gives the decision's days.
                folded = given_by == "grant" and not required
                found[name] = {"title": title, "required": required, "folded": folded}
        return found

    return {
        "programme": {"options": titled, "text": programme.programme},
        # What is known already, or can wait, is folded.
        "funder": {
            "options": names,
            "text": known_funder or _publisher(programme),
            "folded": bool(known_funder),
        },
        "recipient": {"options": names, "text": ours, "folded": bool(ours)},
        **{str(role): _held_by(people, role, roles.get(role)) for role in _ROLES},
        "d-": days("grant"),
        "o-": days("decision"),
    }


def _funder_of(context: FormContext, programme: Programme) -> int | None:
    """Return whose the last grant under a programme is; None for the first one."""
    under = select(_GRANT.c.funder_id).join(_VERSION, _VERSION.c.id == _GRANT.c.programme_id)
    last = under.where(_VERSION.c.key == programme.programme).order_by(_GRANT.c.id.desc()).limit(1)
    funder: int | None = context.connection.scalar(last)
    return funder


def _publisher(programme: Programme) -> str:
    """Return who published a programme's terms, as its source begins; "" for a law, and for one from abroad."""
    publisher, comma, _ = programme.source.partition(",")
    is_named = comma and not any(letter.isdigit() for letter in publisher)
    return publisher.strip() if is_named and _is_home(programme) else ""


def _held_by(people: tuple[tuple[str, str], ...], role: Role, person_id: int | None) -> dict[str, object]:
    """Return the people to choose from, begun with one of them; folded where somebody is known, or none is needed."""
    is_known = str(person_id) in dict(people)
    begun = {"text": str(person_id)} if is_known else {}
    return {"options": people, "folded": is_known or role is not Role.COORDINATOR, **begun}


def _done_already(context: FormContext, read: Read) -> dict[str, Mapping[Any, Any]]:
    """Return the fields of the steps whose day has come: when each was done, or when its money came, and how much."""
    lines: list[StepLine] = []
    clock = Clock(context.today, context.portal.clock())
    with suppress(GrantError, Unreadable):  # told when it is looked at what the form moves
        preview(
            context.portal.engine,
            _open(context, read),
            None,
            clock,
            look=lambda seen: lines.extend(calendar_of(context, seen, read["reference"].value)),
        )
    done: dict[str, Mapping[str, str]] = {}
    paid: dict[int, Mapping[str, str]] = {}
    for line in lines:
        row = line.row
        due_on = line.row.due_on
        # What the decision settles, as the application, has a day of its own.
        settled = row.status in SETTLED and row.kind is not StepKind.REPORT
        if settled or row.kind is StepKind.CLAIM or (due_on and due_on > context.today):
            continue
        if row.kind is not StepKind.PAYMENT and due_on:
            done[row.key] = {"title": line.title}
        elif row.kind is StepKind.PAYMENT and row.instalment and value_of(read, "decided_on"):
            paid[row.instalment] = {"title": line.title}
    return {"was-done-": done, "was-paid-": paid, "was-sum-": {number: {} for number in paid}}


def _part_of(field: Field) -> int:
    """Return the number of the part that a field is about, so that a part's day and its sum follow each other."""
    return 0 if field.name.startswith("was-done-") else int(field.name.rpartition("-")[2])


def _of(read: Read, mark: str) -> dict[str, Field]:
    """Return what is filled in of many fields, by what follows their mark."""
    return {
        name.removeprefix(mark): field
        for name, field in read.items()
        if name.startswith(mark) and field.value is not None
    }


def _days(read: Read, mark: str) -> dict[str, object]:
    return {name: field.value for name, field in _of(read, mark).items()}


def _history(read: Read) -> dict[str, object]:
    """Return what was decided, done and paid before, as an import file says it."""
    decided: dict[str, object] = {"decided_on": value_of(read, "decided_on"), "dates": _days(read, "o-")}
    if value_of(read, "amount") is not None:
        decided["amount"] = _typed_sum(read["amount"])
    paid: dict[int, dict[str, object]] = {
        int(number): {"paid_on": day} for number, day in _days(read, "was-paid-").items()
    }
    for number, field in _of(read, "was-sum-").items():
        paid.setdefault(int(number), {})["paid_amount"] = _typed_sum(field)
    decisions = [decided] if decided["decided_on"] else []
    return {"decisions": decisions, "done": _days(read, "was-done-"), "instalments": paid}


def _typed_sum(field: Field) -> str:
    """Return the sum in a field in whole units, as an import file has it."""
    return f"{field.number(field.text):f}"


def _open(context: FormContext, read: Read) -> OpenGrant:
    known = known_organisations(context.connection)
    roles = {str(role): value_of(read, str(role)) for role in _ROLES}
    said: dict[str, object] = {
        "title": read["title"].value,
        "funder": known.organisation(read["funder"].value),
        "recipient": known.organisation(read["recipient"].value),
        "period_start_on": read["period_start_on"].value,
        "period_end_on": read["period_end_on"].value,
        "dates": {name: {"on": day} for name, day in _days(read, "d-").items()},
        "roles": {role: email_of(context, chosen) for role, chosen in roles.items() if chosen},
        **_history(read),
    }
    portal = context.portal
    return OpenGrant(
        read["reference"].value,
        _programme(context),
        said,
        known.met_organisations(),
        files=context.files,
        waits=portal.settings.new_grants_wait,
    )
