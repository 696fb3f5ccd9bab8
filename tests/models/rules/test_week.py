"""Hold on which day the heads hear of the week."""

from datetime import date

import pytest

from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.week import is_last_of_week

SWEDEN, KUWAIT = WorkCalendar("SE"), WorkCalendar("KW")


@pytest.mark.parametrize(
    ("calendar", "day", "is_last"),
    [
        pytest.param(SWEDEN, date(2026, 12, 4), True, id="a Friday"),
        pytest.param(SWEDEN, date(2026, 12, 3), False, id="the Thursday before"),
        pytest.param(SWEDEN, date(2026, 4, 2), True, id="Maundy Thursday, as Good Friday is off"),
        pytest.param(SWEDEN, date(2026, 4, 3), False, id="Good Friday itself"),
        pytest.param(SWEDEN, date(2026, 5, 13), False, id="before a holiday within the week"),
        pytest.param(SWEDEN, date(2026, 12, 23), True, id="before a Christmas that ends in a weekend"),
        pytest.param(KUWAIT, date(2026, 7, 2), True, id="a Thursday where the weekend begins on Friday"),
        pytest.param(KUWAIT, date(2026, 7, 5), False, id="a Sunday there"),
    ],
)
def test_week_ends_on_its_last_working_day(calendar: WorkCalendar, day: date, is_last: bool) -> None:
    assert is_last_of_week(day, calendar) is is_last
