"""Hold that personal identity numbers are found in any text, and that ordinary numbers are not taken for them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.se import personnummer

from models.reading.personal_number import hide_personal_numbers, holds_personal_number
from tests.personal_numbers import MADE_UP

DIGITS = "0123456789"
# No digit of any script, and no sign that is made into one.
NO_DIGIT = st.text(st.characters(exclude_categories=("Nd", "Cs")))


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Return a personal identity number, or a coordination number, in one of the forms that people write."""
    born = draw(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
    day = born.day + draw(st.sampled_from([0, 60]))
    serial = draw(st.integers(1, 999))
    nine = f"{born:%y%m}{day:02}{serial:03}"
    last = f"{serial:03}{luhn.calc_check_digit(nine)}"
    if draw(st.booleans()):
        return f"{born:%Y-%m}-{day:02}-{last}"
    begin = draw(st.sampled_from([f"{born:%Y%m}{day:02}", f"{born:%y%m}{day:02}"]))
    return begin + draw(st.sampled_from(["-", "+", "", " ", "\u2011", "\u2013", "\u00a0"])) + last


@given(number=numbers(), before=NO_DIGIT, after=NO_DIGIT)
def test_number_is_found_and_hidden_in_any_surrounding(number: str, before: str, after: str) -> None:
    text = f"{before}{number}{after}"
    assert holds_personal_number(text)
    hidden = hide_personal_numbers(text)
    assert not any(sign in hidden for sign in DIGITS)


@given(amount=st.integers(0, 10**9 - 1), mark=st.sampled_from(["", " ", "\u00a0", ".", ","]))
def test_sum_is_none(amount: int, mark: str) -> None:
    assert not holds_personal_number(f"Kostnaden var {amount:,}".replace(",", mark) + ",50 kronor.")


@given(
    begin=st.from_regex(r"[1-9][0-9][2-9][0-9]{6}", fullmatch=True),
    gap=st.sampled_from(["", "-"]),
    prefix=st.sampled_from(["", "16"]),
)
def test_organisation_number_is_none(begin: str, gap: str, prefix: str) -> None:
    # Its third digit is 2 or more, so that it is no month.
    assert not holds_personal_number(f"{prefix}{begin[:6]}{gap}{begin[6:]}{luhn.calc_check_digit(begin)}")


@pytest.mark.parametrize(
    "text",
    [
        # Telephones, diary numbers, wrong check digits, no such month, day or century, part of a longer number.
        *("070-123 45 67, 08-508 25 000, +46 70 123 45 67", "0724121236, 0734121234, 0764121238, 0794121232"),
        *("dnr 2009/1234-5, 3.1.2-0123/2010, SN 2010-01234", "19811218-9875", "19811318-9876"),
        *("19810230-9874", "16811218-9876", "119811218-98765", "19811218\n9876 personer"),
        # Periods, and a day and a year.
        "2010-01-01 - 2010-12-31, 2010-01-01--2010-12-31, 20100101-20101231",
        *("2010-01-01–2010-12-31", "2010-01-01 2010 2010-01-01 - 2010"),
    ],
)
def test_ordinary_number_is_none(text: str) -> None:
    assert not holds_personal_number(text)
    assert hide_personal_numbers(text) is text


def test_number_is_one_to_the_published_check_too() -> None:
    assert personnummer.is_valid(MADE_UP)
    assert holds_personal_number(MADE_UP)
    assert hide_personal_numbers(f"Vi mötte {MADE_UP}.\nOch andra.") == "Vi mötte •••.\nOch andra."
