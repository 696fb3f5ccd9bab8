"""Hold how what people write becomes what is stored, and what does not fit its question."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.programme.question import Question, Words
from models.reading.number import read_amount
from models.rules.answers.accept import (
    LONGEST_TEXT,
    check_data,
    read_answer,
)
from tests.rule_builders import a_question


def checked(
    questions: Sequence[Question], data: Mapping[str, object], currency: str = "", **more: bool
) -> Any:
    """The answers, and in English what does not fit."""
    values, problems = check_data(questions, data, currency, **more)
    return values, tuple(map(str, problems))


def read_value(kind: str, raw: object) -> str | int | bool | None:
    """Return an answer as it is stored, or None when it does not fit the question's kind."""
    try:
        return read_answer(Question(key="asked", title=Words(sv="fråga", en="question"), kind=kind), raw)
    except ValueError:
        return None


def read(kind: str, raw: Any) -> Any:
    """Return the stored value, or the problem."""
    values, problems = checked([a_question("answer", kind)], {"answer": raw})
    assert len(values) + len(problems) == 1
    assert (read_value(kind, raw) is None) == bool(problems)
    return values.get("answer", problems[0] if problems else None)


@pytest.mark.parametrize(
    ("raw", "number", "money"),
    [
        pytest.param("14", 14, "14", id="digits"),
        pytest.param(14, 14, "14", id="a number of another program"),
        pytest.param(0, 0, "0", id="nought"),
        pytest.param("0", 0, "0", id="nought, written"),
        pytest.param(" 14 \n", 14, "14", id="blanks around it"),
        pytest.param("10 000", 10_000, "10000", id="Swedish thousands"),
        pytest.param("10\u00a0000", 10_000, "10000", id="with a space that does not break"),
        pytest.param("10\u202f000", 10_000, "10000", id="with a narrow one"),
        pytest.param("1 250,50", "1250.50", "1250.50", id="Swedish decimals"),
        pytest.param(
            "10.000,50", "10000.50", "10000.50", id="points between thousands, comma before decimals"
        ),
        pytest.param("10,000.50", "10000.50", "10000.50", id="English thousands and decimals"),
        pytest.param("1,234,567", 1_234_567, "1234567", id="English millions"),
        pytest.param("1.234.567", 1_234_567, "1234567", id="the same with points"),
        pytest.param("7,5", "7.5", "7.5", id="a decimal comma"),
        pytest.param("7.5", "7.5", "7.5", id="a decimal point"),
        pytest.param(7.5, "7.5", "7.5", id="a decimal of another program"),
        pytest.param("7,00", 7, "7.00", id="decimals of nought"),
        pytest.param("0,25", "0.25", "0.25", id="a quarter"),
        pytest.param("0,50", "0.50", "0.50", id="less than one"),
        pytest.param("007", 7, "7", id="noughts in front"),
        pytest.param("1000000000000000", 10**15, "1000000000000000", id="the largest"),
    ],
)
def test_number_is_read(raw: Any, number: int | str, money: str) -> None:
    assert read("number", raw) == number
    assert read("money", raw) == money


@pytest.mark.parametrize(
    ("raw", "money"),
    [
        pytest.param("10,000", "10000", id="English thousands, or ten with a comma"),
        pytest.param("10.000", "10000", id="thousands with a point, or ten"),
    ],
)
def test_number_that_can_be_read_in_two_ways_is_asked_for_again(raw: str, money: str) -> None:
    assert read("number", raw) == (
        f"'answer': '{raw}' can be read in two ways: write 10000 if it is thousands, or 10"
    )
    # Nobody writes thousandths of a krona.
    assert read("money", raw) == money


