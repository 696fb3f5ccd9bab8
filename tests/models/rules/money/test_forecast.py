"""A forecast: when it is told, which days it goes by, and what it comes to."""

from __future__ import annotations

from datetime import date

import pytest

from models.rules.money.forecast import Pace, decide_forecast

QUARTERS = [
    (date(2010, month, 1), date(2010, month + 2, day)) for month, day in ((1, 31), (4, 30), (7, 30), (10, 31))
]
FIRST, LAST, THREE_MONTHS_BEFORE = date(2010, 1, 1), date(2010, 12, 31), date(2010, 9, 30)
AWARD = 50_000_000


def a_pace(spent: int, periods: int = 2, award: int = AWARD) -> Pace:
    return Pace(spent, award, "SEK", QUARTERS[:periods], FIRST, LAST)


@pytest.mark.parametrize(
    ("pace", "today", "left", "about"),
    [
        pytest.param(a_pace(15_000_000), THREE_MONTHS_BEFORE, 19_751_382, 20_000_000, id="181 of 365 days"),
        pytest.param(a_pace(15_000_000), date(2010, 9, 29), None, None, id="more than three months to go"),
        pytest.param(a_pace(15_000_000), LAST, 19_751_382, 20_000_000, id="on the last day"),
        pytest.param(a_pace(15_000_000), date(2011, 1, 1), None, None, id="after the last day"),
        pytest.param(a_pace(24_700_000), LAST, None, None, id="less than a hundredth of the award is left"),
        pytest.param(a_pace(60_000_000), LAST, None, None, id="more is spent than awarded"),
        pytest.param(a_pace(0, periods=0), LAST, None, None, id="nothing is reported"),
        pytest.param(a_pace(0, periods=3), LAST, AWARD, AWARD, id="nothing is spent"),
        pytest.param(
            Pace(20_000_000, AWARD, "SEK", [*QUARTERS[:2], (FIRST, QUARTERS[1][1])], FIRST, LAST),
            LAST,
            9_668_509,
            9_700_000,
            id="a day that two reports are about counts once",
        ),
        pytest.param(
            Pace(20_000_000, AWARD, "SEK", [QUARTERS[0]], date(2010, 2, 15), LAST),
            LAST,
            None,
            None,
            id="days before the grant's time do not count",
        ),
    ],
)
def test_forecast(pace: Pace, today: date, left: int | None, about: int | None) -> None:
    found = decide_forecast(pace, today)
    assert (found and found.left_minor, found and found.about_minor) == (left, about)
