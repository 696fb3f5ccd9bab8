"""Decide on which days people are written to: not on days off, and not about an unconfirmed import."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.extension import is_chosen
from models.rules.steps.lateness import is_late
from models.tables.grant import Grant
from models.tables.step import Step
from models.vocabulary import StepKind

# A round holds its letters until it is over, so that a person gets only one. After an interrupted
# round they leave by themselves.
ROUND_HOLDS = timedelta(hours=1)
# Any other letter waits this long for further news to its reader: two events within a minute make
# one letter.
LETTER_HOLDS = timedelta(minutes=1)
_OURS = (StepKind.REPORT, StepKind.APPROVAL)


def is_silent(day: date, calendar: WorkCalendar) -> bool:
    """Return whether nobody is told anything on the day: it is no working day."""
    return not calendar.is_working(day)


def find_day_to_tell(day: date, calendar: WorkCalendar) -> date:
    """Return the day itself, or the next one on which people are told."""
    return calendar.on_or_after(day)


def find_next_day_to_tell(day: date, calendar: WorkCalendar) -> date:
    """Return the first day after `day` on which people are told."""
    return calendar.add(day, 1)


def find_leaving_time(now: datetime, today: date, letter_on: date) -> datetime:
    """Return when a letter that is queued now for a later day leaves: at this hour of that day."""
    return now + (letter_on - today)


@dataclass(frozen=True, slots=True, order=True)
class LateAtImport:
    """A step that was late when its grant was imported."""

    due_on: date
    key: str


@dataclass(frozen=True, slots=True)
class Start:
    """How a grant began here: whether it is still quiet, and the day its late steps were confirmed.

    A grant that had nothing late at its import is never quiet, and its `confirmed_on` is None.
    """

    quiet: bool = False
    confirmed_on: date | None = None


AT_ONCE = Start()


def find_late(steps: Iterable[Step], grant: Grant, today: date) -> tuple[LateAtImport, ...]:
    """Return the grant's steps that are late, as at its import, oldest first."""
    late = (step for step in steps if is_late(step, grant, today))
    return tuple(sorted(LateAtImport(step.due_on, step.key) for step in late if step.due_on is not None))


def may_tell(start: Start) -> bool:
    """Return whether anybody may be told anything about the grant."""
    return not start.quiet


def find_escalation_start(due_on: date, start: Start, opened_on: date | None) -> date:
    """Return the day from which the rungs after a due date count: its own, or that of its
    confirmation or its opening if that is later."""
    return max(due_on, start.confirmed_on or due_on, opened_on or due_on)


def find_last_promise(step: Step, working_days: int, calendar: WorkCalendar) -> date | None:
    """Return the last day that "not yet" can promise, some working days after the due date; None if
    none.

    Reminders go on for a date that somebody else has set, and for one that was put off before.
    """
    if step.due_on is None or step.promised_on is not None or not working_days:
        return None
    if step.kind not in _OURS or step.with_funder or not is_chosen(step):
        return None
    return calendar.add(step.due_on, working_days)


def find_quiet_until(expected_on: date | None, last: date | None) -> date | None:
    """Return the day up to which a promise stops reminders; None if reminders go on."""
    return min(expected_on, last) if expected_on is not None and last is not None else None