@pytest.mark.parametrize(
    ("raw", "small"), [("10.000", "10"), ("10.500", "10.5"), ("10.120", "10.12"), ("10.125", "10.1250")]
)
def test_sum_of_three_decimals_is_asked_for_in_a_way_that_reads_one_way(raw: str, small: str) -> None:
    thousands = raw.replace(".", "")
    with pytest.raises(ValueError, match=f"write {thousands} if it is thousands, or {re.escape(small)} "):
        read_amount(raw, "KWD")
    assert read_amount(small, "KWD") == int(thousands)
    assert read_amount(thousands, "KWD") == 1_000 * int(thousands)


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        pytest.param("fjorton", "'fjorton' is not a number", id="a word"),
        pytest.param("14 st", "'14 st' is not a number", id="a number of something"),
        pytest.param("-3", "'-3' is less than nothing", id="a minus"),
        pytest.param("1 250,50-", "'1 250,50-' is not a number", id="a minus behind, as ledgers write it"),
        pytest.param("(25 000)", "'(25 000)' is not a number", id="brackets, as controllers write it"),
        pytest.param("(x)", "'(x)' is not a number", id="brackets around a word"),
        pytest.param(-3, "'-3' is less than nothing", id="a number below nought"),
        pytest.param("1e5", "'1e5' is not a number", id="an exponent"),
        pytest.param("1e999", "'1e999' is not a number", id="a huge exponent"),
        pytest.param("1e999999999", "'1e999999999' is not a number", id="one that would fill the memory"),
        pytest.param(1e22, "'1e+22' is too large", id="a huge number of another program"),
        pytest.param(10**16, "'10000000000000000' is too large", id="a huge whole number"),
        pytest.param(10**5_000, "'a huge number' is too large", id="one that cannot even be written"),
        pytest.param("9" * 30, f"'{'9' * 30}' is too large", id="thirty digits"),
        pytest.param("9" * 100_000, f"'{'9' * 40}…' is not a number", id="a hundred thousand digits"),
        pytest.param("NaN", "'NaN' is not a number", id="NaN, written"),
        pytest.param("sNaN", "'sNaN' is not a number", id="a NaN that signals"),
        pytest.param(float("nan"), "'nan' is not a number", id="NaN"),
        pytest.param("Infinity", "'Infinity' is not a number", id="Infinity, written"),
        pytest.param(float("inf"), "'inf' is not a number", id="Infinity"),
        pytest.param(True, "'True' is not a number", id="a yes"),
        pytest.param("1_000", "'1_000' is not a number", id="an underscore"),
        pytest.param("٣", "'٣' is not a number", id="digits of another script"),
        pytest.param("1 0000", "'1 0000' is not a number", id="thousands of four digits"),
        pytest.param("1.2.3", "'1.2.3' is not a number", id="a section number"),
        pytest.param("1.234.5", "'1.234.5' is not a number", id="a point twice for two things"),
        pytest.param("12,", "'12,' is not a number", id="a comma without decimals"),
        pytest.param([14], "'[14]' is not a number", id="a list"),
        pytest.param({"a": 1}, "'{'a': 1}' is not a number", id="keys and values"),
        pytest.param("1\nBcc: x", "'1 Bcc: x' is not a number", id="a line break is not shown as one"),
        pytest.param("=1+1", "'=1+1' is not a number", id="a formula"),
    ],
)
@pytest.mark.parametrize("kind", ["number", "money"])
def test_number_is_refused(kind: str, raw: Any, problem: str) -> None:
    assert read(kind, raw) == f"'answer': {problem}"


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        pytest.param(1.234, "1.2340", id="a decimal of another program, not a thousand"),
        pytest.param("0,125", "0.1250", id="an eighth"),
        pytest.param("1234,567", "1234.5670", id="no thousands begin with four digits"),
        pytest.param("1 234,567", "1234.5670", id="with thousands marked"),
        pytest.param("1,2345", "1.2345", id="four decimals"),
    ],
)
def test_number_of_three_decimals_is_stored_so_that_it_reads_one_way(raw: Any, stored: str) -> None:
    assert read("number", raw) == stored
    assert read("number", stored) == stored


