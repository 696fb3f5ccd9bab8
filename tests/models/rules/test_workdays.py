"""Hold which days are working days, and how one is reached from another."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.dates.calendar import WorkCalendar

SWEDEN = WorkCalendar("SE")
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def why_closed(calendar: WorkCalendar, day: date) -> str | None:
    """Return the day of the weekend, or the holiday, that closes offices; None where they are open."""
    if calendar.is_working(day):
        assert calendar.holiday(day) == ""
        return None
    return f"{day:%A}" if calendar.is_weekend(day) else calendar.holiday(day)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2010, 3, 31), None),
        (date(2010, 4, 3), "Saturday"),
        (date(2010, 4, 4), "Sunday"),  # Easter Sunday is a Sunday first
        (date(2010, 4, 2), "Good Friday"),
        (date(2010, 4, 5), "Easter Monday"),
        (date(2010, 4, 1), None),  # Maundy Thursday
        (date(2010, 5, 13), "Ascension Day"),
        (date(2010, 5, 14), None),
        (date(2010, 6, 25), "Midsummer Eve"),  # which is no public holiday by law
        (date(2010, 12, 24), "Christmas Eve"),
        (date(2010, 12, 23), None),
        (date(2010, 12, 31), "New Year's Eve"),
        # A New Year's Day on a Saturday moves nothing to Monday.
        (date(2011, 1, 1), "Saturday"),
        (date(2011, 1, 3), None),
        (date(2011, 1, 5), None),
        (date(2011, 1, 6), "Epiphany"),
        # Pentecost Monday was a holiday until 2005, and the National Day is one since.
        (date(2004, 5, 31), "Pentecost Monday"),
        (date(2005, 5, 16), None),
        (date(2005, 6, 6), "National Day"),
        (date(2004, 6, 6), "Sunday"),
    ],
)
def test_swedish_offices_are_closed_on(day: date, why: str | None) -> None:
    assert why_closed(SWEDEN, day) == why
    assert SWEDEN.is_working(day) is (why is None)


ENGLAND, SCOTLAND, KUWAIT = WorkCalendar("GB", "ENG"), WorkCalendar("GB", "SCT"), WorkCalendar("KW")


def test_holiday_on_a_weekend_has_its_name_and_a_plain_sunday_none() -> None:
    assert SWEDEN.holiday(date(2026, 12, 26), "sv") == "Annandag jul"
    assert SWEDEN.holiday(date(2026, 12, 27), "sv") == ""


@pytest.mark.parametrize(
    ("calendar", "day", "why"),
    [
        (ENGLAND, date(2010, 12, 28), "Boxing Day (observed)"),
        (SCOTLAND, date(2010, 8, 2), "Summer Bank Holiday"),
        (ENGLAND, date(2010, 8, 2), None),
        # Observed in the year before.
        (WorkCalendar("US"), date(2021, 12, 31), "New Year's Day (observed)"),
        (WorkCalendar("DE"), date(2010, 12, 24), None),
        # The weekend is Friday and Saturday; a holiday can lie on a Sunday; offices close where shops do not.
        (KUWAIT, date(2026, 7, 3), "Friday"),
        (KUWAIT, date(2026, 7, 4), "Saturday"),
        (KUWAIT, date(2026, 7, 5), None),
        (WorkCalendar("IL"), date(2026, 9, 13), "Rosh Hashanah"),
        (WorkCalendar("HK"), date(2026, 7, 4), "Saturday"),
        # A day of our own; a holiday keeps its name.
        (WorkCalendar("SE", extra=(date(2010, 12, 23),)), date(2010, 12, 23), ""),
        (WorkCalendar("SE", extra=(date(2011, 1, 6),)), date(2011, 1, 6), "Epiphany"),
        # A year of which the package does not know all.
        (WorkCalendar("IN"), date(2037, 1, 26), "Republic Day"),
    ],
)
def test_other_calendar_is_closed_on(calendar: WorkCalendar, day: date, why: str | None) -> None:
    assert why_closed(calendar, day) == why
    assert calendar.is_working(day) is (why is None)


@pytest.mark.parametrize(
    ("day", "after", "before"),
    [
        (date(2010, 3, 31), date(2010, 3, 31), date(2010, 3, 31)),
        (date(2010, 7, 31), date(2010, 8, 2), date(2010, 7, 30)),
        (date(2010, 4, 3), date(2010, 4, 6), date(2010, 4, 1)),  # Easter is four days long
        (date(2010, 12, 25), date(2010, 12, 27), date(2010, 12, 23)),
        (date(2009, 12, 26), date(2009, 12, 28), date(2009, 12, 23)),
        (date(2010, 12, 31), date(2011, 1, 3), date(2010, 12, 30)),
    ],
)
def test_roll_goes_to_nearest_working_day(day: date, after: date, before: date) -> None:
    assert (SWEDEN.on_or_after(day), SWEDEN.on_or_before(day)) == (after, before)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        pytest.param(date(2010, 7, 31), 1, date(2010, 8, 2), id="one after a Saturday is Monday"),
        pytest.param(date(2010, 7, 30), 1, date(2010, 8, 2), id="one after a Friday is Monday too"),
        pytest.param(date(2010, 8, 2), 5, date(2010, 8, 9), id="five are a week"),
        pytest.param(date(2010, 12, 22), 5, date(2010, 12, 30), id="five over Christmas"),
        pytest.param(date(2011, 1, 20), -2, date(2011, 1, 18), id="two before the final report"),
        pytest.param(date(2011, 1, 9), -1, date(2011, 1, 7), id="one before a Sunday is Friday"),
        pytest.param(date(2011, 1, 7), -1, date(2011, 1, 5), id="one before the day after Epiphany"),
        pytest.param(date(2011, 1, 9), 0, date(2011, 1, 9), id="none leaves even a Sunday as it is"),
    ],
)
def test_working_days_are_counted(day: date, count: int, expected: date) -> None:
    assert SWEDEN.add(day, count) == expected


@given(day=days.map(SWEDEN.on_or_after), count=st.integers(-60, 60))
def test_counting_there_and_between_agree(day: date, count: int) -> None:
    there = SWEDEN.add(day, count)
    assert SWEDEN.is_working(there)
    assert SWEDEN.between(min(day, there), max(day, there)) == abs(count)
    assert SWEDEN.add(there, -count) == day


@given(first=days, span=st.integers(0, 40), count=st.integers(-30, 30))
def test_later_day_never_leads_to_earlier_day(first: date, span: int, count: int) -> None:
    last = first + timedelta(days=span)
    assert SWEDEN.add(first, count) <= SWEDEN.add(last, count)
    assert SWEDEN.on_or_after(first) <= SWEDEN.on_or_after(last)
    assert SWEDEN.on_or_before(first) <= SWEDEN.on_or_before(last)


@given(day=days)
def test_no_office_is_closed_longer_than_over_christmas(day: date) -> None:
    assert SWEDEN.on_or_after(day) - day <= timedelta(days=5)
    assert day - SWEDEN.on_or_before(day) <= timedelta(days=5)


@pytest.mark.parametrize("span", [(date(2010, 8, 3), date(2010, 8, 3)), (date(2010, 8, 3), date(2010, 8, 2))])
def test_nothing_lies_between_a_day_and_no_later_one(span: tuple[date, date]) -> None:
    assert SWEDEN.between(*span) == 0
