"""Decide on which days people are told of anything: on working days, and on no other."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from models.rules.dates.calendar import WorkCalendar

# The round holds its letters until it is through, so that a person gets one; after an interrupted round they
# leave by themselves.
ROUND_HOLDS = timedelta(hours=1)


def why_silent(day: date, calendar: WorkCalendar) -> str | None:
    """Return why nobody is told of anything on the day ("Saturday", or a holiday's name); None on a working day."""
    return calendar.day_off(day)


def day_to_tell(day: date, calendar: WorkCalendar) -> date:
    """Return the day itself, or the next one on which people are told."""
    return calendar.on_or_after(day)


def next_day_to_tell(day: date, calendar: WorkCalendar) -> date:
    """Return the first day after it on which people are told."""
    return calendar.add(day, 1)


def leaves_at(now: datetime, today: date, letter_on: date) -> datetime:
    """Return when a letter that is queued now for a later day leaves: at this hour of that day."""
    return now + (letter_on - today)
