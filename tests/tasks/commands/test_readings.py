"""Hold that a date which can be read in several ways is told as the earliest, until a person confirms one."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from models.programme.language.parser import read_rule
from models.programme.language.rule import Rule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import Due, plan_confirmed, plan_due
from models.rules.dates.periods import Period
from tests.receipt_words import in_words

SWEDEN = WorkCalendar("SE")
WELLCOME = read_rule(
    "either 90 days after grant_end (a published text) or 3 months after grant_end (a published text)"
)


def due_after(end: date, rule: Rule = WELLCOME) -> Due:
    """Return the due date of a grant that ends on the day."""
    return plan_due(rule, Anchors({"grant_end_on": KnownDate(end)}), SWEDEN)


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
    rule = read_rule("3 months after grant_end")
    due = due_after(date(2024, 11, 30), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 2, 28), ())
    due = due_after(date(2024, 12, 1), rule)
    assert (due.on, due.receipt.readings) == (date(2025, 3, 1), ("2025-03-01", "2025-03-03"))
    spoken = due_after(date(2024, 12, 1), read_rule("3 months after grant_end even on a day off"))
    assert (spoken.on, spoken.receipt.readings) == (date(2025, 3, 1), ())


SATURDAY, MONDAY = date(2026, 4, 25), date(2026, 4, 27)
RULES = Path(__file__).parents[2] / "programmes" / "days-off.yaml"


@pytest.mark.parametrize(
    "case", yaml.safe_load(RULES.read_text(encoding="utf-8")), ids=lambda case: case["rule"]
)
def test_rule_that_is_silent_about_days_off_asks(case: dict[str, Any]) -> None:
    readings = tuple(case["asks"])
    known = {"decided_on": date(2026, 4, 20), "report_on": SATURDAY, "grant_end_on": date(2026, 12, 31)}
    period = Period("2026", date(2026, 4, 1), SATURDAY, SATURDAY)
    dates = {name: KnownDate(day, "the letter") for name, day in known.items()}
    anchors = Anchors(dates | period.days, {"draft": SATURDAY}, period="2026")
    due = plan_due(read_rule(case["rule"]), anchors, SWEDEN)
    assert due.receipt.readings == readings
    if not readings:
        return
    assert due.on == date.fromisoformat(readings[0])
    warnings = in_words(due.receipt).warnings
    assert warnings
    assert all(", ".join(readings) in one or "does not say whether" in one for one in warnings)
    for day in readings:
        confirmed = plan_confirmed(due, date.fromisoformat(day), "a call", SWEDEN)
        assert (str(confirmed.on), confirmed.receipt.readings) == (day, ())


def test_published_day_moves_as_its_rule_says() -> None:
    rule = read_rule("10 days after period_end or the next working day except 2026 on 2026-04-25 (the form)")
    anchors = Anchors({"period_end": KnownDate(date(2026, 4, 20))}, period="2026")
    due = plan_due(rule, anchors, SWEDEN)
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
    due = plan_confirmed(due_after(date(2025, 9, 30)), day, "the funder's call of 2025-10-02", SWEDEN)
    assert due.on == on
    assert bool(due.receipt.notes) is warned
    if not warned:
        assert due.receipt.source == "the funder's call of 2025-10-02"
        english, swedish = (in_words(due.receipt, one, rule=WELLCOME) for one in ("en", "sv"))
        assert english.arithmetic.endswith(f"; {day} is confirmed")
        # The letters say the rule: where it is written is not lost by who confirmed the day.
        assert english.rule.endswith(f" (a published text); {day} is confirmed")
        assert swedish.rule.endswith(f" (a published text); {day} är bekräftat")
