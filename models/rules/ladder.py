"""Decide which notice, if any, a step needs today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from models.rules.reach import PersonFacts, Reached, decide_reached, person_in_role
from models.rules.workdays import WorkCalendar

_DAY = timedelta(days=1)


class Reason(StrEnum):
    """Why a notice is or is not made; `grants explain` words each of them."""

    RUNG_REACHED = "rung_reached"
    CAUGHT_UP = "caught_up"  # the rung's day went by without a round
    NOT_REACHED = "not_reached"
    ALREADY_TOLD = "already_told"
    ONE_A_DAY = "one_a_day"  # an escalation was told today: the next rung waits a working day
    NO_DUE_DATE = "no_due_date"
    LADDER_ENDED = "ladder_ended"
    NOT_A_WORKING_DAY = "not_a_working_day"
    LETTER_GONE = "letter_gone"  # the person's letter of the day has left: told next working day
    NOBODY_REACHABLE = "nobody_reachable"


@dataclass(frozen=True, slots=True)
class RungFacts:
    """A rung: `shift` days or working days from the due date, and the roles to tell."""

    position: int
    key: str
    shift: int
    unit: str
    to_roles: tuple[str, ...]

    @property
    def escalates(self) -> bool:
        """Whether the rung comes after the due date."""
        return self.shift > 0


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What the ladder needs to know of a step."""

    due_on: date | None
    opens_on: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice that was made for the step at its present due date."""

    position: int
    person_id: int
    told_on: date
    instead_of_id: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeDecision:
    """The rung to tell today (None with a reason why not), and the day to look again (None: never)."""

    reason: Reason
    rung: RungFacts | None
    next_action_on: date | None


def rung_day(rung: RungFacts, step: StepFacts, calendar: WorkCalendar) -> date:
    """Return the working day on which the rung is told; ValueError for a step without a due date.

    A rung up to the due date that falls on a non-working day is told on the working day before it, and none is
    told before the step opens. One after the due date counts from it.
    """
    if step.due_on is None:
        raise ValueError("a step without a due date has no rungs")
    if rung.escalates:
        if rung.unit == "working_days":
            return calendar.add(step.due_on, rung.shift)
        return calendar.on_or_after(step.due_on + rung.shift * _DAY)
    if rung.unit == "working_days":
        day = calendar.add(step.due_on, rung.shift) if rung.shift else calendar.on_or_before(step.due_on)
    else:
        day = calendar.on_or_before(step.due_on + rung.shift * _DAY)
    if step.opens_on and day < step.opens_on <= step.due_on:
        day = calendar.on_or_after(step.opens_on)
    return min(day, calendar.on_or_before(step.due_on))


def decide_notice(
    step: StepFacts, ladder: Sequence[RungFacts], told: Iterable[Told], today: date, calendar: WorkCalendar
) -> NoticeDecision:
    """Return the rung to tell today.

    Among the reminders only the highest reached is told: the stale ones below it are skipped. Escalations rise one
    at a time, at least one working day apart, also after an outage. A rung once told, or passed, is not told again.
    """
    if step.due_on is None:
        return NoticeDecision(Reason.NO_DUE_DATE, None, None)
    if not calendar.is_working(today):
        return NoticeDecision(Reason.NOT_A_WORKING_DAY, None, calendar.on_or_after(today))
    said = tuple(told)
    highest = max((one.position for one in said), default=0)
    ahead = [(rung, rung_day(rung, step, calendar)) for rung in ladder if rung.position > highest]
    if not ahead:
        return NoticeDecision(Reason.LADDER_ENDED, None, None)
    reached = [(rung, day) for rung, day in ahead if day <= today]
    if not reached:
        reason = Reason.ALREADY_TOLD if said else Reason.NOT_REACHED
        return NoticeDecision(reason, None, ahead[0][1])
    chosen, day = next((pair for pair in reached if pair[0].escalates), reached[-1])
    if chosen.escalates and any(one.told_on >= today and one.position for one in said):
        return NoticeDecision(Reason.ONE_A_DAY, None, calendar.add(today, 1))
    reason = Reason.RUNG_REACHED if day == today else Reason.CAUGHT_UP
    return NoticeDecision(reason, chosen, _after(chosen, ladder, step, today, calendar))


def next_action_on(
    step: StepFacts, ladder: Sequence[RungFacts], told: Iterable[Told], today: date, calendar: WorkCalendar
) -> date | None:
    """Return the day on which the round must look at the step: today or later, or None when all is told."""
    if step.due_on is None:
        return None
    highest = max((one.position for one in told), default=0)
    ahead = [rung_day(rung, step, calendar) for rung in ladder if rung.position > highest]
    return calendar.on_or_after(max(min(ahead), today)) if ahead else None


def _after(
    told: RungFacts, ladder: Sequence[RungFacts], step: StepFacts, today: date, calendar: WorkCalendar
) -> date | None:
    ahead = [rung_day(rung, step, calendar) for rung in ladder if rung.position > told.position]
    return max(min(ahead), calendar.add(today, 1)) if ahead else None


@dataclass(frozen=True, slots=True)
class Line:
    """The people around a step: its owner, the grant's roles, and the facts of everyone above."""

    owner_id: int
    roles: Mapping[str, int]
    people: Mapping[int, PersonFacts]


def decide_recipients(
    rung: RungFacts, ladder: Sequence[RungFacts], told: Iterable[Told], line: Line, today: date
) -> tuple[Reached, ...]:
    """Return who is told on the rung, each once; empty when nobody can be reached.

    The owner (or who stands in) is told on every rung that names "owner". An escalation never goes to the owner,
    to the one standing in, or to someone whom an earlier rung already went up to: it goes to the next rung's
    target instead, as far as the ladder reaches.
    """
    owner = decide_reached(line.owner_id, line.people, today)
    found = [owner] if owner and ("owner" in rung.to_roles or not rung.escalates) else []
    if not rung.escalates:
        return tuple(found)
    shut = {line.owner_id, *([owner.person_id] if owner else [])}
    above = {one.person_id for one in told if one.position and one.person_id not in shut}
    above |= {one.instead_of_id for one in told if one.instead_of_id is not None}
    for target in _targets(rung, ladder):
        holder = person_in_role(target, line.roles, line.owner_id, line.people)
        if holder is None or holder in shut | above:
            continue
        reached = decide_reached(holder, line.people, today)
        if reached is None or reached.person_id in shut | above:
            continue
        found.append(reached)
        break
    return tuple(found)


def _targets(rung: RungFacts, ladder: Sequence[RungFacts]) -> list[str]:
    """Return the roles to escalate to: the rung's own, then those of the rungs above it."""
    roles: list[str] = []
    for other in ladder:
        if other.position >= rung.position:
            roles += [role for role in other.to_roles if role != "owner" and role not in roles]
    return roles
