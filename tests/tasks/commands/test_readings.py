"""Hold that a date which can be read in several ways is told as the earliest, until a person confirms one."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.programme.due import DueRule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import Due, confirmed_due, work_out_due
from tests.receipt_words import in_words

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
    assert in_words(due.receipt).warnings == (
        "it is read in more than one way (2025-12-29, 2025-12-30): the earliest holds until someone confirms which",
    )
    assert in_words(due.receipt, "sv").warnings == (
        "det läses olika (2025-12-29, 2025-12-30): den tidigaste gäller tills någon bekräftar vilken",
    )


def test_readings_that_agree_need_nobody() -> None:
    due = due_after(date(2028, 11, 30))  # a February makes ninety days of three months
    assert (due.on, due.receipt.readings, due.receipt.notes) == (date(2029, 2, 28), (), ())


def test_silent_rule_on_a_day_off_asks_and_gives_the_earlier() -> None:
    rule = DueRule.model_validate({"after": "grant_end_on", "months": 3})
    due = due_after(date(2024, 11, 30), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 2, 28), ())
    due = due_after(date(2024, 12, 1), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 3, 1), ("2025-03-01", "2025-03-03"))
    spoken = due_after(date(2024, 12, 1), rule.model_copy(update={"roll": "none"}))
    assert (spoken.on, spoken.receipt.readings) == (date(2025, 3, 1), ())


SATURDAY, MONDAY = date(2026, 4, 25), date(2026, 4, 27)
BOTH = ("2026-04-25", "2026-04-27")


@pytest.mark.parametrize(
    ("rule", "readings"),
    [
        pytest.param({"date": "2026-04-25"}, BOTH, id="a fixed day"),
        pytest.param({"on": "period_end"}, BOTH, id="the period's last day"),
        pytest.param({"day_of_month": 25, "holding": "decided_on"}, BOTH, id="a day of the month"),
        pytest.param({"yearly": "04-25", "holding": "decided_on"}, BOTH, id="a yearly day"),
        pytest.param({"weekday": "saturday", "following": "decided_on"}, BOTH, id="a weekday"),
        pytest.param({"fraction": "1/1", "of": "period"}, BOTH, id="a part of the time"),
        pytest.param({"on": {"after": "decided_on", "days": 5}}, BOTH, id="a rule within a rule"),
        pytest.param(
            {"earliest_of": [{"after": "decided_on", "days": 5}, "grant_end_on"]},
            BOTH,
            id="the earlier of two",
        ),
        pytest.param(
            {
                "after": "decided_on",
                "days": 1,
                "exceptions": {"2026": {"date": "2026-04-25", "source": "the form"}},
            },
            BOTH,
            id="a published day",
        ),
        pytest.param(
            {"either": [{"after": "decided_on", "days": 5}, {"after": "decided_on", "days": 8}]},
            (*BOTH, "2026-04-28"),
            id="a day off among readings",
        ),
        pytest.param(
            {"after": {"either": ["decided_on", {"after": "decided_on", "days": 2}]}, "days": 1},
            ("2026-04-21", "2026-04-23"),
            id="counted from readings",
        ),
        pytest.param(
            {
                "either": [{"after": "decided_on", "days": 5}, {"after": "decided_on", "days": 8}],
                "roll": "next",
            },
            ("2026-04-27", "2026-04-28"),
            id="readings that roll",
        ),
        pytest.param(
            {
                "either": [{"after": "decided_on", "days": 5}, {"after": "decided_on", "days": 6}],
                "roll": "next",
            },
            (),
            id="readings that roll to one day",
        ),
        pytest.param(
            {
                "latest_of": [
                    {"either": [{"after": "decided_on", "days": 1}, {"after": "decided_on", "days": 9}]},
                    {"after": "decided_on", "days": 4},
                ]
            },
            ("2026-04-24", "2026-04-29"),
            id="the later of readings and a day between them",
        ),
        pytest.param({"date": "2026-04-25", "roll": "none"}, (), id="a rule that says so"),
        pytest.param(
            {"on": {"after": "decided_on", "days": 5, "roll": "none"}}, (), id="a rule within that says so"
        ),
        pytest.param({"on": "report_on"}, (), id="a letter's day"),
        pytest.param({"after": "decided_on", "days": 1, "unless": "report_on"}, (), id="a letter that wins"),
        pytest.param(
            {"earliest_of": ["report_on", "grant_end_on"]}, (), id="the earlier of two letters' days"
        ),
        pytest.param({"on": "draft"}, (), id="another step's day: that one asks"),
        pytest.param(
            {"date": "2026-04-25", "choice": {"sv": "en lördag", "en": "a Saturday"}}, (), id="our own choice"
        ),
    ],
)
def test_rule_that_is_silent_about_days_off_asks(rule: dict[str, Any], readings: tuple[str, ...]) -> None:
    known = {"decided_on": date(2026, 4, 20), "report_on": SATURDAY, "grant_end_on": date(2026, 12, 31)}
    anchors = Anchors(
        {name: KnownDate(day, "the letter") for name, day in known.items()},
        {"draft": SATURDAY},
        period_start_on=date(2026, 4, 1),
        period_end_on=SATURDAY,
        period="2026",
    )
    due = work_out_due(DueRule.model_validate(rule), anchors, SWEDEN)
    assert due.receipt.readings == readings
    if not readings:
        return
    assert due.on == date.fromisoformat(readings[0])
    warnings = in_words(due.receipt).warnings
    assert warnings
    assert all(", ".join(readings) in one or "does not say whether" in one for one in warnings)
    for day in readings:
        confirmed = confirmed_due(due, date.fromisoformat(day), "a call", SWEDEN)
        assert (str(confirmed.on), confirmed.receipt.readings) == (day, ())


def test_published_day_moves_as_its_rule_says() -> None:
    published = {"2026": {"date": "2026-04-25", "source": "the form"}}
    rule = DueRule.model_validate(
        {"after": "period_end", "days": 10, "roll": "next", "exceptions": published}
    )
    anchors = Anchors(period_end_on=date(2026, 4, 20), period="2026")
    due = work_out_due(rule, anchors, SWEDEN)
    assert (due.on, due.receipt.rolled, due.receipt.source) == (MONDAY, "2026-04-25", "the form")
    assert in_words(due.receipt).arithmetic == (
        "the published date 2026-04-25 wins over the rule's 2026-04-30 (2026-04-20 + 10 days = 2026-04-30), not a"
        " working day, moved to 2026-04-27"
    )


@pytest.mark.parametrize(
    ("day", "on", "warned"),
    [
        pytest.param(date(2025, 12, 30), date(2025, 12, 30), False, id="the later of the readings"),
        pytest.param(date(2025, 12, 29), date(2025, 12, 29), False, id="the earlier of them"),
        pytest.param(date(2026, 1, 1), date(2025, 12, 29), True, id="a day that is none of them any more"),
    ],
)
def test_confirmed_reading_holds_while_it_is_one(day: date, on: date, *, warned: bool) -> None:
    rule = WELLCOME.model_copy(update={"source": "the conditions, section 9"})
    due = confirmed_due(due_after(date(2025, 9, 30), rule), day, "the funder's call of 2025-10-02", SWEDEN)
    assert due.on == on
    assert bool(due.receipt.notes) is warned
    if not warned:
        assert due.receipt.source == "the funder's call of 2025-10-02"
        english, swedish = (in_words(due.receipt, one, rule=rule) for one in ("en", "sv"))
        assert english.arithmetic.endswith(f"; {day} is confirmed")
        # The letters say the rule: where it is written is not lost by who confirmed the day.
        assert english.rule.endswith(f" (the conditions, section 9); {day} is confirmed")
        assert swedish.rule.endswith(f" (the conditions, section 9); {day} är bekräftat")
