"""Decide by when the daily round must be over, and when a round is missing."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every command asks for its hours, and few for the holidays of all countries
    from models.rules.dates.calendar import WorkCalendar

# The round begins at 7, and does what is left of it at 9 and 12, on working days, by the office's
# clock. prefect.yaml has the same hours.
ROUND_HOURS = (7, 9, 12)
# The watch reports a missing round from here on: the first try has had two hours.
FIRST_TRY_OVER = time(9)
# `grants deliver --keep-on` reports it from here on: the last try has had its time too.
LAST_TRY_OVER = time(13, 40)
# What somebody did on a day is taken as done then, where no hour is said.
ACTS_AT = time(9)
# A process that was started later, as after a repair in the afternoon, leaves the round this long.
ROUND_MAY_TAKE = timedelta(minutes=30)
# Prefect alarms when no round has completed for so long: Friday 07:00 to Monday 08:00 and a little.
# A run on a holiday completes as well, so no holiday makes it longer.
NO_ROUND_WITHIN = timedelta(hours=74)


def expected_round_on(now: datetime, calendar: WorkCalendar) -> date:
    """Return the last working day whose round should be over; `now` is the local time."""
    today = now.date()
    if calendar.is_working(today) and now.time() >= FIRST_TRY_OVER:
        return today
    return calendar.add(today, -1)


def find_round_end(now: datetime, began: datetime) -> datetime:
    """Return when today's round should have completed; `now` is local, `began` when this process started."""
    return max(datetime.combine(now, LAST_TRY_OVER, now.tzinfo), began + ROUND_MAY_TAKE)
