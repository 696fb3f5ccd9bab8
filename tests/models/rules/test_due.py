"""Hold when things are due, and that each receipt says why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts.receipt import read_receipt
from models.programme.language.parser import read_rule
from models.rules.dates.anchors import Anchors, KnownDate
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.due import Due, plan_due, plan_fixed
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
    return plan_due(read_rule(rule), anchors, SWEDEN)


@pytest.mark.parametrize(
    ("rule", "anchored", "due_on"),
    [
        ("on 2011-01-20", None, "2011-01-20"),
        ("at decision", "2011-01-20", "2011-01-20"),
        # A date in a letter on a Sunday stays, unless the rule says that it rolls.
        ("at decision", "2019-12-15", "2019-12-15"),
        ("at decision or the next working day", "2019-12-15", "2019-12-16"),
        ("14 days after decision", "2009-11-05", "2009-11-19"),
        ("10 working days after decision", "2010-12-20", "2011-01-05"),
        ("2 working days before final-report", "2011-01-20", "2011-01-18"),
        ("10 days before final-report", "2011-01-20", "2011-01-10"),
        ("30 days after final-report.done", "2011-01-19", "2011-02-18"),
        # Months: to the last day of a shorter one, also of a leap year; to the same day-number otherwise.
        ("1 month after period_end", "2010-03-31", "2010-04-30"),
        ("1 month after period_end", "2011-01-31", "2011-02-28"),
        ("1 month after period_end", "2012-01-31", "2012-02-29"),
        ("1 month after period_end", "2010-02-28", "2010-03-28"),
        ("1 month before period_end", "2010-03-31", "2010-02-28"),
        ("12 months after period_end", "2008-02-29", "2009-02-28"),
        # Three are not ninety days, and a Sunday stays.
        ("3 months after period_end", "2024-09-30", "2024-12-30"),
        ("90 days after period_end", "2024-09-30", "2024-12-29"),
        ("120 days after period_end", "2024-09-30", "2025-01-28"),
        # A working day does not roll; a Saturday does, over the turn of a month; a Sunday and Epiphany back.
        ("1 month after period_end or the next working day", "2010-06-30", "2010-07-30"),
        ("1 month after period_end or the next working day", "2010-09-30", "2010-11-01"),
        ("10 days before final-report or the working day before", "2011-01-19", "2011-01-07"),
        ("14 days before final-report or the working day before", "2011-01-20", "2011-01-05"),
        # The end of a month, of the last quarter, of a quarter on its last day, of a year.
        ("end of the month of decision", "2012-02-01", "2012-02-29"),
        ("end of the quarter of decision", "2009-11-05", "2009-12-31"),
        ("end of the quarter of decision", "2010-03-31", "2010-03-31"),
        ("end of the year of period_start", "2010-01-01", "2010-12-31"),
        ("end of the year of decision or the working day before", "2010-05-01", "2010-12-30"),
    ],
)
def test_rule_gives_due_date(rule: str, anchored: str | None, due_on: str) -> None:
    due = a_due(date.fromisoformat(anchored) if anchored else None, rule)
    assert str(due.on) == due_on


@pytest.mark.parametrize(
    ("rule", "words", "arithmetic"),
    [
        ("on 2011-01-20", "the fixed date 2011-01-20", "2011-01-20"),
        ("at decision", "on the decision", "2010-03-31"),
        (
            "1 month after period_end",
            "1 month after the end of the period",
            "2010-03-31 + 1 month = 2010-04-30",
        ),
        (
            "2 working days before final-report",
            "2 working days before final-report",
            "2010-03-31 - 2 working days = 2010-03-29",
        ),
        (
            "1 working day after decision",
            "1 working day after the decision",
            "2010-03-31 + 1 working day = 2010-04-01",
        ),
        # A roll says from where and to where; one that was not needed is not mentioned.
        (
            "2 days after decision or the next working day",
            "2 days after the decision, or the next working day",
            "2010-03-31 + 2 days = 2010-04-02, not a working day, moved to 2010-04-06",
        ),
        (
            "7 days after decision or the working day before",
            "7 days after the decision, or the working day before",
            "2010-03-31 + 7 days = 2010-04-07",
        ),
        (
            "end of the quarter of decision",
            "the last day of the quarter of the decision",
            "2010-03-31 lies in the quarter that ends 2010-03-31",
        ),
    ],
)
def test_receipt_says_rule_and_arithmetic(rule: str, words: str, arithmetic: str) -> None:
    found = in_words(a_due(rule=rule).receipt, rule=read_rule(rule))
    assert (found.rule, found.arithmetic) == (words, arithmetic)


def test_receipt_is_complete_for_another_program() -> None:
    due = a_due(rule="2 days after decision or the next working day (condition 4)")
    shift = {"on": "2010-03-31", "sign": "+", "count": 2, "unit": "days", "day": "2010-04-02"}
    assert due.receipt.as_json() == {
        "form": "after",
        "anchor": "decided_on",
        "anchor_on": "2010-03-31",
        "count": 2,
        "unit": "days",
        "counted": [{"kind": "shifted", **shift}, {"kind": "rolled", "day": "2010-04-06"}],
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
        ("at decision", LETTER),
        # The rule's own comes first, and a date that we worked out has none.
        ("at decision (condition 4)", "condition 4"),
        ("on 2011-01-20 (the call)", "the call"),
        ("10 days before final-report", ""),
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
    ("day", "name", "before"),
    [
        (date(2011, 1, 20), None, ""),
        (date(2025, 3, 1), "Saturday", "2025-02-28"),
        (date(2011, 1, 6), "Thursday and Epiphany", "2011-01-05"),
        (date(2010, 6, 26), "Saturday", "2010-06-24"),  # before Midsummer Day lies Midsummer Eve
    ],
)
def test_receipt_warns_of_day_off_that_stays(day: date, name: str | None, before: str) -> None:
    said = f"{day} is {name}, and does not move; the last working day before it is {before}"
    assert in_words(a_due(day, "at decision").receipt).warnings == ((said,) if name else ())


def test_receipt_warns_of_date_that_nobody_knows() -> None:
    anchors = Anchors({"applied_on": KnownDate(date(2009, 9, 15), "Ansökan, september 2009", choice=True)})
    receipt = plan_due(read_rule("at application"), anchors, SWEDEN).receipt
    assert in_words(receipt).warnings == ("applied_on is a choice in the data: the real day is not known",)
    assert receipt.source == "Ansökan, september 2009"


@pytest.mark.parametrize(
    ("formula", "beaten"),
    [
        ("3 months after decision", "the rule's 2010-06-30"),
        # A day that a decision gave, or by which one beat the rule, is beaten: whose it was is said.
        ("at decision", f"2010-03-31 ({LETTER})"),
        ("at letter_on of the decision else on 2010-05-01", f"2010-03-31 ({LETTER})"),
        # The same date is not beaten, nor is a formula that still waits.
        ("on 2010-07-15", None),
        ("at final_report_on of the decision", None),
    ],
)
def test_fixed_date_beats_formula_and_says_so(formula: str, beaten: str | None) -> None:
    arithmetic = f"2010-07-15; it beats {beaten}" if beaten else "2010-07-15"
    due = plan_fixed(date(2010, 7, 15), "decision 2010-06-01", a_due(rule=formula), SWEDEN)
    assert due.on == date(2010, 7, 15)
    found = in_words(due.receipt)
    assert (found.rule, found.arithmetic) == ("2010-07-15, set by decision 2010-06-01", arithmetic)
    assert due.receipt.source == "decision 2010-06-01"


def test_fixed_date_on_day_off_warns() -> None:
    due = plan_fixed(date(2019, 12, 15), "the decision", a_due(rule="on 2019-12-01"), SWEDEN)
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
