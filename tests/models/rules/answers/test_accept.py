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

from models.forms.field import LONGEST_TEXT
from models.programme.question import Question, Words
from models.reading.number import read_amount
from models.rules.answers.validation import check_data, read_answer
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
        ("14", 14, "14"),
        (14, 14, "14"),
        ("0", 0, "0"),
        (" 14 \n", 14, "14"),
        ("10 000", 10_000, "10000"),
        ("10\u00a0000", 10_000, "10000"),
        ("10\u202f000", 10_000, "10000"),
        ("1 250,50", "1250.50", "1250.50"),
        ("10.000,50", "10000.50", "10000.50"),
        ("10,000.50", "10000.50", "10000.50"),
        ("1,234,567", 1_234_567, "1234567"),
        ("1.234.567", 1_234_567, "1234567"),
        ("7,5", "7.5", "7.5"),
        (7.5, "7.5", "7.5"),
        ("7,00", 7, "7.00"),
        ("0,50", "0.50", "0.50"),
        ("007", 7, "7"),
        ("1000000000000000", 10**15, "1000000000000000"),
    ],
)
def test_number_is_read(raw: Any, number: int | str, money: str) -> None:
    assert read("number", raw) == number
    assert read("money", raw) == money


@pytest.mark.parametrize("raw", ["10,000", "10.000"])
def test_number_that_can_be_read_in_two_ways_is_asked_for_again(raw: str) -> None:
    said = f"'answer': '{raw}' can be read in two ways: write 10000 if it is thousands, or 10"
    assert read("number", raw) == said
    # Nobody writes thousandths of a krona.
    assert read("money", raw) == "10000"


@pytest.mark.parametrize(
    ("raw", "small"), [("10.000", "10"), ("10.500", "10.5"), ("10.120", "10.12"), ("10.125", "10.1250")]
)
def test_sum_of_three_decimals_is_asked_for_in_a_way_that_reads_one_way(raw: str, small: str) -> None:
    thousands = raw.replace(".", "")
    with pytest.raises(ValueError, match=f"write {thousands} if it is thousands, or {re.escape(small)} "):
        read_amount(raw, "KWD")
    assert read_amount(small, "KWD") == int(thousands)
    assert read_amount(thousands, "KWD") == 1_000 * int(thousands)


NO_NUMBERS: dict[str, list[Any]] = {
    "is not a number": [
        *("fjorton", "14 st", "1 250,50-", "(25 000)", "(x)", "1e5", "1e999", "1e999999999", "=1+1"),
        *("NaN", "sNaN", float("nan"), "Infinity", float("inf"), True, "1_000", "٣"),
        *("1 0000", "1.2.3", "1.234.5", "12,", [14], {"a": 1}),
    ],
    "is less than nothing": ["-3", -3],
    "is too large": [1e22, 10**16, "9" * 30],
}


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        *((raw, f"'{raw}' {problem}") for problem, several in NO_NUMBERS.items() for raw in several),
        (10**5_000, "'a huge number' is too large"),
        ("9" * 100_000, f"'{'9' * 40}…' is not a number"),
        ("1\nBcc: x", "'1 Bcc: x' is not a number"),
    ],
    ids=lambda value: str(value)[:20] if not isinstance(value, int) else "an integer",
)
def test_number_is_refused(raw: Any, problem: str) -> None:
    assert read("number", raw) == f"'answer': {problem}"
    assert read("money", raw) == f"'answer': {problem}"


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        (1.234, "1.2340"),
        ("0,125", "0.1250"),
        ("1234,567", "1234.5670"),  # no thousands begin with four digits
        ("1 234,567", "1234.5670"),
        ("1,2345", "1.2345"),
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
    "raw",
    [
        *("2010-12-31", " 2010-12-31 ", "20101231", "2010/12/31", "2010.12.31", 20101231, date(2010, 12, 31)),
        *("31/12 2010", "31/12-2010", "31/12/2010", "12/31/2010", "31.12.2010", "31. 12. 2010", "31-12-2010"),
        *("31\u00a0december\u00a02010", "31 dec 2010", "31 dec. 2010", "den 31 december 2010"),
        *("fredagen den 31 december 2010", "Fredag 31 december 2010", "31 December 2010"),
        *("31st of December 2010", "Friday, 31 December 2010", "December 31, 2010", "Dec 31 2010"),
    ],
)
def test_date_is_read_as_people_write_it(raw: Any) -> None:
    assert read("date", raw) == "2010-12-31"


@pytest.mark.parametrize(
    ("kind", "raw", "stored"),
    [
        ("date", "3/4 2010", "2010-04-03"),  # day first, as Swedes write
        ("date", "5/5/2010", "2010-05-05"),
        ("date", "1:a maj 2010", "2010-05-01"),
        ("yes_no", True, True),
        ("yes_no", False, False),
        ("yes_no", "Ja", True),
        ("yes_no", "NEJ", False),
        ("yes_no", "yes", True),
        ("yes_no", "no", False),
        ("text", "  Samverkan.\nMöten.  ", "Samverkan.\nMöten."),
        ("text", 14, "14"),
    ],
)
def test_answer_is_read(kind: str, raw: Any, stored: Any) -> None:
    assert read(kind, raw) == stored


@pytest.mark.parametrize(
    "text",
    [
        *("<script>alert(1)</script>", "{{ 7*7 }} {% x %}", "'; DROP TABLE step;--", "=HYPERLINK(1)"),
        *("a\r\nBcc: b@example.org", "=?utf-8?q?=0D=0A?=", "שלום \u202eabc 🏳️‍🌈", "x" * LONGEST_TEXT),
    ],
    ids=[
        "markup",
        "a template",
        "SQL",
        "a formula",
        "header lines",
        "an encoded-word",
        "any script",
        "the longest",
    ],
)
def test_any_text_stays_as_it_is(text: str) -> None:
    assert read("text", text) == text


NO_DATE, A_NUMBER = (
    "is not a date: write it as 2026-12-31",
    "holds a personal identity number: write without it, for",
)


@pytest.mark.parametrize(
    ("kind", "raw", "problem"),
    [
        ("date", "03/04/2010", "'03/04/2010' can be read in two ways: write 2010-04-03 or 2010-03-04"),
        *(
            ("date", raw, f"'{raw}' {NO_DATE}")
            for raw in ("2010-02-30", "31/12", "1 foo 2010", "31/12 1010", "2010-W52-5")
        ),
        ("date", "12" * 40, f"'{'12' * 20}…' {NO_DATE}"),
        ("yes_no", "kanske", "'kanske' is not yes or no"),
        ("yes_no", 1, "'1' is not yes or no"),
        ("text", ["a"], "is not a text"),
        ("text", {"a": "b"}, "is not a text"),
        ("text", "a\0b", "holds a character that no text can"),
        pytest.param("text", "a\ud800b", "holds a character that no text can", id="half a character"),
        # A personal identity number is not repeated; one from a cell is none the less one.
        ("text", "Barnet, 19811218-9876, fick stöd.", f"{A_NUMBER} reports are public documents"),
        ("text", 8112189876, f"{A_NUMBER} reports are public documents"),
        ("text", "x" * (LONGEST_TEXT + 1), "is longer than 20000 characters"),
    ],
)
def test_answer_is_refused(kind: str, raw: Any, problem: str) -> None:
    assert read(kind, raw) == f"'answer': {problem}"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("number", None), ("money", ""), ("text", " \t\r\n"), ("date", "\u200b\u2060"), ("yes_no", "")],
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
