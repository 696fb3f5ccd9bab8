"""List the items before a body: what its meetings will decide, and which of them can take each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, func, select

from models.rules.dates.agenda import (
    ItemReason,
    decide_agenda,
    decide_deferral,
    find_meeting,
    is_before,
    is_on_agenda,
)
from models.rules.dates.committee import CAN_TAKE, ItemFit, Matter, MeetingFacts, decide_fit, plan_days
from models.rules.dates.plan import calendar_of
from models.rules.dates.planned_meeting import PlannedMeeting
from models.rules.notices.contents import list_direct_needs
from models.rules.steps.order import can_be_done
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.person import Organisation
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepStatus
from tasks.grant.records import GrantRecord, read_records
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes
from tasks.store.queries import OPEN_APPROVAL, has_meeting
from tasks.store.shared_facts import SharedFacts

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_BODY = table_of(Organisation)
_KEY = select(_BODY.c.key).where(_BODY.c.id == bindparam("body"))
# Whose decision an approval is, and on which day: with thousands of grants these are still few.
_BODY_AND_DAY = (_GRANT.c.programme_id, _GRANT.c.recipient_id, _STEP.c.template_key, _STEP.c.due_on)
_BEFORE_BODIES = (
    *OPEN_APPROVAL,
    _STEP.c.with_funder.is_(False),
    has_meeting(),
    _GRANT.c.status == GrantStatus.OPEN,
)
_COUNTS = (
    select(*_BODY_AND_DAY, func.count().label("items"))
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(*_BEFORE_BODIES)
    .group_by(*_BODY_AND_DAY)
)
_ITEMS = (
    select(*_BODY_AND_DAY, _STEP.c.id, _STEP.c.grant_id)
    .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    .where(*_BEFORE_BODIES)
    .order_by(_STEP.c.due_on, _STEP.c.id)
)
_OF_DAY = _ITEMS.where(_STEP.c.due_on == bindparam("held_on"))
_OF_STEP = _ITEMS.where(_STEP.c.id == bindparam("step_id"))


@dataclass(frozen=True, slots=True)
class BodyItem:
    """An item before a body: the approval `step`, the `report` that it is about, and its `writer`.

    `sent_by` is the day by which the paper that waits for it must be sent. `fits` are the other
    coming meetings that can take it, the earliest first.
    """

    record: GrantRecord
    step: Step
    meeting: PlannedMeeting
    report: Step | None
    writer: str
    sent_by: date | None
    fits: tuple[tuple[date, ItemFit], ...]

    @property
    def on_agenda(self) -> bool:
        """Whether it is on its meeting's agenda."""
        return is_on_agenda(self.step)

    @property
    def draft_on(self) -> date | None:
        """When its draft is to be handed in; None once it is, and where no day is known."""
        is_awaited = self.report is not None and self.report.status in UNSETTLED
        return self.report.due_on if self.report is not None and is_awaited else None

    @property
    def has_papers(self) -> bool:
        """Whether its signed papers are there: nothing before it is left to do."""
        return self.step.status is StepStatus.OPEN

    @property
    def can_move(self) -> bool:
        """Whether another meeting can take it."""
        return any(fit in CAN_TAKE for _, fit in self.fits)

    def can_be_decided(self, today: date) -> bool:
        """Return whether its meeting has come, and its decision can be recorded."""
        return self.meeting.held_on <= today and can_be_done(self.step, today)

    def can_be_deferred(self, today: date) -> bool:
        """Return whether its meeting can have deferred it."""
        return decide_deferral(self.step, self.meeting.held_on, today).allowed

    def can_be_on_agenda(self, today: date) -> bool:
        """Return whether it can be put on the agenda, or is on it and its meeting is still to come."""
        return decide_agenda(self.step, today) in (ItemReason.ACCEPTED, ItemReason.ON_ALREADY)

    @property
    def later_on(self) -> date | None:
        """The next meeting after its own that can take it; None if there is none."""
        later = (day for day, fit in self.fits if fit in CAN_TAKE and day > self.meeting.held_on)
        return next(later, None)


def read_counts(connection: Connection, body_id: int) -> list[AnyRow]:
    """Return how many items the body has, by programme, template of a step and day."""
    return list(_before(connection, body_id, connection.execute(_COUNTS).all()))


def count_items(rows: Iterable[AnyRow]) -> Counter[date]:
    """Return how many items each of a body's meetings has, by its day, of what `read_counts` found."""
    counts = Counter[date]()
    for row in rows:
        counts[row.due_on] += row.items
    return counts


