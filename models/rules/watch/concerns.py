"""Find what is unwise in a plan: dates too early, reports too close, reminders that come too late."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from models.facts.receipt import Term, term
from models.programme.plan import Programme
from models.rules.dates.committee import Fit
from models.rules.dates.periods import Period
from models.rules.dates.planned_meeting import read_meeting
from models.rules.dates.selection import PlanFacts, PlannedStep
from models.rules.steps.needs import expand_needs
from models.vocabulary import Phase, StepKind


class ConcernKind(StrEnum):
    """What is wrong with the plan; the first seven cannot be met, the others only badly."""

    NEVER_DUE = "never_due"
    OPENS_AFTER_DUE = "opens_after_due"
    DUE_BEFORE_DATA = "due_before_data"
    DUE_BEFORE_NEEDED = "due_before_needed"
    DUE_BEFORE_GRANT = "due_before_grant"
    GIVEN_BEFORE_GRANT = "given_before_grant"
    NO_MEETING = "no_meeting"
    NO_RETURN = "no_return"
    SAME_WEEK = "same_week"
    READ_IN_TWO_WAYS = "read_in_two_ways"


_MONEY = (StepKind.CLAIM, StepKind.PAYMENT)
_BEFORE = (Phase.APPLICATION, Phase.DECISION)
# Dates that no decision letter types out.
_OF_EVERY_GRANT = ("decided_on", "grant_start_on", "grant_end_on")
CANNOT_BE_MET = (
    ConcernKind.NEVER_DUE,
    ConcernKind.OPENS_AFTER_DUE,
    ConcernKind.DUE_BEFORE_DATA,
    ConcernKind.DUE_BEFORE_NEEDED,
    ConcernKind.DUE_BEFORE_GRANT,
    ConcernKind.GIVEN_BEFORE_GRANT,
    ConcernKind.NO_MEETING,
)


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern: its kind, the programme's steps, and its dates as a term to be worded.

    `key` is the plan's step: that of a period, if the programme's step comes once a period.
    """

    kind: ConcernKind
    steps: tuple[str, ...]
    key: str
    why: Term


def build_concern(kind: ConcernKind, steps: Sequence[str], key: str, **values: object) -> Concern:
    """Return a concern about a step of the plan; the values are for the template that words it."""
    return Concern(kind, tuple(steps), key, term(f"concern_{kind}", step=key, **values))


def find_dead_ends(planned: Sequence[PlannedStep]) -> Iterator[Concern]:
    """Yield the steps that never get a date, in a plan that takes every possible step as done."""
    for step in planned:
        if step.due_on is None:
            yield build_concern(
                ConcernKind.NEVER_DUE, [step.rule.key], step.key, counted=step.receipt.counted
            )


def find_dates_within(programme: Programme) -> frozenset[str]:
    """Return the given dates that cannot precede the grant, since a step in its own time is due on them."""
    own = (step for step in programme.steps if step.kind not in _MONEY and step.phase not in _BEFORE)
    return frozenset(step.due.at for step in own if step.due.at in programme.dates)


def find_early_days(planned: Iterable[PlannedStep], facts: PlanFacts) -> Iterator[Concern]:
    """Yield the steps whose day, fixed by the programme or given in a decision, is before the grant.

    The programme is then most likely another year's, or the given day is mistyped. A claim or
    payment can come before the grant's time, but not before the award. Steps of application and
    decision come before both.
    """
    decided = facts.dates.get("decided_on")
    decided_on = decided.on if decided else None
    for step in planned:
        money = step.rule.kind in _MONEY
        after_on = decided_on if money else facts.period_start_on
        early = step.due_on is not None and after_on is not None and step.due_on < after_on
        if not early or step.rule.phase in _BEFORE or step.key in facts.fixed:
            continue
        days = {"due": step.due_on, "after": after_on}
        if step.rule.due.says_fixed_day(_label(step)):
            kind = ConcernKind.DUE_BEFORE_GRANT
            yield build_concern(kind, [step.rule.key], step.key, award=money, **days)
        elif not money and step.rule.due.at in facts.dates and step.rule.due.at not in _OF_EVERY_GRANT:
            name = step.rule.due.at
            yield build_concern(ConcernKind.GIVEN_BEFORE_GRANT, [step.rule.key], step.key, name=name, **days)


