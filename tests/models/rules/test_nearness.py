"""How near a day is, for the words of a reminder."""

from datetime import date

import pytest

from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.nearness import Nearness, decide_nearness

CASES = [
    # a Monday; the Friday before it is the last working day
    (date(2026, 3, 16), date(2026, 3, 17), Nearness.PAST),
    (date(2026, 3, 16), date(2026, 3, 16), Nearness.TODAY),
    (date(2026, 3, 16), date(2026, 3, 15), Nearness.NEXT),
    (date(2026, 3, 16), date(2026, 3, 13), Nearness.NEXT),
    (date(2026, 3, 16), date(2026, 3, 12), Nearness.WEEK),
    # the Tuesday after Easter: Thursday is the working day before it
    (date(2026, 4, 7), date(2026, 4, 2), Nearness.NEXT),
    (date(2026, 4, 7), date(2026, 4, 1), Nearness.WEEK),
    (date(2026, 3, 16), date(2026, 3, 8), Nearness.WEEK),
    (date(2026, 3, 16), date(2026, 3, 7), Nearness.FORTNIGHT),
    (date(2026, 3, 16), date(2026, 2, 24), Nearness.FORTNIGHT),
    (date(2026, 3, 16), date(2026, 2, 23), Nearness.AHEAD),
]


@pytest.mark.parametrize(("day", "today", "near"), CASES)
def test_nearness_of_a_day(day: date, today: date, near: Nearness) -> None:
    assert decide_nearness(day, today, WorkCalendar("SE").is_working) is near