def find_deadlines(
    connection: Connection, rows: Sequence[AnyRow], meetings: Iterable[MeetingFacts]
) -> dict[date, tuple[date, date]]:
    """Return the last days for the agenda and for the papers of meetings, by their days, of what `read_counts` found.

    A meeting is left out where no item's programme says them, or two say different ones.
    """
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    asked = {(row.programme_id, row.template_key) for row in rows}
    rules = [
        (programme.bodies[step.body], calendar_of(programme))
        for version, programme in programmes.items()
        for step in programme.steps
        if step.body and (version, step.key) in asked
    ]
    found = {}
    for meeting in meetings:
        matter = Matter(needed_on=meeting.held_on)
        plans = [plan_days(meeting, matter, body, calendar) for body, calendar in rules]
        days = {(plan.agenda_on, plan.documents_on) for plan in plans}
        if len(days) == 1:
            found[meeting.held_on] = days.pop()
    return found


def list_items(
    connection: Connection,
    body_id: int,
    today: date,
    held_on: date | None = None,
    also: MeetingFacts | None = None,
) -> list[BodyItem]:
    """Return the items of the body's meetings, or of the meeting on one day, by their days.

    Their fits are among the known meetings, and one that is `also` to be held.
    """
    found = (
        connection.execute(_ITEMS) if held_on is None else connection.execute(_OF_DAY, {"held_on": held_on})
    )
    rows = found.all()
    return _items_of(connection, body_id, rows, today, more=(also,) if also is not None else ())


def find_item(connection: Connection, body_id: int, today: date, step_id: int) -> BodyItem | None:
    """Return the body's item for a step; None if there is none."""
    rows = connection.execute(_OF_STEP, {"step_id": step_id}).all()
    return next(iter(_items_of(connection, body_id, rows, today)), None)


def _items_of(
    connection: Connection,
    body_id: int,
    open_approvals: Sequence[AnyRow],
    today: date,
    more: tuple[MeetingFacts, ...] = (),
) -> list[BodyItem]:
    rows = list(_before(connection, body_id, open_approvals))
    records = read_records(connection, [row.grant_id for row in rows])
    shared = SharedFacts(records.session)
    items = (_item(records[row.grant_id], row.id, shared, today, more) for row in rows)
    return [item for item in items if item is not None]


def _before(connection: Connection, body_id: int, rows: Sequence[AnyRow]) -> Iterator[AnyRow]:
    """Yield those of the rows with `_BODY_AND_DAY` that the body decides."""
    key = connection.execute(_KEY, {"body": body_id}).scalar()
    programmes = load_programmes(connection, {row.programme_id for row in rows})
    bodies = {
        (version, step.key): programme.bodies[step.body]
        for version, programme in programmes.items()
        for step in programme.steps
        if step.body
    }
    for row in rows:
        body = bodies.get((row.programme_id, row.template_key))
        if body is not None and is_before(body, key or "", row.recipient_id, body_id):
            yield row


def _item(
    record: GrantRecord, step_id: int, shared: SharedFacts, today: date, more: tuple[MeetingFacts, ...]
) -> BodyItem | None:
    step = record.batch.steps_by_id[step_id]
    key = record.body_of(step)
    meeting = find_meeting(step)
    if key is None or meeting is None:
        return None
    report = record.report_of(step)
    writer = record.person(report.owner_id) if report is not None else ""
    calendar = calendar_of(record.programme)
    body = record.programme.bodies[key]
    meetings = (*shared.meetings(record.programme, record.grant.recipient_id).get(key, ()), *more)
    ahead = [
        other
        for other in meetings
        if other.held_on >= today and not other.cancelled and other.held_on != meeting.held_on
    ]
    ahead = sorted(ahead, key=lambda other: other.held_on)
    fits = tuple((other.held_on, decide_fit(other, meeting.matter, body, calendar, today)) for other in ahead)
    return BodyItem(record, step, meeting, report, writer, _sent_by(record, step), fits)


def _sent_by(record: GrantRecord, step: Step) -> date | None:
    """Return the first day on which something that waits for the item is due."""
    waiting = (
        other
        for other in record.unsettled
        if (rule := record.rule_of(other)) and step.template_key in list_direct_needs(rule)
    )
    return min((other.due_on for other in waiting if other.due_on is not None), default=None)