def find_concerns(programme: Programme, planned: Sequence[PlannedStep]) -> Iterator[Concern]:
    """Yield every impossible or unwise date in a plan of the programme, step by step in the plan's order."""
    steps = {step.key: step for step in planned}
    places = {key: (step.rule.key, _label(step)) for key, step in steps.items()}
    for step in planned:
        if step.due_on is None:
            continue
        needs = (steps[need] for need in expand_needs(step.rule, _label(step), places, programme))
        yield from _opening_concerns(step, step.due_on)
        yield from _need_concerns(step, step.due_on, needs)
        yield from _meeting_concerns(step)
        if step.receipt.readings:
            days = step.receipt.readings
            yield build_concern(ConcernKind.READ_IN_TWO_WAYS, [step.rule.key], step.key, days=days)
    yield from _crowded(planned)


def _label(step: PlannedStep) -> str | None:
    return step.period.label if step.period else None


def _opening_concerns(step: PlannedStep, due_on: date) -> Iterator[Concern]:
    """Yield that a step is due before it opens, or a report before its period is over."""
    steps = [step.rule.key]
    if step.opens_on and step.opens_on > due_on:
        kind = ConcernKind.OPENS_AFTER_DUE
        yield build_concern(kind, steps, step.key, due=due_on, opens=step.opens_on)
    if step.period is not None and _is_before_its_data(step, due_on, step.period):
        kind = ConcernKind.DUE_BEFORE_DATA
        yield build_concern(kind, steps, step.key, due=due_on, ends=step.period.end_on)


def _need_concerns(step: PlannedStep, due_on: date, needs: Iterable[PlannedStep]) -> Iterator[Concern]:
    """Yield each step that this one waits for, the funder's too, and that is due later."""
    for need in needs:
        # The award comes first: before it nobody is told of a step, and no step is late.
        awaited = need.due_on if not need.rule.settled_by_decision else None
        if awaited and awaited > due_on:
            steps = [step.rule.key, need.rule.key]
            days = {"due": due_on, "need_due": awaited}
            yield build_concern(ConcernKind.DUE_BEFORE_NEEDED, steps, step.key, need=need.key, **days)


def _is_before_its_data(step: PlannedStep, due_on: date, period: Period) -> bool:
    """Return whether a report is due before its period is over without being meant to.

    A report without figures, such as an application for the next year, says itself when it opens.
    """
    meant = step.opens_on is not None and step.opens_on <= min(due_on, period.end_on)
    return step.rule.kind is StepKind.REPORT and due_on <= period.end_on and not meant


def _meeting_concerns(step: PlannedStep) -> Iterator[Concern]:
    """Yield that no meeting takes an approval in time, or only one without time for a return."""
    meeting = read_meeting(step.receipt.meeting)
    if meeting is None:
        return
    if meeting.fit in (Fit.NONE, Fit.LATE):
        yield build_concern(ConcernKind.NO_MEETING, [step.rule.key], step.key, needed=meeting.needed_on)
    elif meeting.is_in_time and not meeting.with_return:
        yield build_concern(ConcernKind.NO_RETURN, [step.rule.key], step.key, meeting=meeting.held_on)


def _crowded(planned: Sequence[PlannedStep]) -> Iterator[Concern]:
    """Yield the recipient's reports that fall in one week, Monday to Sunday, and are not meant to."""
    reports = [
        (step.due_on, step)
        for step in planned
        if step.due_on and step.rule.kind is StepKind.REPORT and not step.rule.with_funder
    ]
    reports.sort(key=lambda pair: (pair[0], pair[1].position))
    for (first_on, first), (second_on, second) in pairwise(reports):
        together = first.rule.key == second.rule.due.at or second.rule.key == first.rule.due.at
        if _week(first_on) == _week(second_on) and not together:
            earlier, later = sorted((first, second), key=lambda step: step.position)
            days = {"first": first.key, "first_due": first_on, "second": second.key, "second_due": second_on}
            keys = [earlier.rule.key, later.rule.key]
            yield build_concern(ConcernKind.SAME_WEEK, keys, earlier.key, **days)


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
