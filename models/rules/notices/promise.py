"""Decide how long a promised day keeps a ladder quiet: once, of a day of our own choice, and never of money."""

from __future__ import annotations

from datetime import date

from models.facts.receipt import is_choice, read_receipt
from models.rules.dates.calendar import WorkCalendar
from models.tables.step import Step
from models.vocabulary import StepKind

_OURS = (StepKind.REPORT, StepKind.APPROVAL)


def last_promise(step: Step, working_days: int, calendar: WorkCalendar) -> date | None:
    """Return the last day that "not yet" can promise, some working days after the due date; None where it is no use.

    A date that somebody else has set goes on being reminded of, and so does one that was put off before.
    """
    if step.due_on is None or step.promised_on is not None or not working_days:
        return None
    if step.kind not in _OURS or step.with_funder or not is_choice(read_receipt(step.receipt).source):
        return None
    return calendar.add(step.due_on, working_days)


def quiet_until(expected_on: date | None, last: date | None) -> date | None:
    """Return the day up to which nobody is reminded, for a day that somebody promised; None where reminders go on."""
    return min(expected_on, last) if expected_on is not None and last is not None else None
