"""Open a grant for a change, and finish it: plan again, queue notices, write the journal."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from models.errors import DatabaseUnready, UnknownReference
from models.events import GrantEvent
from models.facts.notice import NewNotice
from models.reading.reference import reference_key
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.plan import calendar_of
from models.rules.money.payment import is_unstated
from models.rules.money.risk import at_risk_minor, find_late_costs
from models.rules.notices.recipients import ReachedPerson, decide_reached_in
from models.rules.steps.next_move import ball_with, list_next_steps
from models.rules.steps.order import find_undated, list_wanted_dates
from models.vocabulary import GrantStatus, Phase
from tasks.commands.at_work.grant import GrantAtWork, step_has_come
from tasks.commands.at_work.load import load_grant, lock_grant
from tasks.commands.replan.confirmation_letters import conclude_form
from tasks.commands.replan.date_notices import add_missing_date_notices, add_no_meeting_notices
from tasks.commands.replan.opened_notices import add_opened_notices
from tasks.commands.replan.replan import plan_again, plan_looks
from tasks.grant.spent import keep_spending
from tasks.people.notices import queue_in_turn
from tasks.store.database import unit_of_work
from tasks.store.journal import Event, write_journal


def write_standing(work: GrantAtWork) -> None:
    """Bring the grant's standing up to date with its steps and instalments."""
    grant = work.grant
    parts = work.instalments
    unsettled = list_next_steps(work.steps.values())
    following = next((step for step in unsettled if step_has_come(work, step)), None)
    grant.next_step = following.key if following else None
    grant.next_phase = str(following.phase) if following else None
    if following is None and grant.status is GrantStatus.OPEN:
        grant.next_phase = str(Phase.DECISION)  # all that is left comes after the award
    grant.next_due_on = following.due_on if following else None
    grant.ball_with = ball_with(following, parts)
    grant.at_risk_minor = at_risk_minor(grant, parts, unsettled, find_late_costs(work.programme))
    if work.opening is None:  # one that is being opened has no reports
        spending = keep_spending(work.record)
        grant.spent_minor = spending.spent_minor
        grant.unspent_minor = spending.unspent_minor
    is_awarded = grant.status is GrantStatus.OPEN and grant.award_minor is not None
    unstated = {part.number for part in parts if is_unstated(part)}
    waiting = find_undated(unsettled, unstated, list_wanted_dates(work.programme), work.given_dates)
    grant.undated = [list(pair) for pair in waiting] if is_awarded else []
    grant.reference_key = reference_key(grant.reference)
    grant.search_key = f"{grant.title.casefold()}\n{grant.reference.casefold()}"


log = logging.getLogger(__name__)


@contextmanager
def grant_at_work(engine: Engine, reference: str, today: date, now: datetime) -> Iterator[GrantAtWork]:
    """Load a grant for a change; at the end of the block replan it and write notices, letters and journal.

    Raises UnknownReference if there is no such grant. An exception in the block undoes the whole
    change.
    """
    with unit_of_work(engine) as session:
        grant = lock_grant(session, reference)
        if grant is None:
            raise UnknownReference(reference)
        work = load_grant(session, grant, today)
        yield work
        finish(work, now)


@dataclass(frozen=True, slots=True)
class Changed:
    """The references of the changed grants, and how many could not be changed."""

    references: tuple[str, ...] = ()
    failed: int = 0


def change_each(
    engine: Engine,
    references: Iterable[str],
    today: date,
    now: datetime,
    change: Callable[[GrantAtWork], None] = lambda _: None,
) -> Changed:
    """Change the grants, each in a transaction of its own: a failure stops none of the others.

    Raises DatabaseUnready.
    """
    changed = list[str]()
    failed = 0
    for reference in references:
        try:
            with grant_at_work(engine, reference, today, now) as work:
                change(work)
            changed.append(reference)
        except DatabaseUnready:
            raise
        except Exception:
            log.exception("a grant could not be changed", extra={"grant": reference})
            failed += 1
    return Changed(tuple(changed), failed)


def finish(work: GrantAtWork, now: datetime) -> None:
    """Finish the change to one grant."""
    finish_all([work], now)


def finish_all(works: Sequence[GrantAtWork], now: datetime) -> None:
    """Replan, queue the new notices and a form's confirmation, and write the journal, inside the transaction.

    The grants are of one transaction, and those that are being opened share their `opening`.
    """
    if not works:
        return
    connection = works[0].session.connection()
    for work in works:
        if work.planned_after != len(work.events):
            plan_again(work)
        plan_looks(work)
        write_standing(work)
        add_no_meeting_notices(work)
        add_missing_date_notices(work)
        add_opened_notices(work)
        if work.holds_news and work.notices and not work.grant.quiet:
            work.grant.quiet = True  # until somebody has confirmed the import
            work.add_event(GrantEvent.IMPORT_HELD)
    for opening in {id(work.opening): work.opening for work in works if work.opening}.values():
        opening.write()
    works[0].session.flush()
    concluded = {work.grant_id: conclude_form(work, now) for work in works if work.opening is None}
    queued = _queue(connection, works, now)
    events = [
        event
        for work in works
        for event in (*_with_rows(work), *concluded.get(work.grant_id, ()), *queued.get(work.grant_id, ()))
    ]
    write_journal(connection, works[0].today, now, events)
    for work in works:
        work.opening = None
        work.notices.clear()
        work.events.clear()
        work.planned_after = None


def _with_rows(work: GrantAtWork) -> list[Event]:
    """Return a grant's events; the first one states its rows after the change."""
    rows = work.take_changed()
    if not rows:
        return work.events
    first, *others = work.events or [Event(GrantEvent.GRANT_CHANGED, work.grant_id)]
    return [first._replace(rows=rows), *others]


def _queue(
    connection: Connection, works: Sequence[GrantAtWork], now: datetime
) -> dict[int | None, list[Event]]:
    """Queue the notices of the grants' changes; return the events, by the grants' ids."""
    events_by_grant: dict[int | None, list[Event]] = {}
    by_calendar: dict[WorkCalendar, list[NewNotice]] = {}
    for work in works:
        if work.notices:
            by_calendar.setdefault(calendar_of(work.programme), []).extend(work.notices)
    for calendar, notices in by_calendar.items():
        waiting = _reaching(works, notices)
        for event in queue_in_turn(connection, waiting, calendar, works[0].today, now):
            events_by_grant.setdefault(event.grant_id, []).append(event)
    return events_by_grant


def _reaching(works: Sequence[GrantAtWork], notices: Sequence[NewNotice]) -> list[NewNotice]:
    """Return the notices, those for people who are away or gone readdressed to their stand-ins."""
    today = works[0].today
    about = {notice.grant_id for notice in notices}
    roles = {work.grant_id: work.roles for work in works if work.grant_id in about}
    named = {person_id for held in roles.values() for person_id in held.values()}
    people = works[0].shared.people(named | {notice.person_id for notice in notices}, today)
    readdressed = []
    for notice in notices:
        in_place = decide_reached_in(roles[notice.grant_id], notice.person_id, people, today)
        reached = in_place or ReachedPerson(notice.person_id)
        stands_in = reached.instead_of_id or notice.instead_of_id
        readdressed.append(replace(notice, person_id=reached.person_id, instead_of_id=stands_in))
    return readdressed
