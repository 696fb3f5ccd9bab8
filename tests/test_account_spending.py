"""Spending by account against the budget: which of its lines are a period's own."""

from __future__ import annotations

from datetime import date

import pytest

from models.budget import BudgetLine
from models.rules.account_spending import PeriodSpending, hold_against_budget

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
