"""Hold how a grant's time is cut into periods."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.language.each import read_each
from models.rules.dates.periods import cut_periods

KINDS = ("month", "quarter", "half", "year")


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        pytest.param(
            "quarter",
            "2010-01-01",
            "2010-12-31",
            [
                ("2010-Q1", "2010-01-01", "2010-03-31"),
                ("2010-Q2", "2010-04-01", "2010-06-30"),
                ("2010-Q3", "2010-07-01", "2010-09-30"),
                ("2010-Q4", "2010-10-01", "2010-12-31"),
            ],
            id="a year has four quarters",
        ),
        pytest.param(
            "quarter",
            "2009-11-05",
            "2010-04-30",
            [
                ("2009-Q4", "2009-11-05", "2009-12-31"),
                ("2010-Q1", "2010-01-01", "2010-03-31"),
                ("2010-Q2", "2010-04-01", "2010-04-30"),
            ],
            id="outer quarters are clipped to the grant's time",
        ),
        pytest.param(
            "quarter", "2010-02-10", "2010-02-10", [("2010-Q1", "2010-02-10", "2010-02-10")], id="a day"
        ),
        pytest.param(
            "month",
            "2012-01-15",
            "2012-03-01",
            [
                ("2012-01", "2012-01-15", "2012-01-31"),
                ("2012-02", "2012-02-01", "2012-02-29"),
                ("2012-03", "2012-03-01", "2012-03-01"),
            ],
            id="months of a leap year",
        ),
        pytest.param(
            "half",
            "2010-06-30",
            "2010-07-01",
            [("2010-H1", "2010-06-30", "2010-06-30"), ("2010-H2", "2010-07-01", "2010-07-01")],
            id="half-years meet between June and July",
        ),
        pytest.param(
            "year",
            "2009-07-01",
            "2010-12-31",
            [("2009", "2009-07-01", "2009-12-31"), ("2010", "2010-01-01", "2010-12-31")],
            id="years",
        ),
        pytest.param(
            "quarter", "2010-02-02", "2010-02-01", [], id="time that ends before it begins has none"
        ),
        pytest.param("quarter", "2010-04-01", "2010-03-31", [], id="nor has it over the turn of a quarter"),
    ],
)
def test_time_is_cut_into(kind: str, first: str, last: str, expected: list[tuple[str, str, str]]) -> None:
    found = cut_periods(read_each(kind), date.fromisoformat(first), date.fromisoformat(last))
    assert [(one.label, str(one.start_on), str(one.end_on)) for one in found] == expected


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
