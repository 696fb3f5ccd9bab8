"""Hold when things are due, and that each receipt says why."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts.receipt import read_receipt
from models.programme.language.parser import read_rule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import Due, fixed_due, work_out_due
from models.rules.dates.periods import Period
from tests.receipt_words import in_words

SWEDEN = WorkCalendar("SE")
LETTER = "the decision letter"


def a_due(anchored: date | None = date(2010, 3, 31), /, rule: str = "at decision") -> Due:
    """Work out a rule; what it counts from is known under every name, or under none."""
    known = (
        {} if anchored is None else dict.fromkeys(("decided_on", "letter_on"), KnownDate(anchored, LETTER))
    )
    steps = {} if anchored is None else {"final-report": anchored}
    period = {} if anchored is None else Period("2010", anchored, anchored, anchored).days
    anchors = Anchors(known | period, steps, steps)
    return work_out_due(read_rule(rule), anchors, SWEDEN)


def row(why: str, *expected: str | None, rule: str) -> Any:
    """Return a row of a table: what it shows, what is expected, and the rule."""
    return pytest.param(rule, *expected, id=why)


@pytest.mark.parametrize(
    ("rule", "anchored", "due_on"),
    [
        row("a written date needs no anchor", None, "2011-01-20", rule="on 2011-01-20"),
        row("a named date", "2011-01-20", "2011-01-20", rule="at decision"),
        row("a date in a letter on a Sunday", "2019-12-15", "2019-12-15", rule="at decision"),
        row(
            "unless it says that it rolls",
            "2019-12-15",
            "2019-12-16",
            rule="at decision or the next working day",
        ),
        row("days", "2009-11-05", "2009-11-19", rule="14 days after decision"),
        row("no days", "2009-11-05", "2009-11-05", rule="at decision"),
        row("weeks", "2009-11-05", "2009-11-19", rule="14 days after decision"),
        row("working days over Christmas", "2010-12-20", "2011-01-05", rule="10 working days after decision"),
        row("working days before", "2011-01-20", "2011-01-18", rule="2 working days before final-report"),
        row("days before a step", "2011-01-20", "2011-01-10", rule="10 days before final-report"),
        row("after a step is done", "2011-01-19", "2011-02-18", rule="30 days after final-report.done"),
        row("a month from a last day", "2010-03-31", "2010-04-30", rule="1 month after period_end"),
        row("to the last day of February", "2011-01-31", "2011-02-28", rule="1 month after period_end"),
        row("of a leap year", "2012-01-31", "2012-02-29", rule="1 month after period_end"),
        row(
            "to the same day-number, not the last day",
            "2010-02-28",
            "2010-03-28",
            rule="1 month after period_end",
        ),
        row("a month back", "2010-03-31", "2010-02-28", rule="1 month before period_end"),
        row("a year from a leap day", "2008-02-29", "2009-02-28", rule="12 months after period_end"),
        row("three months", "2024-09-30", "2024-12-30", rule="3 months after period_end"),
        row(
            "are not ninety days, and a Sunday stays",
            "2024-09-30",
            "2024-12-29",
            rule="90 days after period_end",
        ),
        row("a hundred and twenty days", "2024-09-30", "2025-01-28", rule="120 days after period_end"),
        row(
            "a working day does not roll",
            "2010-06-30",
            "2010-07-30",
            rule="1 month after period_end or the next working day",
        ),
        row(
            "a Saturday rolls over the turn of a month",
            "2010-09-30",
            "2010-11-01",
            rule="1 month after period_end or the next working day",
        ),
        row(
            "a Sunday rolls back",
            "2011-01-19",
            "2011-01-07",
            rule="10 days before final-report or the working day before",
        ),
        row(
            "Epiphany rolls back",
            "2011-01-20",
            "2011-01-05",
            rule="14 days before final-report or the working day before",
        ),
        row("the end of a month", "2012-02-01", "2012-02-29", rule="end of the month of decision"),
        row("the end of the last quarter", "2009-11-05", "2009-12-31", rule="end of the quarter of decision"),
        row(
            "the end of a quarter, on its last day",
            "2010-03-31",
            "2010-03-31",
            rule="end of the quarter of decision",
        ),
        row("the end of a year", "2010-01-01", "2010-12-31", rule="end of the year of period_start"),
        row(
            "the end of a year, rolled off New Year's Eve",
            "2010-05-01",
            "2010-12-30",
            rule="end of the year of decision or the working day before",
        ),
    ],
)
def test_rule_gives_due_date(rule: str, anchored: str | None, due_on: str) -> None:
    due = a_due(date.fromisoformat(anchored) if anchored else None, rule)
    assert str(due.on) == due_on


@pytest.mark.parametrize(
    ("rule", "words", "arithmetic"),
    [
        row("a written date", "the fixed date 2011-01-20", "2011-01-20", rule="on 2011-01-20"),
        row("a named date", "on the decision", "2010-03-31", rule="at decision"),
        row(
            "one month",
            "1 month after the end of the period",
            "2010-03-31 + 1 month = 2010-04-30",
            rule="1 month after period_end",
        ),
        row(
            "working days before",
            "2 working days before final-report",
            "2010-03-31 - 2 working days = 2010-03-29",
            rule="2 working days before final-report",
        ),
        row(
            "one working day",
            "1 working day after the decision",
            "2010-03-31 + 1 working day = 2010-04-01",
            rule="1 working day after decision",
        ),
        row(
            "a roll says from where and to where",
            "2 days after the decision, or the next working day",
            "2010-03-31 + 2 days = 2010-04-02, not a working day, moved to 2010-04-06",
            rule="2 days after decision or the next working day",
        ),
        row(
            "a roll that was not needed is not mentioned",
            "7 days after the decision, or the working day before",
            "2010-03-31 + 7 days = 2010-04-07",
            rule="7 days after decision or the working day before",
        ),
        row(
            "the end of a quarter",
            "the last day of the quarter of the decision",
            "2010-03-31 lies in the quarter that ends 2010-03-31",
            rule="end of the quarter of decision",
        ),
    ],
)
def test_receipt_says_rule_and_arithmetic(rule: str, words: str, arithmetic: str) -> None:
    found = in_words(a_due(rule=rule).receipt, rule=read_rule(rule))
    assert (found.rule, found.arithmetic) == (words, arithmetic)


def test_receipt_is_complete_for_another_program() -> None:
    due = a_due(rule="2 days after decision or the next working day (condition 4)")
    assert due.receipt.as_json() == {
        "form": "after",
        "anchor": "decided_on",
        "anchor_on": "2010-03-31",
        "count": 2,
        "unit": "days",
        "counted": [
            {
                "kind": "shifted",
                "on": "2010-03-31",
                "sign": "+",
                "count": 2,
                "unit": "days",
                "day": "2010-04-02",
            },
            {"kind": "rolled", "day": "2010-04-06"},
        ],
        "rolled": "2010-04-02",
        "source": "condition 4",
    }
    assert read_receipt(due.receipt.as_json()).as_json() == due.receipt.as_json()
    swedish = in_words(due.receipt, "sv", rule=read_rule("2 days after decision or the next working day"))
    assert (swedish.rule, swedish.arithmetic) == (
        "2 dagar efter beslutet, eller nästa arbetsdag",
        "2010-03-31 + 2 dagar = 2010-04-02, ingen arbetsdag, flyttad till 2010-04-06",
    )


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        pytest.param("at decision", LETTER, id="that of the date"),
        pytest.param("at decision (condition 4)", "condition 4", id="the rule's own comes first"),
        pytest.param("on 2011-01-20 (the call)", "the call", id="of a written date, the rule's"),
        pytest.param("10 days before final-report", "", id="a date that we worked out has none"),
    ],
)
def test_receipt_cites_source(rule: str, source: str) -> None:
    assert a_due(rule=rule).receipt.source == source


@pytest.mark.parametrize(
    ("rule", "anchor", "arithmetic"),
    [
        ("at decision", "decided_on", "waits for the decision"),
        ("1 day after final-report", "final-report", "waits for final-report"),
        ("1 day after final-report.done", "final-report.done", "waits until final-report is done"),
        ("1 month after period_end", "period_end", "waits for the end of the period"),
        ("1 month before period_start", "period_start", "waits for the start of the period"),
        ("end of the year of decision", "decided_on", "waits for the decision"),
        ("1/3 of the grant", "grant_start_on", "waits for the start of the grant"),
        ("2 days after 1 day after decision", "decided_on", "waits for the decision"),
    ],
)
def test_rule_waits_for_unknown_anchor(rule: str, anchor: str, arithmetic: str) -> None:
    waiting = a_due(None, f"{rule} (condition 4)")
    assert waiting.on is None
    assert in_words(waiting.receipt).arithmetic == arithmetic
    assert (waiting.receipt.form, waiting.receipt.anchor) == ("waits", anchor)
    assert waiting.receipt.source == "condition 4"


@pytest.mark.parametrize(
    ("day", "warnings"),
    [
        pytest.param(date(2011, 1, 20), (), id="a working day needs none"),
        pytest.param(
            date(2025, 3, 1),
            ("2025-03-01 is Saturday, and does not move; the last working day before it is 2025-02-28",),
            id="a Saturday that stays",
        ),
        pytest.param(
            date(2011, 1, 6),
            (
                "2011-01-06 is Thursday and Epiphany, and does not move; the last working day before it is 2011-01-05",
            ),
            id="Epiphany",
        ),
        pytest.param(
            date(2010, 6, 26),
            ("2010-06-26 is Saturday, and does not move; the last working day before it is 2010-06-24",),
            id="before Midsummer Day lies Midsummer Eve",
        ),
    ],
)
def test_receipt_warns_of_day_off_that_stays(day: date, warnings: tuple[str, ...]) -> None:
    assert in_words(a_due(day, "at decision").receipt).warnings == warnings


def test_receipt_warns_of_date_that_nobody_knows() -> None:
    anchors = Anchors({"applied_on": KnownDate(date(2009, 9, 15), "Ansökan, september 2009", choice=True)})
    receipt = work_out_due(read_rule("at application"), anchors, SWEDEN).receipt
    assert in_words(receipt).warnings == ("applied_on is a choice in the data: the real day is not known",)
    assert receipt.source == "Ansökan, september 2009"


@pytest.mark.parametrize(
    ("formula", "arithmetic"),
    [
        pytest.param(
            "3 months after decision",
            "2010-07-15; it beats the rule's 2010-06-30",
            id="another date is beaten, and named",
        ),
        pytest.param(
            "at decision",
            f"2010-07-15; it beats 2010-03-31 ({LETTER})",
            id="a day that a decision gave is beaten: whose it was is said",
        ),
        pytest.param(
            "at letter_on of the decision else on 2010-05-01",
            f"2010-07-15; it beats 2010-03-31 ({LETTER})",
            id="a decision's day that beat the rule is beaten in its turn",
        ),
        pytest.param("on 2010-07-15", "2010-07-15", id="the same date is not beaten"),
        pytest.param(
            "at final_report_on of the decision", "2010-07-15", id="a formula that still waits is not beaten"
        ),
    ],
)
def test_fixed_date_beats_formula_and_says_so(formula: str, arithmetic: str) -> None:
    due = fixed_due(date(2010, 7, 15), "decision 2010-06-01", a_due(rule=formula), SWEDEN)
    assert due.on == date(2010, 7, 15)
    found = in_words(due.receipt)
    assert (found.rule, found.arithmetic) == ("2010-07-15, set by decision 2010-06-01", arithmetic)
    assert due.receipt.source == "decision 2010-06-01"


def test_fixed_date_on_day_off_warns() -> None:
    due = fixed_due(date(2019, 12, 15), "the decision", a_due(rule="on 2019-12-01"), SWEDEN)
    assert in_words(due.receipt).warnings == (
        "2019-12-15 is Sunday, and does not move; the last working day before it is 2019-12-13",
    )


SHIFTS = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["after", "before"]),
        "unit": st.sampled_from(["days", "working days", "months"]),
    }
)


@given(
    first=st.dates(date(1990, 1, 1), date(2080, 1, 1)),
    last=st.dates(date(1990, 1, 1), date(2080, 1, 1)),
    shift=SHIFTS,
    count=st.integers(0, 100),
    roll=st.sampled_from(["even on a day off", "or the next working day", "or the working day before"]),
)
def test_later_anchor_never_gives_earlier_due_date(
    first: date, last: date, shift: dict[str, str], count: int, roll: str
) -> None:
    rule = f"{count} {shift['unit']} {shift['side']} decision {roll}"
    early, late = (a_due(anchor, rule).on for anchor in sorted((first, last)))
    assert early is not None
    assert late is not None
    assert early <= late


@given(anchor=st.dates(date(1990, 1, 1), date(2080, 1, 1)), shift=SHIFTS, count=st.integers(0, 100))
def test_longer_time_never_ends_on_wrong_side(anchor: date, shift: dict[str, str], count: int) -> None:
    near = a_due(anchor, f"{count} {shift['unit']} {shift['side']} decision").on
    far = a_due(anchor, f"{count + 1} {shift['unit']} {shift['side']} decision").on
    assert near is not None
    assert far is not None
    assert anchor <= near < far if shift["side"] == "after" else anchor >= near > far


@given(
    anchor=st.dates(date(1990, 1, 1), date(2080, 1, 1)),
    count=st.integers(0, 400),
    roll=st.sampled_from(["or the next working day", "or the working day before"]),
)
def test_rolled_due_date_is_working_day(anchor: date, count: int, roll: str) -> None:
    due = a_due(anchor, f"{count} days after decision {roll}")
    assert due.on is not None
    assert SWEDEN.is_working(due.on)
    assert due.receipt.notes == ()
