"""A forecast: when it is told, which days it goes by, and what it comes to."""

from datetime import date

import pytest

from models.rules.money.budget import Pace, decide_forecast

QUARTERS = [
    (date(2010, month, 1), date(2010, month + 2, day)) for month, day in ((1, 31), (4, 30), (7, 30), (10, 31))
]
FIRST, LAST, THREE_MONTHS_BEFORE = date(2010, 1, 1), date(2010, 12, 31), date(2010, 9, 30)
AWARD = 50_000_000


def a_pace(spent: int, periods: int = 2, award: int = AWARD) -> Pace:
    return Pace(spent, award, "SEK", QUARTERS[:periods], FIRST, LAST)


TWICE = Pace(20_000_000, AWARD, "SEK", [*QUARTERS[:2], (FIRST, QUARTERS[1][1])], FIRST, LAST)
EARLY = Pace(20_000_000, AWARD, "SEK", [QUARTERS[0]], date(2010, 2, 15), LAST)


@pytest.mark.parametrize(
    ("pace", "today", "left", "about"),
    [
        # 181 of 365 days, from three months before the last day to that.
        (a_pace(15_000_000), THREE_MONTHS_BEFORE, 19_751_382, 20_000_000),
        (a_pace(15_000_000), date(2010, 9, 29), None, None),
        (a_pace(15_000_000), LAST, 19_751_382, 20_000_000),
        (a_pace(15_000_000), date(2011, 1, 1), None, None),
        # Less than a hundredth of the award is left, or more is spent; nothing is reported, or spent.
        (a_pace(24_700_000), LAST, None, None),
        (a_pace(60_000_000), LAST, None, None),
        (a_pace(0, periods=0), LAST, None, None),
        (a_pace(0, periods=3), LAST, AWARD, AWARD),
        # A day that two reports are about counts once, and days before the grant's time do not.
        (TWICE, LAST, 9_668_509, 9_700_000),
        (EARLY, LAST, None, None),
    ],
)
def test_forecast(pace: Pace, today: date, left: int | None, about: int | None) -> None:
    found = decide_forecast(pace, today)
    assert (found and found.left_minor, found and found.about_minor) == (left, about)
