"""Decide on which day the heads hear where the grants stand, and who of them does."""

from datetime import date, timedelta

from models.programme.countries import weekend_of
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.recipients import PersonFacts


def is_last_of_week(day: date, calendar: WorkCalendar) -> bool:
    """Return whether a day is the last working day before a weekend."""
    ahead = (calendar.add(day, 1) - day).days
    off = (day + timedelta(days) for days in range(1, ahead))
    return calendar.is_working(day) and any(one.weekday() in weekend_of(calendar.country) for one in off)


def hears_of_week(head: PersonFacts, today: date) -> bool:
    """Return whether a head gets the letter: nobody else gets it for one who is away or gone."""
    return not head.is_away(today) and not head.is_gone(today)