def test_number_has_nine_decimals_at_most() -> None:
    assert read("number", "0,123456789") == "0.123456789"
    assert read("number", "0,1234567891") == "'answer': '0,1234567891' has more than 9 decimals: round it"
    assert read("number", 0.1 + 0.2) == "'answer': '0.30000000000000004' has more than 9 decimals: round it"


@pytest.mark.parametrize("raw", ["10,505", "0,505", "1250,505", 10.505])
def test_money_has_two_decimals(raw: Any) -> None:
    said = read("money", raw)
    assert said == ("10505" if raw == "10,505" else f"'answer': '{raw}' has more than 2 decimals: round it")


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        pytest.param("date", "2010-12-31", "2010-12-31", id="a date"),
        *(
            pytest.param("date", written, "2010-12-31", id=written)
            for written in (
                " 2010-12-31 ",
                "20101231",
                "2010/12/31",
                "2010.12.31",
                "31/12 2010",
                "31/12-2010",
                "31/12/2010",
                "12/31/2010",
                "31.12.2010",
                "31. 12. 2010",
                "31-12-2010",
                "31\u00a0december\u00a02010",
                "31 dec 2010",
                "31 dec. 2010",
                "den 31 december 2010",
                "fredagen den 31 december 2010",
                "Fredag 31 december 2010",
                "31 December 2010",
                "31st of December 2010",
                "Friday, 31 December 2010",
                "December 31, 2010",
                "Dec 31 2010",
            )
        ),
        pytest.param("date", "3/4 2010", "2010-04-03", id="day first, as Swedes write"),
        pytest.param("date", "5/5/2010", "2010-05-05", id="the same both ways"),
        pytest.param("date", "1:a maj 2010", "2010-05-01", id="the first of May"),
        pytest.param("date", 20101231, "2010-12-31", id="digits of another program"),
        pytest.param("date", date(2010, 12, 31), "2010-12-31", id="a date of another program"),
        pytest.param("yes_no", True, True, id="true"),
        pytest.param("yes_no", False, False, id="false is an answer"),
        pytest.param("yes_no", "Ja", True, id="ja"),
        pytest.param("yes_no", "NEJ", False, id="nej"),
        pytest.param("yes_no", "yes", True, id="yes"),
        pytest.param("yes_no", "no", False, id="no"),
        pytest.param("text", "  Samverkan.\nMöten.  ", "Samverkan.\nMöten.", id="lines, trimmed"),
        pytest.param("text", 14, "14", id="a number as text"),
        pytest.param(
            "text", "<script>alert(1)</script>", "<script>alert(1)</script>", id="markup stays text"
        ),
        pytest.param("text", "{{ 7*7 }} {% x %}", "{{ 7*7 }} {% x %}", id="so does a template"),
        pytest.param("text", "'; DROP TABLE step;--", "'; DROP TABLE step;--", id="and SQL"),
        pytest.param("text", "=HYPERLINK(1)", "=HYPERLINK(1)", id="and a formula"),
        pytest.param("text", "a\r\nBcc: b@example.org", "a\r\nBcc: b@example.org", id="and header lines"),
        pytest.param("text", "=?utf-8?q?=0D=0A?=", "=?utf-8?q?=0D=0A?=", id="and an encoded-word"),
        pytest.param(
            "text", "שלום \u202eabc 🏳️‍🌈", "שלום \u202eabc 🏳️‍🌈", id="and any script, direction and emoji"
        ),
        pytest.param("text", "x" * LONGEST_TEXT, "x" * LONGEST_TEXT, id="as long as can be"),
    ],
)
def test_answer_is_read(kind: str, raw: Any, stored: Any) -> None:
    assert read(kind, raw) == stored


