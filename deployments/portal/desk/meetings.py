"""The meetings of a committee with their items, and the forms that add, move and cancel one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, or_, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

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
from models.commands.items import Defer, Item, PutOnAgenda, TakeOffAgenda
from models.commands.meetings import AddBody, AddMeeting, ChooseMeeting
from models.errors import Refused
from models.forms.field import Field, Kind, read_fields
from models.forms.spec import ACTS, begin, command_from
from models.rules.dates.agenda import decide_deferral
from models.rules.dates.committee import CAN_TAKE, ItemFit, MeetingFacts
from models.rules.organisation_name import name_on
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation
from models.tables.step import Meeting
from models.vocabulary import Duty
from tasks.commands.command_faults import Refusal
from tasks.overview.items import BodyItem, count_items, find_deadlines, find_item, list_items
from tasks.overview.titles import step_titles
from tasks.people.visibility import may_visitor
from tasks.store.database import AnyRow, reading
from tasks.store.organisation_names import load_names
from tasks.store.queries import shape_rows
from tasks.words.translator import capitalised

_BODY = table_of(Organisation)
_MEETING = table_of(Meeting)
_GRANT = table_of(Grant)
# What has meetings, or receives a grant that its meetings approve.
_BODIES = (
    select(_BODY.c.id, _BODY.c.key)
    .where(
        or_(_BODY.c.id.in_(select(_MEETING.c.organisation_id)), _BODY.c.id.in_(select(_GRANT.c.recipient_id)))
    )
    .order_by(_BODY.c.key)
)
_OF_BODY = (
    select(_MEETING).where(_MEETING.c.organisation_id == bindparam("body")).order_by(_MEETING.c.held_on)
)


class Body(NamedTuple):
    """A body that meets, with its name of today."""

    id: int
    key: str
    name: str


def bodies_of(connection: Connection, today: date) -> dict[int, Body]:
    """Return the bodies with their keys and the names that they have today, by id."""
    rows = connection.execute(_BODIES).all()
    names = load_names(connection, [row.id for row in rows])
    return {row.id: Body(row.id, row.key, name_on(names[row.id], today)) for row in rows}


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
        meetings = connection.execute(_OF_BODY, {"body": body}).all()
        may_change = may_visitor(connection, visit.visitor, Duty.MEETINGS, body) if body else False
        counts = count_items(connection, body)
        chosen = _chosen(request, [row.held_on for row in meetings if counts[row.held_on]], portal.today)
        items = list_items(connection, body, portal.today, chosen) if chosen else []
        shown = [row for row in meetings if row.held_on.year == year]
        deadlines = find_deadlines(connection, body, shape_rows(MeetingFacts, shown))
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


def _place(context: FormContext) -> FormPlace:
    body = bodies_of(context.connection, context.today).get(context.about)
    if body is None:
        raise HTTPException(404)
    return FormPlace(body.name, f"/meetings?body={context.about}")


def _key(context: FormContext) -> str:
    return str(bodies_of(context.connection, context.today)[context.about].key)


def _held(context: FormContext) -> tuple[tuple[str, str], ...]:
    """Return the meetings to come, and the one that the link names, to choose from."""
    return tuple(
        (row.held_on.isoformat(), capitalised(context.say.long_date(row.held_on)))
        for row in context.connection.execute(_OF_BODY, {"body": context.about})
        if not row.cancelled
        and (row.held_on >= context.today or row.held_on.isoformat() == context.given.get("held_on"))
    )


def add(context: FormContext) -> FormSetup:
    """Add a meeting of a body, with the items that it is to take over; taken back, it is cancelled."""

    def back(read: Read) -> Mapping[str, str]:
        return {"held_on": read["held_on"].plain}

    first = FormSetup(place=_place(context), known={"body": _key(context)}, undo=back)
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

    return replace(first, more=tuple(more), command=command)


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
        for row in context.connection.execute(_OF_BODY, {"body": context.about})
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

    place = _place(context)

    def after(read: Read) -> FormPlace:
        return replace(place, back=f"{place.back}&year={read['days'].value[0].year}")

    return FormSetup(place=place, known={"body": _key(context)}, look_after=look, place_after=after)


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
    title = _title_of(context, item)
    hint = _planned_for(context, item)
    options = tuple((one, words.option("yes_no", one)) for one in ("no", "yes"))
    return Field(
        name, Kind.YES_NO, False, title=words.said("takes", title), hint=hint, options=options, text="no"
    )


def _planned_for(context: FormContext, item: BodyItem) -> str:
    due = context.say.dated(item.sent_by) if item.sent_by else ""
    return FormWords(context.say).said("planned_for", context.say.long_date(item.meeting.held_on), due)


def _title_of(context: FormContext, item: BodyItem) -> str:
    grant = item.record.grant
    titles = step_titles(context.connection, [grant.reference], context.say)
    return f"{grant.title} ({grant.reference}): {titles[grant.reference, item.step.key]}"


def put_on_agenda(context: FormContext) -> FormSetup:
    """Put an item on the agenda; taken back, it is taken off."""
    return _about_item(context, PutOnAgenda)


def take_off_agenda(context: FormContext) -> FormSetup:
    """Take an item off the agenda."""
    return _about_item(context, TakeOffAgenda)


def defer(context: FormContext) -> FormSetup:
    """Record that a meeting that was held deferred an item."""
    item = _chosen_item(context)
    rows = context.connection.execute(_OF_BODY, {"body": context.about}).all()
    met = (row.held_on for row in reversed(rows) if not row.cancelled)
    held = (day for day in met if decide_deferral(item.step, day, context.today).allowed)
    options = tuple((day.isoformat(), capitalised(context.say.long_date(day))) for day in held)

    def command(read: Read) -> Defer:
        about = {"grant": item.record.grant.reference, "step": item.step.key, "version": item.step.version}
        said: Defer = command_from(Defer, list(read.values()), **about)
        return said

    overrides = {"held_on": {"options": options, "text": item.meeting.held_on.isoformat(), "hint": ""}}
    return FormSetup(
        place=_place(context),
        overrides=overrides,
        more=(_named(item),),
        facts=_facts(context, item)[:1],
        command=command,
    )


def _named(item: BodyItem) -> Field:
    """Return the field that keeps which item a form is about."""
    return Field("item", Kind.HIDDEN, text=str(item.step.id))


def _facts(context: FormContext, item: BodyItem) -> tuple[tuple[str, str], ...]:
    """Return which item a form is about, and for which meeting it is planned."""
    words = FormWords(context.say)
    return (
        (words.said("item"), _title_of(context, item)),
        (words.said("meeting"), capitalised(context.say.long_date(item.meeting.held_on))),
    )


def _about_item(context: FormContext, command: type[Item]) -> FormSetup:
    item = _chosen_item(context)
    version = item.step.version
    return FormSetup(
        place=_place(context),
        more=(_named(item),),
        facts=_facts(context, item),
        command=lambda _: command(item.record.grant.reference, item.step.key, version),
        undo=lambda _: {"item": str(item.step.id)},
    )


def _chosen_item(context: FormContext) -> BodyItem:
    """Return the item that the link names; 404 for none."""
    step_id = id_asked(context.given.get("item", "")) or 0
    chosen = find_item(context.connection, context.about, context.today, step_id)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def choose(context: FormContext) -> FormSetup:
    """Let another meeting take an item: the earliest that can be met is offered first."""
    chosen = _chosen_item(context)
    words = FormWords(context.say)
    fits = [(day, fit) for day, fit in chosen.fits if fit in CAN_TAKE]
    options = tuple(
        (day.isoformat(), words.said("fit", context.say.long_date(day), fit)) for day, fit in fits
    )
    of_item = ((str(chosen.step.id), _title_of(context, chosen)),)
    grant = chosen.record.grant

    def command(read: Read) -> ChooseMeeting:
        reason = value_of(read, "reason") or ""
        return ChooseMeeting(grant.reference, chosen.step.key, read["held_on"].value, reason)

    def back(_: Read) -> Mapping[str, str]:
        return {"item": str(chosen.step.id), "held_on": chosen.meeting.held_on.isoformat()}

    facts = ((words.said("planned"), _planned_for(context, chosen)),)
    overrides: dict[str, Mapping[Any, Any] | None] = {
        "item": {"options": of_item, "text": str(chosen.step.id)},
        "held_on": {"options": options},
    }
    return FormSetup(place=_place(context), overrides=overrides, command=command, undo=back, facts=facts)


def move(context: FormContext) -> FormSetup:
    """Move one of a body's meetings to come; taken back, it is moved to its old day, with its old deadlines."""
    meetings = _by_day(context)

    def back(read: Read) -> Mapping[str, str]:
        held_on = read["held_on"].plain
        return {"held_on": read["to_on"].plain, "to_on": held_on, **_deadlines(meetings[held_on])}

    overrides = {"held_on": {"options": _held(context)}}
    return FormSetup(place=_place(context), overrides=overrides, known={"body": _key(context)}, undo=back)


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
    return FormSetup(place=_place(context), overrides=overrides, known={"body": _key(context)}, undo=back)


def _by_day(context: FormContext) -> dict[str, AnyRow]:
    """Return a body's meetings by their days."""
    held = context.connection.execute(_OF_BODY, {"body": context.about})
    return {row.held_on.isoformat(): row for row in held if not row.cancelled}


def _deadlines(meeting: AnyRow) -> dict[str, str]:
    days = {"agenda_on": meeting.agenda_on, "documents_on": meeting.documents_on}
    return {name: day.isoformat() if day is not None else "" for name, day in days.items()}
