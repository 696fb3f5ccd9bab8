"""Spending by account against the budget: which of its lines are a period's own."""

from __future__ import annotations

from datetime import date

import pytest

from models.rules.money.spending import PeriodSpending, hold_against_budget, once_a_day
from models.tables.money import BudgetLine

FIRST, LAST = date(2010, 1, 1), date(2010, 3, 31)


@pytest.mark.parametrize(
    ("line", "period", "first", "last", "planned"),
    [
        pytest.param("2010-Q1", "2010-Q1", FIRST, LAST, 500, id="its quarter"),
        pytest.param("2010-01", "2010-Q1", FIRST, LAST, 500, id="its first month"),
        pytest.param("2010-03", "2010-Q1", FIRST, LAST, 500, id="its last month"),
        pytest.param("2010-04", "2010-Q1", FIRST, LAST, None, id="a month after it"),
        pytest.param("2009-12", "2010-Q1", FIRST, LAST, None, id="a month before it"),
        pytest.param("2010", "2010-Q1", FIRST, LAST, None, id="all of the year"),
        pytest.param("M1-M18", "M1-M18", FIRST, LAST, 500, id="months of the project"),
        pytest.param("M19-M36", "M1-M18", FIRST, LAST, None, id="other months of the project"),
        pytest.param("", "2010-Q1", FIRST, LAST, None, id="all of the time"),
        pytest.param("", "", None, None, None, id="all of the time, of a step without a period"),
        pytest.param("2010-Q1", "", None, None, None, id="a quarter, of a step without a period"),
    ],
)
def test_line_is_a_periods_own_where_it_lies_within_it(
    line: str, period: str, first: date | None, last: date | None, planned: int | None
) -> None:
    lines = [BudgetLine(grant_id=1, account="5010", title="Löner", period=line, amount_minor=500)]
    spent = PeriodSpending("SEK", period, first, last, {"5010": 200})
    (one,) = hold_against_budget(lines, spent, [PeriodSpending("SEK", "", None, None, {"5010": 40})])
    assert (one.title, one.spent_minor, one.so_far_minor) == ("Löner", 200, 240)
    assert (one.planned_minor, one.budget_minor) == (planned, 500)


def a_report(period: str, first: date | None, last: date | None, sum_minor: int) -> PeriodSpending:
    return PeriodSpending("SEK", period, first, last, {"5010": sum_minor})


Q = {
    number: (f"2010-Q{number}", date(2010, 3 * number - 2, 1), date(2010, 3 * number, 28))
    for number in range(1, 5)
}
HALF = ("2010-H1", date(2010, 1, 1), date(2010, 6, 30))


@pytest.mark.parametrize(
    ("spent", "earlier", "kept"),
    [
        pytest.param(Q[3], [Q[2], Q[1]], [Q[2], Q[1]], id="quarter after quarter"),
        pytest.param(Q[1], [Q[1]], [], id="two reports of the quarter itself"),
        pytest.param(Q[3], [Q[2], HALF, Q[1]], [Q[2], Q[1]], id="a half-year over its quarters"),
        pytest.param(Q[3], [HALF, Q[2], Q[1]], [HALF], id="quarters within a half-year"),
        pytest.param(HALF, [Q[2], Q[1]], [], id="a half-year after its quarters"),
        pytest.param(("M7", None, None), [("M1", None, None)], [("M1", None, None)], id="without days"),
        pytest.param(("M7", None, None), [("M7", None, None)], [], id="twice without days"),
    ],
)
def test_no_day_is_counted_twice(
    spent: tuple[str, date | None, date | None],
    earlier: list[tuple[str, date | None, date | None]],
    kept: list[tuple[str, date | None, date | None]],
) -> None:
    found = once_a_day(a_report(*spent, 1), [a_report(*one, 1) for one in earlier])
    assert [(one.period, one.first, one.last) for one in found] == kept