@pytest.mark.parametrize(
    ("kind", "raw", "problem"),
    [
        pytest.param(
            "date", "2010-02-30", "'2010-02-30' is not a date: write it as 2010-12-31", id="30 February"
        ),
        pytest.param(
            "date",
            "03/04/2010",
            "'03/04/2010' can be read in two ways: write 2010-04-03 or 2010-03-04",
            id="the third of April, or the fourth of March",
        ),
        pytest.param("date", "31/12", "'31/12' is not a date: write it as 2010-12-31", id="no year"),
        pytest.param(
            "date", "1 foo 2010", "'1 foo 2010' is not a date: write it as 2010-12-31", id="no month"
        ),
        pytest.param(
            "date", "31/12 1010", "'31/12 1010' is not a date: write it as 2010-12-31", id="long ago"
        ),
        pytest.param(
            "date", "12" * 40, f"'{'12' * 20}…' is not a date: write it as 2010-12-31", id="too long"
        ),
        pytest.param("date", "2010-W52-5", "'2010-W52-5' is not a date: write it as 2010-12-31", id="a week"),
        pytest.param("yes_no", "kanske", "'kanske' is not yes or no", id="perhaps"),
        pytest.param("yes_no", 1, "'1' is not yes or no", id="one is not yes"),
        pytest.param("text", ["a"], "is not a text", id="a list"),
        pytest.param("text", {"a": "b"}, "is not a text", id="keys and values"),
        pytest.param("text", "a\0b", "holds a character that no text can", id="a NUL"),
        pytest.param("text", "a\ud800b", "holds a character that no text can", id="half a character"),
        pytest.param(
            "text",
            "Barnet, 19811218-9876, fick stöd.",
            "holds a personal identity number: write without it, for reports are public documents",
            id="a personal identity number, which is not repeated",
        ),
        pytest.param(
            "text",
            8112189876,
            "holds a personal identity number: write without it, for reports are public documents",
            id="a personal identity number from a cell",
        ),
        pytest.param("text", "x" * (LONGEST_TEXT + 1), "is longer than 20000 characters", id="too long"),
    ],
)
def test_answer_is_refused(kind: str, raw: Any, problem: str) -> None:
    assert read(kind, raw) == f"'answer': {problem}"


@pytest.mark.parametrize("kind", ["number", "money", "text", "date", "yes_no"])
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(None, id="nothing"),
        pytest.param("", id="an empty text"),
        pytest.param(" \t\r\n", id="blanks"),
        pytest.param("\u200b\u2060", id="characters without width"),
    ],
)
def test_blank_is_no_answer(kind: str, raw: Any) -> None:
    must, may = a_question("answer", kind), a_question("answer", kind, required=False)
    assert checked([must], {"answer": raw}) == ({}, ("'answer' is not answered (final report)",))
    assert checked([may], {"answer": raw}) == ({}, ())


def test_every_problem_is_said_at_once_and_the_rest_is_read() -> None:
    questions = [a_question("reports", "number"), a_question("spent"), a_question("activities", "text")]
    assert checked(questions, {"activities": "Möten.", "spent": "mycket", "spnt": "10"}) == (
        {"activities": "Möten."},
        (
            "'spnt' is not a question of this step; did you mean 'spent'?",
            "'reports' is not answered (final report)",
            "'spent': 'mycket' is not a number",
        ),
    )


@pytest.mark.parametrize(
    ("raw", "currency", "stored"),
    [
        ("10 000,50 kr", "SEK", "10000.50"),
        ("10\u00a0000\u00a0kr.", "SEK", "10000"),
        ("10.000:-", "SEK", "10000"),
        ("SEK 10,000.50", "SEK", "10000.50"),
        ("kr 10 000", "SEK", "10000"),
        ("10,5 tkr", "SEK", "10500"),
        ("10 tkr", "EUR", "'spent': '10 tkr' is not a number"),
        ("10 000 eur", "EUR", "10000"),
        ("10 000 kr", "EUR", "'spent': '10 000 kr' is not a number"),
        ("10 000 USD", "SEK", "'spent': '10 000 USD' is not a number"),
        ("kr", "SEK", "'spent': 'kr' is not a number"),
    ],
)
def test_sum_may_name_its_own_currency_and_no_other(raw: str, currency: str, stored: str) -> None:
    values, problems = checked([a_question()], {"spent": raw}, currency)
    assert values.get("spent", "".join(problems)) == stored


