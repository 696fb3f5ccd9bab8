"""Decide which notice, if any, a step needs today: its reminder or escalation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING

from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.quiet_days import (
    AT_ONCE,
    Start,
    find_day_to_tell,
    find_escalation_start,
    find_next_day_to_tell,
    is_silent,
    may_tell,
)
from models.rules.notices.recipients import (
    PersonFacts,
    ReachedPerson,
    decide_reached,
    decide_reached_in,
    find_person_in_role,
    is_below,
)

if TYPE_CHECKING:
    from models.programme.plan import RungRule

_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why a notice is made, or is not; `grants explain` words each of them."""

    RUNG_REACHED = "rung_reached"
    CAUGHT_UP = "caught_up"  # a day without a round: told on the next one
    NOT_REACHED = "not_reached"
    NO_AWARD = "no_award"  # the step's time has not come: nobody is told before the award
    ALREADY_TOLD = "already_told"
    ONE_A_DAY = "one_a_day"  # a rung was told today: an escalation waits a working day
    NO_DUE_DATE = "no_due_date"
    LADDER_ENDED = "ladder_ended"
    NOT_A_WORKING_DAY = "not_a_working_day"
    LETTER_GONE = "letter_gone"  # the person's letter of the day has left: told next working day
    NOBODY_REACHABLE = "nobody_reachable"
    QUIET = "quiet"  # imported with late steps that nobody has confirmed


