"""Decide how near a day is, for a reminder of it."""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum

_WEEK = 8
_FORTNIGHT = 20


class Nearness(StrEnum):
    """How near a day is; each has its own words, so that no reminder repeats the one before it."""

    PAST = "past"
    TODAY = "today"
    NEXT = "next"  # tomorrow, or the first working day after days off
    WEEK = "week"
    FORTNIGHT = "fortnight"
    AHEAD = "ahead"


def decide_nearness(day: date, today: date, is_working: Callable[[date], bool]) -> Nearness:
    """Return how near the day is. A reminder may come a day early for a week, or some days for a fortnight."""
    days = (day - today).days
    if days <= 0:
        return Nearness.TODAY if days == 0 else Nearness.PAST
    if not any(is_working(today + timedelta(between)) for between in range(1, days)):
        return Nearness.NEXT
    if days <= _WEEK:
        return Nearness.WEEK
    return Nearness.FORTNIGHT if days <= _FORTNIGHT else Nearness.AHEAD