A_CHOICE = a_question(
    "partner",
    "choice",
    options=[
        {"key": "police", "title": {"sv": "polisen", "en": "the police"}},
        {"key": "health", "title": {"sv": "vården", "en": "health care"}},
    ],
)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("police", "police"),
        ("Polisen", "police"),
        (" health CARE ", "health"),
        ("school", "'partner': 'school' is none of: police, health"),
        (["police"], "'partner': '['police']' is none of: police, health"),
    ],
)
def test_choice_is_one_of_its_options(raw: Any, stored: str) -> None:
    values, problems = checked([A_CHOICE], {"partner": raw})
    assert values.get("partner", "".join(problems)) == stored


PERSONS = a_question(
    "persons",
    "number",
    parts=[
        {"key": "under_18", "title": {"sv": "under 18", "en": "under 18"}},
        {"key": "under_20", "title": {"sv": "18 eller 19", "en": "18 or 19"}},
    ],
)
ODD = {"persons": "14", "persons.under_18": "10", "persons.under_20": "3"}


def test_parts_are_answered_beside_their_whole() -> None:
    assert checked([PERSONS], {**ODD, "persons": "13"}) == (
        {"persons": 13, "persons.under_18": 10, "persons.under_20": 3},
        (),
    )
    assert checked([PERSONS], {"persons": "13"})[1] == (
        "'persons.under_18' is not answered (under 18)",
        "'persons.under_20' is not answered (18 or 19)",
    )


def test_parts_that_do_not_add_up_need_a_word_why() -> None:
    assert checked([PERSONS], ODD)[1] == (
        "'persons': its parts add up to 13, not 14: correct a number, or say why ('persons.why')",
    )
    values, problems = checked([PERSONS], {**ODD, "persons.why": "One is older."})
    assert (values["persons.why"], problems) == ("One is older.", ())


def test_unasked_answer_is_shown_on_one_short_line() -> None:
    _, problems = checked([], {"a\x1b[31m\nb" + "c" * 100: 1})
    assert problems == (f"'a [31m b{'c' * 32}…' is not a question of this step; known: none",)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(), some, max_size=3),
    max_leaves=5,
)


@given(kind=st.sampled_from(["number", "money", "text", "date", "yes_no"]), raw=anything)
def test_whatever_comes_is_stored_or_named(kind: str, raw: Any) -> None:
    values, problems = checked([a_question("answer", kind)], {"answer": raw})
    assert len(values) + len(problems) == 1
    json.dumps(values, allow_nan=False).encode("ascii")
    for value in values.values():
        assert (read_value(kind, value), read_value(kind, str(value))) == (value, value)
        if isinstance(value, str):
            value.encode("utf-8")
            assert "\0" not in value
    assert all("\n" not in problem for problem in problems)


@given(
    number=st.decimals(0, 10**14, places=2),
    thousands=st.sampled_from(["", " ", "\u00a0", ".", ","]),
    mark=st.sampled_from([",", "."]),
)
def test_money_is_read_back_from_any_writing(number: Decimal, thousands: str, mark: str) -> None:
    if thousands == mark:
        thousands = ""
    written = f"{number:,.2f}".replace(",", "t").replace(".", mark).replace("t", thousands)
    stored = read_value("money", written)
    assert stored is not None
    assert Decimal(stored) == number


@pytest.mark.parametrize(
    ("currency", "written", "stored"),
    [
        ("SEK", "118 000,50", "118000.50"),
        ("JPY", "118 000", "118000"),
        ("JPY", "118 000,5", None),
        ("KWD", "118 000,125", "118000.125"),
        ("SEK", "118 000,125", None),
    ],
)
def test_sum_has_the_decimals_of_its_currency(currency: str, written: str, stored: str | None) -> None:
    asked = Question(key="spent", title=Words(sv="kostnader", en="spending"), kind="money")
    if stored is None:
        with pytest.raises(ValueError, match="decimal"):
            read_answer(asked, written, currency)
    else:
        assert read_answer(asked, written, currency) == stored
