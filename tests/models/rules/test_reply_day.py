"""By when a question without a day of its own is answered."""

from datetime import date

import pytest

from models.rules.dates.calendar import offices_in
from models.rules.dates.reply_day import decide_reply_day


@pytest.mark.parametrize(
    ("asked_on", "reply_on"),
    [
        pytest.param(date(2011, 1, 10), date(2011, 1, 13), id="a Monday"),
        pytest.param(date(2011, 1, 13), date(2011, 1, 18), id="a weekend lies between"),
        pytest.param(date(2011, 1, 5), date(2011, 1, 11), id="a holiday lies between"),
    ],
)
def test_question_is_answered_within_three_working_days(asked_on: date, reply_on: date) -> None:
    assert decide_reply_day(asked_on, offices_in("SE")) == reply_on