@dataclass(frozen=True, slots=True)
class LadderStep:
    """The facts of a step for its ladder; `has_come` is whether its time has, by rules.steps.order.

    `promised_on` is the day up to which a promise keeps it quiet, by rules.notices.quiet_days;
    `opened_on` the day on which it last opened after its grant was, and `agenda_on` the last day to put
    an item on its meeting's agenda, by rules.dates.agenda.
    """

    due_on: date | None
    opens_on: date | None = None
    start: Start = AT_ONCE
    has_come: bool = True
    promised_on: date | None = None
    opened_on: date | None = None
    agenda_on: date | None = None


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A notice about the step at its present due date; `failed` if its letter did not arrive."""

    position: int
    person_id: int
    told_on: date
    instead_of_id: int | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """The rung to tell today and whom, and the day to look again, if any.

    Without a rung nobody is told, and `reason` says why.
    """

    reason: Reason
    rung: RungRule | None
    next_action_on: date | None
    reached: tuple[ReachedPerson, ...] = ()


def find_rung_day(rung: RungRule, step: LadderStep, calendar: WorkCalendar) -> date:
    """Return the working day on which the rung is told; ValueError for a step without a due date.

    A reminder that falls on a day off, or on a quiet day, is told on the working day before it. No
    reminder is told before the step opens; only the due date itself is always told by its last
    working day. A step that opens on a quiet day is told of after the quiet days, or at once if it
    is due before they end. A step that opens when it is already overdue is told of too: somebody
    must ask for more time.

    An escalation counts from the due date and knows no quiet days: a grant must not be lost in
    July. If a step was late when its grant was imported, escalations count from the day on which
    that was confirmed; if it waited for another beyond its due date, from the day on which it
    opened. If somebody promised a day, nothing is told before the working day after it.
    """
    if step.due_on is None:
        raise ValueError("a step without a due date has no rungs")
    day = _plain_day(rung, step, step.due_on, calendar)
    return day if step.promised_on is None else max(day, calendar.add(step.promised_on, 1))


def _plain_day(rung: RungRule, step: LadderStep, due_on: date, calendar: WorkCalendar) -> date:
    if rung.escalates:
        counted_from = find_escalation_start(due_on, step.start, step.opened_on)
        if rung.unit == "working_days":
            return calendar.add(counted_from, rung.shift)
        return calendar.on_or_after(counted_from + rung.shift * _DAY)
    if rung.unit == "working_days":
        day = calendar.add(due_on, rung.shift) if rung.shift else calendar.on_or_before(due_on)
    else:
        day = calendar.on_or_before(due_on + rung.shift * _DAY)
    day = calendar.before_quiet(day)
    last = calendar.on_or_before(due_on)
    if step.opens_on and day < step.opens_on <= due_on:
        day = calendar.after_quiet(calendar.on_or_after(step.opens_on), last)
    return min(day, last)


def list_days_ahead(
    step: LadderStep, ladder: Sequence[RungRule], told: Iterable[ToldNotice], calendar: WorkCalendar
) -> list[tuple[RungRule, date]]:
    """Return the rungs of a dated step that are neither told nor passed, lowest first, each with
    its day.

    A step whose time has not come has none. No rung comes before the one below it: over holidays,
    eight days can end before five working days do.
    """
    return list(_ahead(step, ladder, told, calendar)) if step.has_come else []


def _ahead(
    step: LadderStep, ladder: Sequence[RungRule], told: Iterable[ToldNotice], calendar: WorkCalendar
) -> Iterator[tuple[RungRule, date]]:
    highest = max((notice.position for notice in told), default=0)
    counted = zip(ladder, _count_from(step, ladder), strict=True)
    days = accumulate((find_rung_day(rung, as_counted, calendar) for rung, as_counted in counted), max)
    return ((rung, day) for rung, day in zip(ladder, days, strict=True) if rung.position > highest)


def _count_from(step: LadderStep, ladder: Sequence[RungRule]) -> Iterator[LadderStep]:
    """Yield for each rung the step with the day from which the rung counts.

    Of an item that is not on its agenda, the reminders and the first escalation count from the agenda's last
    day, while something can still be done; the others count from the meeting, as of any other step.
    """
    to_put_on = step if step.agenda_on is None else replace(step, due_on=step.agenda_on)
    first = next((rung for rung in ladder if rung.escalates), None)
    return (to_put_on if rung is first or not rung.escalates else step for rung in ladder)


def decide_notice(
    step: LadderStep,
    ladder: Sequence[RungRule],
    told: Iterable[ToldNotice],
    today: date,
    calendar: WorkCalendar,
) -> Telling:
    """Return the rung to tell today.

    Among the reminders only the highest reached is told: the stale ones below it are skipped.
    Escalations rise one at a time, at least one working day apart, also after an outage. A rung
    once told, or passed, is not told again.
    """
    if not step.has_come:
        return Telling(Reason.NO_AWARD, None, None)
    if step.due_on is None:
        return Telling(Reason.NO_DUE_DATE, None, None)
    if not may_tell(step.start):
        return Telling(Reason.QUIET, None, None)
    if is_silent(today, calendar):
        return Telling(Reason.NOT_A_WORKING_DAY, None, find_day_to_tell(today, calendar))
    on_rungs = [notice for notice in told if notice.position]
    ahead = list_days_ahead(step, ladder, on_rungs, calendar)
    if not ahead:
        return Telling(Reason.LADDER_ENDED, None, None)
    reached = [(rung, day) for rung, day in ahead if day <= today]
    if not reached:
        reason = Reason.ALREADY_TOLD if on_rungs else Reason.NOT_REACHED
        return Telling(reason, None, ahead[0][1])
    chosen, day = next((pair for pair in reached if pair[0].escalates), reached[-1])
    if chosen.escalates and any(notice.told_on >= today for notice in on_rungs):
        return Telling(Reason.ONE_A_DAY, None, find_next_day_to_tell(today, calendar))
    reason = Reason.RUNG_REACHED if day == today else Reason.CAUGHT_UP
    following = next((day for rung, day in ahead if rung.position > chosen.position), None)
    look_on = max(following, find_next_day_to_tell(today, calendar)) if following else None
    return Telling(reason, chosen, look_on)


def comes_late(due_on: date, today: date, calendar: WorkCalendar) -> bool:
    """Return whether a step that opens today comes so late that no round tells it by its due date."""
    return due_on < find_next_day_to_tell(today, calendar)


def is_announced(
    due_on: date, look_on: date | None, today: date, calendar: WorkCalendar, *, reminded: bool
) -> bool:
    """Return whether a letter of its own tells the owner of a step that opens today that it has come.

    It does if no round tells it by its due date. It does also if the owner was `reminded` while it
    waited, and so believes that it cannot be done yet, unless the next round tells it anyway.
    """
    waits_long = look_on is None or look_on > find_next_day_to_tell(today, calendar)
    return comes_late(due_on, today, calendar) or (reminded and waits_long)


def find_opening_position(ladder: Sequence[RungRule], told: Iterable[ToldNotice]) -> int:
    """Return the place in the ladder of the notice that a step has come late: that of the last
    reminder, or 0 once it has escalated.

    So no escalation goes on the day on which its owner hears that it has come.
    """
    last = max((rung.position for rung in ladder if not rung.escalates), default=0)
    return last if all(notice.position <= last for notice in told) else 0


def next_action_on(
    step: LadderStep, ladder: Sequence[RungRule], told: Iterable[ToldNotice], calendar: WorkCalendar
) -> date | None:
    """Return the day from which the round looks at the step, that of its first untold rung; None if
    all are told.

    The day may have passed: the next round tells the rung then. A step whose time has not come has
    none.
    """
    if step.due_on is None or not step.has_come or not may_tell(step.start):
        return None
    first = next(_ahead(step, ladder, told, calendar), None)
    return find_day_to_tell(first[1], calendar) if first else None


@dataclass(frozen=True, slots=True)
class StepPeople:
    """The people around a step: its owner, the grant's roles, and the facts of everyone above."""

    owner_id: int
    roles: Mapping[str, int]
    people: Mapping[int, PersonFacts]


