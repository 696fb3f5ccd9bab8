"""Spending by account against the budget: which of its lines are a period's own."""

from datetime import date

import pytest

from models.rules.money.budget import PeriodSpending, hold_against_budget, list_days_once
from models.tables.money import BudgetLine

FIRST, LAST = date(2010, 1, 1), date(2010, 3, 31)


@pytest.mark.parametrize(
    ("line", "period", "planned"),
    [
        # A quarter's own, and of the months those in it; not all of the year.
        *(("2010-Q1", "2010-Q1", 500), ("2010-01", "2010-Q1", 500), ("2010-03", "2010-Q1", 500)),
        *(("2010-04", "2010-Q1", None), ("2009-12", "2010-Q1", None), ("2010", "2010-Q1", None)),
        # Months of the project.
        *(("M1-M18", "M1-M18", 500), ("M19-M36", "M1-M18", None)),
        # All of the time, and steps without a period.
        *(("", "2010-Q1", None), ("", "", None), ("2010-Q1", "", None)),
    ],
)
def test_line_is_a_periods_own_where_it_lies_within_it(line: str, period: str, planned: int | None) -> None:
    first, last = (FIRST, LAST) if period else (None, None)
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


M1, M7 = (("M1", None, None), ("M7", None, None))


@pytest.mark.parametrize(
    ("spent", "earlier", "kept"),
    [
        (Q[3], [Q[2], Q[1]], [Q[2], Q[1]]),
        (Q[1], [Q[1]], []),
        # A half-year over its quarters, among them, and after them.
        (Q[3], [Q[2], HALF, Q[1]], [Q[2], Q[1]]),
        (Q[3], [HALF, Q[2], Q[1]], [HALF]),
        (HALF, [Q[2], Q[1]], []),
        # Without days.
        (M7, [M1], [M1]),
        (M7, [M7], []),
    ],
)
def test_no_day_is_counted_twice(
    spent: tuple[str, date | None, date | None],
    earlier: list[tuple[str, date | None, date | None]],
    kept: list[tuple[str, date | None, date | None]],
) -> None:
    found = list_days_once(a_report(*spent, 1), [a_report(*one, 1) for one in earlier])
    assert [(one.period, one.first, one.last) for one in found] == kept
