"""The meetings of a committee with their items, and the forms that add, move and cancel one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.bodies import MEETINGS_OF_BODY, bodies_of, body_place
from deployments.portal.desk.items import item_title, word_planned
from deployments.portal.desk.organisations import known_organisations
from deployments.portal.forms.context import (
    FormContext,
    FormPlace,
    FormSetup,
    FormWords,
    Read,
    list_called,
    value_of,
)
from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import id_asked, portal_of
from models.commands.meetings import AddBody, AddMeeting, AddMeetings
from models.errors import Refused
from models.forms.field import Field, Kind, read_fields
from models.forms.spec import ACTS, begin, command_from
from models.rules.dates.committee import CAN_TAKE, ItemFit, MeetingFacts
from models.vocabulary import Duty
from tasks.commands.command_faults import Refusal
from tasks.overview.items import BodyItem, count_items, find_deadlines, list_items, read_counts
from tasks.overview.titles import step_titles
from tasks.people.visibility import may_visitor
from tasks.store.database import AnyRow, reading
from tasks.store.queries import shape_rows
from tasks.words.translator import capitalised


def show_meetings(request: Request) -> Response:
    """Return the meetings of a body in a year with the items of one; `?body=`, `?year=` and `?on=` choose them."""
    portal = portal_of(request)
    visit = visit_of(request)
    year = id_asked(request.query_params.get("year", "")) or portal.today.year
    with reading(portal.engine) as connection:
        bodies = bodies_of(connection, portal.today)
        body = id_asked(request.query_params.get("body", "")) or next(iter(bodies), 0)
        if body and body not in bodies:
            raise HTTPException(404)
        meetings = connection.execute(MEETINGS_OF_BODY, {"body": body}).all()
        may_change = may_visitor(connection, visit.visitor, Duty.MEETINGS, body) if body else False
        rows = read_counts(connection, body)
        counts = count_items(rows)
        chosen = _chosen(request, [row.held_on for row in meetings if counts[row.held_on]], portal.today)
        items = list_items(connection, body, portal.today, chosen) if chosen else []
        shown = [row for row in meetings if row.held_on.year == year]
        deadlines = find_deadlines(connection, rows, shape_rows(MeetingFacts, shown))
        titles = step_titles(
            connection, {one.record.grant.reference for one in items}, portal.translator(request)
        )
    return portal.pages.show(
        "desk/meetings.html",
        portal.translator(request),
        visit=visit,
        today=portal.today,
        bodies=bodies.values(),
        body=body,
        year=year,
        years=sorted({row.held_on.year for row in meetings} | {year, portal.today.year}),
        meetings=shown,
        deadlines=deadlines,
        may_change=may_change,
        counts=counts,
        on=chosen,
        items=items,
        titles=titles,
    )


def _chosen(request: Request, with_items: list[date], today: date) -> date | None:
    """Return the meeting whose items are shown: the one that is asked for, else the next that has any."""
    asked = request.query_params.get("on", "")
    named = [day for day in with_items if day.isoformat() == asked]
    ahead = [day for day in with_items if day >= today]
    return next(iter(named or ahead or with_items[-1:]), None)


def _key(context: FormContext) -> str:
    return str(bodies_of(context.connection, context.today)[context.about].key)


def _held(context: FormContext) -> tuple[tuple[str, str], ...]:
    """Return the meetings to come, and the one that the link names, to choose from."""
    return tuple(
        (row.held_on.isoformat(), capitalised(context.say.long_date(row.held_on)))
        for row in context.connection.execute(MEETINGS_OF_BODY, {"body": context.about})
        if not row.cancelled
        and (row.held_on >= context.today or row.held_on.isoformat() == context.given.get("held_on"))
    )


def add(context: FormContext) -> FormSetup:
    """Add a meeting of a body, with the items that it is to take over; taken back, it is cancelled."""

    def back(read: Read) -> Mapping[str, str]:
        return {"held_on": read["held_on"].plain}

    first = FormSetup(place=body_place(context), known={"body": _key(context)}, undo=back)
    read = read_fields(
        begin(ACTS["add-meeting"], FormWords(context.say), context.today), context.given, context.today
    )
    if any(field.error for field in read):
        return first
    words = FormWords(context.say)
    asked = dict[str, tuple[str, str]]()
    more = list[Field]()
    for item in _could_take(context, {field.name: field.value for field in read}):
        name = f"takes-{item.step.id}"
        asked[name] = (item.record.grant.reference, item.step.key)
        more.append(_asked_of(context, words, name, item))

    def command(read: Read) -> AddMeeting:
        said: AddMeeting = command_from(AddMeeting, list(read.values()), body=_key(context))
        return replace(said, takes=tuple(one for name, one in asked.items() if value_of(read, name)))

    return replace(first, more=tuple(more), command=command, overrides=_folded("add-meeting") if more else {})


def _folded(act: str) -> dict[str, Mapping[str, Any]]:
    """Return what folds an act's own fields: what was said in them stays, while more is asked."""
    return {name: {"folded": True} for name in ACTS[act].asks}


@dataclass(frozen=True, slots=True)
class NewMeetings:
    """What came of a year's meetings: the days that are new, and those that were known.

    `taken` are the items that a new meeting takes. `could` are the others that one could take, each with the first new
    day that would do: none of them is moved.
    """

    new: list[date]
    known: list[date]
    taken: list[BodyItem]
    could: list[tuple[BodyItem, date, ItemFit]]
    titles: Mapping[tuple[str, str], str]