def decide_recipients(
    rung: RungRule, ladder: Sequence[RungRule], told: Iterable[ToldNotice], line: StepPeople, today: date
) -> tuple[ReachedPerson, ...]:
    """Return who is told on the rung, each once; empty if nobody can be reached.

    The owner, or the person who stands in, is told on every rung that names "owner". An escalation
    never goes to the owner, to their stand-in, to somebody who was told on an earlier rung, or to a
    head below an owner who is a head. If nobody is left on this rung, the first person of the rungs
    above is told. If nobody is left there either, the owner is.
    """
    owner = decide_reached_in(line.roles, line.owner_id, line.people, today)
    at_home = (owner,) if owner else ()
    names = [role for role in rung.to if role != "owner"]
    if not rung.escalates or not names:
        return at_home
    shut = {line.owner_id, *(person.person_id for person in at_home)}
    for notice in told:
        if notice.position and not notice.failed:
            shut.add(notice.person_id)
            if notice.instead_of_id is not None:
                shut.add(notice.instead_of_id)
    higher = [role for other in ladder if other.position > rung.position for role in other.to]
    targets = _reach(names, line, shut, today) or _reach(higher, line, shut, today)[:1]
    if targets and "owner" not in rung.to:
        return targets
    return at_home + targets


def _reach(
    roles: Iterable[str], line: StepPeople, shut: Collection[int], today: date
) -> tuple[ReachedPerson, ...]:
    """Return who is reached for the roles' holders, each once, without those who are shut out."""
    people: dict[int, ReachedPerson] = {}
    for role in roles:
        if is_below(role, line.roles, line.owner_id):
            continue
        holder = find_person_in_role(role, line.roles, line.owner_id, line.people)
        if holder is None or holder in shut:
            continue
        reached = decide_reached(holder, line.people, today)
        if reached is not None and reached.person_id not in shut:
            people.setdefault(reached.person_id, reached)
    return tuple(people.values())


def decide_telling(
    step: LadderStep,
    ladder: Sequence[RungRule],
    told: Sequence[ToldNotice],
    line: StepPeople | None,
    today: date,
    calendar: WorkCalendar,
) -> Telling:
    """Return what a round tells today about the step, and whom; `line` is None for a step without
    an owner."""
    telling = decide_notice(step, ladder, told, today, calendar)
    if telling.rung is None:
        return telling
    reached = decide_recipients(telling.rung, ladder, told, line, today) if line is not None else ()
    if not reached:
        return Telling(Reason.NOBODY_REACHABLE, None, find_next_day_to_tell(today, calendar))
    return replace(telling, reached=reached)


def wait_for_next_letter(today: date, calendar: WorkCalendar) -> Telling:
    """Return that a round waits a day, because today's letter to one of its readers has left."""
    return Telling(Reason.LETTER_GONE, None, find_next_day_to_tell(today, calendar))
