"""Hold how a grant's time is cut into periods."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.language.each import read_each
from models.rules.dates.anchors import KnownDate
from models.rules.dates.periods import cut_periods
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from tasks.programmes.files import read_programme

KINDS = ("month", "quarter", "half", "year")


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        (
            "quarter",
            *("2010-01-01", "2010-12-31"),
            "2010-Q1 -01-01 -03-31, 2010-Q2 -04-01 -06-30, 2010-Q3 -07-01 -09-30, 2010-Q4 -10-01 -12-31",
        ),
        # Outer periods are clipped to the grant's time.
        (
            "quarter",
            *("2009-11-05", "2010-04-30"),
            "2009-Q4 -11-05 -12-31, 2010-Q1 -01-01 -03-31, 2010-Q2 -04-01 -04-30",
        ),
        ("quarter", "2010-02-10", "2010-02-10", "2010-Q1 -02-10 -02-10"),
        (
            "month",
            *("2012-01-15", "2012-03-01"),
            "2012-01 -01-15 -01-31, 2012-02 -02-01 -02-29, 2012-03 -03-01 -03-01",
        ),
        ("half", "2010-06-30", "2010-07-01", "2010-H1 -06-30 -06-30, 2010-H2 -07-01 -07-01"),
        ("year", "2009-07-01", "2010-12-31", "2009 -07-01 -12-31, 2010 -01-01 -12-31"),
        # Time that ends before it begins has none.
        ("quarter", "2010-02-02", "2010-02-01", ""),
        ("quarter", "2010-04-01", "2010-03-31", ""),
    ],
)
def test_time_is_cut_into(kind: str, first: str, last: str, expected: str) -> None:
    """A period is its label, and its first and last day without their year, which is the label's."""
    found = cut_periods(read_each(kind), date.fromisoformat(first), date.fromisoformat(last))
    said = [f"{one.label} {one.start_on:-%m-%d} {one.end_on:-%m-%d}" for one in found]
    assert ", ".join(said) == expected
    assert all(one.label.startswith(f"{one.start_on:%Y}") for one in found)
    assert all(one.start_on.year == one.end_on.year for one in found)


@given(
    kind=st.sampled_from(KINDS),
    first=st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    days=st.integers(0, 2_000),
)
def test_periods_tile_the_time(kind: str, first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = cut_periods(read_each(kind), first, last)
    assert (found[0].start_on, found[-1].end_on) == (first, last)
    assert all(one.start_on <= one.end_on for one in found)
    assert all(later.start_on - one.end_on == timedelta(days=1) for one, later in pairwise(found))
    labels = [one.label for one in found]
    assert labels == sorted(set(labels))


@pytest.mark.parametrize(
    ("ends", "join", "expected"),
    [
        pytest.param([(5, 31), (9, 30)], None, [(5, 31), (9, 30), (12, 15)], id="what is left is one more"),
        pytest.param([(5, 31), (9, 30)], 0, [(5, 31), (12, 15)], id="what is left joins the last listed one"),
        pytest.param([(5, 31), (12, 15)], 0, [(5, 31), (12, 15)], id="the grant's end is listed"),
        pytest.param([(5, 31)], None, [(5, 31), (12, 15)], id="one day is listed"),
    ],
)
def test_every_listed_day_ends_a_period(
    ends: list[tuple[int, int]], join: int | None, expected: list[tuple[int, int]]
) -> None:
    listed = [date(2026, *one) for one in ends]
    each = read_each("spring and autumn of the decision")
    found = cut_periods(each, date(2026, 1, 1), date(2026, 12, 15), (None, join), listed)
    assert [(one.end_on.month, one.end_on.day) for one in found] == expected
    assert [one.runs_to for one in found] == [one.end_on for one in found]


FOLDED = Path(__file__).parents[2] / "programmes" / "folded.yaml"


def test_what_counts_from_a_folded_period_is_dated_where_the_grant_has_no_other() -> None:
    assert read_programme(FOLDED).programme == "folded"  # its examples are counted


def test_step_that_the_folded_period_would_wait_for_waits_as_before(tmp_path: Path) -> None:
    said = FOLDED.read_text(encoding="utf-8").partition("examples:")[0]
    path = tmp_path / "folded.yaml"
    path.write_text(said.replace("(6), approval: funder", "(6), needs: draft.done, approval: funder"))
    facts = PlanFacts(
        {"decided_on": KnownDate(date(2025, 11, 5))}, date(2026, 1, 1), date(2026, 6, 30), as_if_done=True
    )
    planned = {one.key: one.due_on for one in plan_steps(read_programme(path), facts)}
    assert (planned["draft"], planned["final-report"]) == (None, date(2026, 8, 31))