def add_year(context: FormContext) -> FormSetup:
    """Add a year's meetings of a body; once they are there, say which items they take or could take."""
    held = {
        row.held_on
        for row in context.connection.execute(MEETINGS_OF_BODY, {"body": context.about})
        if not row.cancelled
    }

    def look(connection: Connection, read: Read) -> NewMeetings:
        days: tuple[date, ...] = read["days"].value
        new = [day for day in days if day not in held]
        items = list_items(connection, context.about, context.today)
        others = [item for item in items if item.meeting.held_on not in new]
        fits = ((item, *fit) for item in others for fit in item.fits if fit[0] in new and fit[1] in CAN_TAKE)
        first = {item.step.id: (item, day, fit) for item, day, fit in reversed(list(fits))}
        return NewMeetings(
            new=new,
            known=[day for day in days if day in held],
            taken=[item for item in items if item.meeting.held_on in new],
            could=sorted(first.values(), key=lambda one: one[1]),
            titles=step_titles(connection, {item.record.grant.reference for item in items}, context.say),
        )

    place = body_place(context)

    def after(read: Read) -> FormPlace:
        return replace(place, back=f"{place.back}&year={read['days'].value[0].year}")

    first = FormSetup(place=place, known={"body": _key(context)}, look_after=look, place_after=after)
    words = FormWords(context.say)
    read = read_fields(begin(ACTS["add-meetings"], words, context.today), context.given, context.today)
    days: tuple[date, ...] = read[0].value or ()
    asked = {f"cancels-{day}": day for day in sorted(held) if _is_left_out(day, days, context.today)}

    def command(read: Read) -> AddMeetings:
        cancels = tuple(day for name, day in asked.items() if value_of(read, name))
        return AddMeetings(_key(context), read["days"].value, cancels)

    more = tuple(
        _yes_or_no(words, name, words.said("cancels", context.say.dated(day))) for name, day in asked.items()
    )
    overrides = _folded("add-meetings") if more else {}
    return replace(first, more=more, command=command, overrides=overrides)


def _is_left_out(day: date, days: Sequence[date], today: date) -> bool:
    """Return whether a meeting to come is not on a list of days that goes from before it to after it."""
    return bool(days) and day not in days and day >= today and min(days) < day < max(days)


def add_body(context: FormContext) -> FormSetup:
    """Add a committee or another body."""

    def command(read: Read) -> AddBody:
        known = known_organisations(context.connection)
        name = read["name"].value
        known.organisation(name)
        met = known.met_organisations()
        if not met:
            raise Refused(Refusal.BODY_THERE(name=name))
        return AddBody(met[0], read["days"].value)

    return FormSetup(place=list_called(context, "meetings", "/meetings"), command=command)


def _could_take(context: FormContext, said: Mapping[str, Any]) -> list[BodyItem]:
    """Return the items of other meetings that a new one could take."""
    names = ("held_on", "agenda_on", "documents_on", "minutes_days")
    meeting = MeetingFacts(**{name: said[name] for name in names})
    items = list_items(context.connection, context.about, context.today, also=meeting)
    return [one for one in items if dict(one.fits).get(meeting.held_on) in CAN_TAKE]


def _asked_of(context: FormContext, words: FormWords, name: str, item: BodyItem) -> Field:
    """Return the question whether the new meeting takes an item; the item stays where nobody says so."""
    title = item_title(context, item)
    return _yes_or_no(words, name, words.said("takes", title), word_planned(context, item))


def _yes_or_no(words: FormWords, name: str, title: str, hint: str = "") -> Field:
    """Return a question that is answered by no where nobody says otherwise."""
    options = tuple((one, words.option("yes_no", one)) for one in ("no", "yes"))
    return Field(name, Kind.YES_NO, False, title=title, hint=hint, options=options, text="no")


def move(context: FormContext) -> FormSetup:
    """Move one of a body's meetings to come; taken back, it is moved to its old day, with its old deadlines."""
    meetings = _by_day(context)

    def back(read: Read) -> Mapping[str, str]:
        held_on = read["held_on"].plain
        return {"held_on": read["to_on"].plain, "to_on": held_on, **_deadlines(meetings[held_on])}

    overrides = {"held_on": {"options": _held(context)}}
    return FormSetup(place=body_place(context), overrides=overrides, known={"body": _key(context)}, undo=back)


def cancel(context: FormContext) -> FormSetup:
    """Cancel one of a body's meetings to come; taken back, it is added once more, as it was."""
    meetings = _by_day(context)

    def back(read: Read) -> Mapping[str, str]:
        held_on = read["held_on"].plain
        meeting = meetings[held_on]
        days = meeting.minutes_days
        minutes = "" if days is None else str(days)
        return {
            "held_on": held_on,
            "kind": str(meeting.kind),
            "minutes_days": minutes,
            **_deadlines(meeting),
        }

    overrides = {"held_on": {"options": _held(context)}}
    return FormSetup(place=body_place(context), overrides=overrides, known={"body": _key(context)}, undo=back)


def _by_day(context: FormContext) -> dict[str, AnyRow]:
    """Return a body's meetings by their days."""
    held = context.connection.execute(MEETINGS_OF_BODY, {"body": context.about})
    return {row.held_on.isoformat(): row for row in held if not row.cancelled}


def _deadlines(meeting: AnyRow) -> dict[str, str]:
    days = {"agenda_on": meeting.agenda_on, "documents_on": meeting.documents_on}
    return {name: day.isoformat() if day is not None else "" for name, day in days.items()}
