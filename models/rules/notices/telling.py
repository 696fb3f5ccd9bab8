"""Decide what a round does about a step: which rung it tells and to whom, or why nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.days import next_day_to_tell
from models.rules.notices.ladder import (
    Line,
    Reason,
    RungFacts,
    StepFacts,
    Told,
    decide_notice,
    decide_recipients,
)
from models.rules.notices.recipients import Reached


@dataclass(frozen=True, slots=True)
class Telling:
    """The rung to tell today and whom (None and nobody with a reason why not), and the day to look again."""

    reason: Reason
    rung: RungFacts | None
    next_action_on: date | None
    reached: tuple[Reached, ...] = ()


def decide_telling(
    step: StepFacts,
    ladder: Sequence[RungFacts],
    told: Sequence[Told],
    line: Line | None,
    today: date,
    calendar: WorkCalendar,
) -> Telling:
    """Return what a round tells today of the step; `line` is None for a step without an owner."""
    decision = decide_notice(step, ladder, told, today, calendar)
    if decision.rung is None:
        return Telling(decision.reason, None, decision.next_action_on)
    reached = decide_recipients(decision.rung, ladder, told, line, today) if line is not None else ()
    if not reached:
        return Telling(Reason.NOBODY_REACHABLE, None, next_day_to_tell(today, calendar))
    return Telling(decision.reason, decision.rung, decision.next_action_on, reached)


def wait_for_next_letter(today: date, calendar: WorkCalendar) -> Telling:
    """Return what a round does where the letter of the day of one whom it tells has left: it tells nobody yet."""
    return Telling(Reason.LETTER_GONE, None, next_day_to_tell(today, calendar))
