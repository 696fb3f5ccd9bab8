"""Hold that a date which can be read in several ways is told as the earliest, until a person confirms one."""

from __future__ import annotations

from datetime import date

import pytest

from models.due_rule import DueRule
from models.rules.due import Anchors, Due, KnownDate, confirmed_due, work_out_due
from models.rules.workdays import WorkCalendar

SWEDEN = WorkCalendar("SE")
WELLCOME = DueRule.model_validate(
    {"either": [{"after": "grant_end_on", "days": 90}, {"after": "grant_end_on", "months": 3}]}
)


def due_after(end: date, rule: DueRule = WELLCOME) -> Due:
    """Return the due date of a grant that ends on the day."""
    return work_out_due(rule, Anchors({"grant_end_on": KnownDate(end)}), SWEDEN)


def test_readings_that_differ_warn_and_give_the_earliest() -> None:
    due = due_after(date(2025, 9, 30))
    assert due.on == date(2025, 12, 29)
    assert due.receipt.readings == ("2025-12-29", "2025-12-30")
    assert due.receipt.warnings == (
        "it is read in more than one way (2025-12-29, 2025-12-30): the earliest holds until someone confirms which",
    )
    assert due.receipt.sv["warnings"] == [
        "det läses olika (2025-12-29, 2025-12-30): den tidigaste gäller tills någon bekräftar vilken"
    ]


def test_readings_that_agree_need_nobody() -> None:
    due = due_after(date(2028, 11, 30))  # a February makes ninety days of three months
    assert (due.on, due.receipt.readings, due.receipt.warnings) == (date(2029, 2, 28), (), ())


def test_silent_rule_on_a_day_off_asks_and_gives_the_earlier() -> None:
    rule = DueRule.model_validate({"after": "grant_end_on", "months": 3})
    due = due_after(date(2024, 11, 30), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 2, 28), ())
    due = due_after(date(2024, 12, 1), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 3, 1), ("2025-03-01", "2025-03-03"))
    spoken = due_after(date(2024, 12, 1), rule.model_copy(update={"roll": "none"}))
    assert (spoken.on, spoken.receipt.readings) == (date(2025, 3, 1), ())


@pytest.mark.parametrize(
    ("day", "on", "warned"),
    [
        pytest.param(date(2025, 12, 30), date(2025, 12, 30), False, id="the later of the readings"),
        pytest.param(date(2025, 12, 29), date(2025, 12, 29), False, id="the earlier of them"),
        pytest.param(date(2026, 1, 1), date(2025, 12, 29), True, id="a day that is none of them any more"),
    ],
)
def test_confirmed_reading_holds_while_it_is_one(day: date, on: date, *, warned: bool) -> None:
    due = confirmed_due(due_after(date(2025, 9, 30)), day, "the funder's call of 2025-10-02", SWEDEN)
    assert due.on == on
    assert bool(due.receipt.warnings) is warned
    if not warned:
        assert due.receipt.source == "the funder's call of 2025-10-02"
        assert due.receipt.arithmetic.endswith(f"; {day} is confirmed")
