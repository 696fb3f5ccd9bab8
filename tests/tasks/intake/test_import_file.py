"""Hold what an import file may say of people, grants, sums and days, and what stays data whatever it looks like."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.errors import ImportInvalid
from models.intake.file import (
    DecisionEntry,
    GrantEntry,
    ImportFile,
    MeetingEntry,
    OrganisationEntry,
    PersonEntry,
)
from models.reading.address import clean_email
from models.reading.number import read_amount
from tasks.programmes.files import read_shape


def refusal(build: Callable[..., Any], **values: Any) -> tuple[str, str]:
    """Return the field and the sentence with which the values are refused."""
    with pytest.raises(ValidationError) as caught:
        build(**values)
    first = caught.value.errors()[0]
    return ".".join(str(part) for part in first["loc"]), first["msg"].removeprefix("Value error, ")


def a_person(**values: Any) -> PersonEntry:
    """Return the coordinator, with changes."""
    return PersonEntry.model_validate({"email": "coordinator@example.org", "name": "Handläggaren", **values})


def a_grant(**values: Any) -> GrantEntry:
    """Return a grant, with changes."""
    defaults = {
        "reference": "REF-2009-2",
        "title": "Regional samordning",
        "programme": "development-funds-2009",
        "funder": "lansstyrelsen",
        "recipient": "socialnamnden",
        "roles": {"coordinator": "coordinator@example.org"},
    }
    return GrantEntry.model_validate({**defaults, **values})


def a_decision(**values: Any) -> DecisionEntry:
    """Return an award without a sum, with changes."""
    return DecisionEntry.model_validate({"decided_on": "2009-11-05", **values})


def a_meeting(**values: Any) -> MeetingEntry:
    """Return a committee's meeting, with changes."""
    return MeetingEntry.model_validate({"body": "socialnamnden", "held_on": "2011-01-18", **values})


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        pytest.param("coordinator@example.org", "coordinator@example.org", id="an address"),
        pytest.param(" Coordinator@Example.ORG\n", "coordinator@example.org", id="blanks and capitals"),
        pytest.param(
            "first.last+grants@mail.example.org", "first.last+grants@mail.example.org", id="dots and a plus"
        ),
        pytest.param("o'brien@example.org", "o'brien@example.org", id="an apostrophe"),
        pytest.param(
            "a@xn--rksmrgs-5wao1o.example", "a@xn--rksmrgs-5wao1o.example", id="a domain in its ASCII form"
        ),
        pytest.param("a" * 64 + "@example.org", "a" * 64 + "@example.org", id="as long as can be"),
    ],
)
def test_address_is_stored_as_it_is_compared(written: str, stored: str) -> None:
    assert clean_email(written) == stored
    assert a_person(email=written).email == stored


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("@example.org", id="no name"),
        pytest.param("coordinator@localhost", id="a domain without a dot"),
        pytest.param("a@example.org, b@example.org", id="two addresses"),
        pytest.param("Handläggaren <a@example.org>", id="a name before it"),
        pytest.param("a@example.org\r\nBcc: b@example.org", id="a header after it"),
        pytest.param("a\0@example.org", id="a NUL"),
        pytest.param("=?utf-8?q?a?=@example.org", id="an encoded-word"),
        pytest.param("åsa@example.org", id="letters that a mail server may refuse"),
        pytest.param("\u212aelvin@example.org", id="a letter that only looks like k"),
        pytest.param("a@example..org", id="two dots"),
        pytest.param("a" * 65 + "@example.org", id="a name too long"),
        pytest.param("a@" + "b-" * 50_000, id="a domain that takes a regular expression long"),
    ],
)
def test_address_is_refused(written: str) -> None:
    shown = "".join(sign if sign.isprintable() else " " for sign in written[:80]) + "…" * (len(written) > 80)
    with pytest.raises(ValueError, match="is not an email address") as caught:
        clean_email(written)
    assert str(caught.value) == f"'{shown}' is not an email address"
    assert refusal(a_person, email=written)[0] == "email"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Åsa Öberg-Łukasiewicz", id="letters of Europe"),
        pytest.param("=?utf-8?q?=0D=0ABcc:_b=40example.org?=", id="an encoded-word that hides a header"),
        pytest.param("שרה כהן", id="right to left"),
        pytest.param("Ana 🏳️‍🌈👩‍👩‍👧", id="emoji of many parts"),
        pytest.param("{{ grant.title }}", id="a template"),
        pytest.param("=1+1", id="a formula"),
        pytest.param("no", id="a word that YAML might take for false"),
    ],
)
def test_name_stays_what_was_written(name: str, tmp_path: Path) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    text = f'people:\n  - email: a@example.org\n    name: "{quoted}"\n    title: "{quoted}"\n'
    path = tmp_path / "people.yaml"
    path.write_text(text, encoding="utf-8")
    (person,) = read_shape(path, ImportFile, ImportInvalid).people
    assert (person.name, person.title) == (name, name)


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x1b[31m", "\x9b31m", "\0"])
def test_name_with_a_control_character_is_refused(mark: str) -> None:
    said = "line breaks and control characters are not allowed here"
    assert refusal(a_person, name=f"Ana{mark}Bcc: b@example.org") == ("name", said)
    assert refusal(a_grant, title=f"Ana{mark}Bcc") == ("title", said)


@pytest.mark.parametrize("name", ["", "  \t ", "\u200b\u2060"])
def test_name_without_a_sign_to_see_is_refused(name: str) -> None:
    assert refusal(a_person, name=name) == ("name", "is empty")
    assert refusal(a_grant, title=name) == ("title", "is empty")


def test_blanks_and_line_ends_around_a_name_are_trimmed() -> None:
    assert a_person(name="  Handläggaren\r\n").name == "Handläggaren"
    assert a_person(name=112).name == "112"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        pytest.param("500 000", 50_000_000, id="Swedish thousands"),
        pytest.param("500\u00a0000", 50_000_000, id="with a space that does not break"),
        pytest.param("500.000", 50_000_000, id="points between thousands are never decimals of a krona"),
        pytest.param("500,000", 50_000_000, id="nor are commas"),
        pytest.param(500_000, 50_000_000, id="a number"),
        pytest.param("10.000,50", 1_000_050, id="Swedish thousands with points, and decimals"),
        pytest.param("10,000.50", 1_000_050, id="English thousands and decimals"),
        pytest.param("500 000 kr", 50_000_000, id="kronor"),
        pytest.param("500 000 SEK", 50_000_000, id="a currency behind"),
        pytest.param("SEK 500 000", 50_000_000, id="a currency in front"),
        pytest.param("500 tkr", 50_000_000, id="thousands of kronor, in short"),
        pytest.param("1,25 Mkr", 125_000_000, id="millions of kronor, in short"),
        pytest.param("1 000 000 000 000 000", 10**17, id="the largest"),
    ],
)
def test_sum_is_read(written: str | int, minor: int) -> None:
    assert read_amount(written, "SEK") == minor


@pytest.mark.parametrize(
    ("written", "currency", "minor"),
    [
        pytest.param("1,234", "JPY", 1_234, id="yen have no decimals"),
        pytest.param("1.2345", "KWD", None, id="four decimals of a dinar"),
        pytest.param("1234.567", "KWD", 1_234_567, id="three decimals of a dinar"),
        pytest.param("1.234", "KWD", None, id="a dinar and a quarter, or a thousand"),
        pytest.param("10.5", "JPY", None, id="half a yen"),
        pytest.param("EUR 12,50", "EUR", 1_250, id="euro"),
        pytest.param("EUR 12,50", "SEK", None, id="euro where kronor are meant"),
        pytest.param("12 tkr", "EUR", None, id="kronor where euro are meant"),
    ],
)
def test_sum_is_read_by_its_currency(written: str, currency: str, minor: int | None) -> None:
    if minor is not None:
        assert read_amount(written, currency) == minor
    else:
        with pytest.raises(ValueError, match=written):
            read_amount(written, currency)


NO_SUMS = (
    *("mycket", "", "kr", "1.250 tkr", "1e5", "1e999999", "NaN", "sNaN", "Infinity", "5_000"),
    *("\u0665\u0660", "50 00", "1.000,000.5", "(500)", "500-", "--5", "9" * 100_000),
)


@pytest.mark.parametrize("written", NO_SUMS, ids=lambda text: text[:20])
def test_text_is_no_sum(written: str) -> None:
    shown = written[:40] + "…" * (len(written) > 40)
    with pytest.raises(ValueError, match=f"^'{re.escape(shown)}' is not a number .a sum in SEK.$"):
        read_amount(written, "SEK")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("-500", "is less than nothing"),
        (-500, "is less than nothing"),
        ("500000.005", "has more than 2 decimals: round it"),
        ("9" * 25, "is too large"),
    ],
)
def test_sum_is_refused(written: str | int, said: str) -> None:
    with pytest.raises(ValueError, match=f"^'{written}' {said} .a sum in SEK.$"):
        read_amount(written, "SEK")


@given(
    minor=st.integers(0, 10**17),
    thousands=st.sampled_from(["", " ", "\u00a0", "\u202f", ".", ","]),
    mark=st.sampled_from([",", "."]),
    ending=st.sampled_from(["", " kr", " SEK", "SEK"]),
)
def test_sum_is_read_back_from_any_writing(minor: int, thousands: str, mark: str, ending: str) -> None:
    gap = "" if thousands == mark else thousands
    written = f"{Decimal(minor).scaleb(-2):,.2f}".replace(",", "t").replace(".", mark).replace("t", gap)
    assert read_amount(written + ending, "SEK") == minor


@given(written=st.text() | st.integers())
def test_anything_is_a_sum_or_refused_in_a_sentence(written: str | int) -> None:
    assert sum_or_refusal(written).isprintable()


def sum_or_refusal(written: str | int) -> str:
    """Return the sum, or the sentence that refuses it."""
    try:
        return f"{read_amount(written, 'SEK'):d}"
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        pytest.param(
            {"amount": 1.5},
            ("amount", "'1.5' is not a sum of money: write it as 500000"),
            id="nor is a number that is not exact",
        ),
        pytest.param(
            {"kind": "refusal", "amount": "1"},
            ("", "a refusal gives no sum: take out its 'amount' or 'total'"),
            id="a refusal of something",
        ),
        pytest.param(
            {"dates": {"final_report_on": "20/1"}},
            ("dates.final_report_on", "'20/1' is not a date: write it as 2026-12-31"),
            id="a day without its year: a file is read on another day than it was written",
        ),
        pytest.param(
            {"dates": {"final-report": "2011-01-20"}},
            (
                "dates.final-report.[key]",
                "'final-report' is not a date's name: write it as final_report, in lower case",
            ),
            id="a date's name with a hyphen",
        ),
    ],
)
def test_decision_is_refused(values: dict[str, Any], said: tuple[str, str]) -> None:
    assert refusal(a_decision, **values) == said


@pytest.mark.parametrize("text", ["2011-01-20", "20/1 2011", "20 januari 2011", "20110120"])
def test_day_of_a_file_is_read_as_a_form_reads_it(text: str) -> None:
    assert a_decision(dates={"final_report_on": text}).dates == {"final_report_on": date(2011, 1, 20)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, ("award", None, None), id="an award whose sum is not known"),
        pytest.param({"amount": 500_000}, ("award", "500000", None), id="a number"),
        pytest.param({"amount": 0}, ("award", "0", None), id="nought"),
        pytest.param(
            {"kind": "supplement", "total": "789 000"}, ("supplement", None, "789 000"), id="a total"
        ),
        pytest.param({"kind": "refusal"}, ("refusal", None, None), id="a refusal"),
    ],
)
def test_decision_says(values: dict[str, Any], expected: tuple[str, str | None, str | None]) -> None:
    decision = a_decision(**values)
    assert (decision.kind, decision.amount, decision.total) == expected


@pytest.mark.parametrize(
    ("reference", "stored"),
    [
        pytest.param("REF-2009-2", "REF-2009-2", id="a reference"),
        pytest.param(2009, "2009", id="a number"),
        pytest.param("701/2009.3_b", "701/2009.3_b", id="slashes, dots and underscores"),
        pytest.param("SN 2026/17", "SN 2026/17", id="a diary number"),
        pytest.param("2026/17 SN 5.1", "2026/17 SN 5.1", id="a diary number with its plan of documents"),
        pytest.param("KS 2026:17", "KS 2026:17", id="a colon"),
        pytest.param("A\u030aN\u00a02026 / 17", "ÅN 2026 / 17", id="a hard space, a ring of its own"),
        pytest.param("R" * 64, "R" * 64, id="as long as can be"),
    ],
)
def test_reference_is(reference: str | int, stored: str) -> None:
    assert a_grant(reference=reference).reference == stored


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param("-1", id="a hyphen first, as of an option"),
        pytest.param("/etc/passwd", id="a slash first"),
        pytest.param("REF-1\r\nX: y", id="a line break"),
        pytest.param("SN–2026", id="a dash that Word made of a hyphen"),
        pytest.param("SN/../2026", id="a way out of an address"),
        pytest.param("SN (2026)", id="brackets"),
        pytest.param("R" * 65, id="too long"),
    ],
)
def test_reference_is_refused(reference: str) -> None:
    field, said = refusal(a_grant, reference=reference)
    assert field == "reference"
    rule = "is not a reference: begin with a letter or digit, then letters, digits, spaces and . _ / : - only"
    assert f"{rule}, 64 characters at most" in said


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("SN–2026–17", "SN-2026-17"),
        ("SN\u200b 2026/17", "SN 2026/17"),
        ("(SN 2026/17)", "SN 2026/17"),
        ("SN 2026/17 #2", "SN 2026/17 -2"),
        ("SN 2026/", "SN 2026"),
        ("SN\n2026/17", "SN 2026/17"),
    ],
)
def test_refused_reference_names_the_nearest_one(reference: str, meant: str) -> None:
    assert refusal(a_grant, reference=reference)[1].endswith(f"; did you mean '{meant}'?")
    assert a_grant(reference=meant).reference == meant


@pytest.mark.parametrize(
    ("build", "values", "said"),
    [
        pytest.param(
            a_person, {"language": "fi"}, ("language", "'fi' is none of: sv, en"), id="a third language"
        ),
        pytest.param(
            a_person,
            {
                "absences": [
                    {"first": "2010-07-10", "last": "2010-07-20"},
                    {"first": "2010-07-01", "last": "2010-07-10"},
                ]
            },
            ("", "two entries are of 2010-07-10: make them one"),
            id="two absences on one day",
        ),
        pytest.param(
            a_grant,
            {"period_start_on": "2010-01-01"},
            ("", "a period needs both its first and its last day"),
            id="half a period",
        ),
        pytest.param(
            a_grant,
            {"decisions": [{"decided_on": "2009-11-05"}, {"decided_on": "2009-11-05", "amount": 1}]},
            ("", "two entries are of 2009-11-05: make them one"),
            id="one decision twice",
        ),
        pytest.param(
            a_grant, {"funder": "Länsstyrelsen"}, ("funder", None), id="a name where a key is meant"
        ),
        pytest.param(
            a_meeting,
            {"minutes_days": 61},
            ("minutes_days", "Input should be less than or equal to 60"),
            id="two months until the minutes are confirmed",
        ),
        pytest.param(
            OrganisationEntry,
            {"key": "socialnamnden", "names": [{"name": "A"}, {"name": "B"}]},
            ("", "two entries are of 1900-01-01: make them one"),
            id="two names from one day",
        ),
    ],
)
def test_entry_is_refused(
    build: Callable[..., Any], values: dict[str, Any], said: tuple[str, str | None]
) -> None:
    field, sentence = refusal(build, **values)
    assert (field, sentence if said[1] else None) == said


def test_absences_side_by_side_are_two() -> None:
    person = a_person(
        absences=[
            {"first": "2010-07-11", "last": "2010-07-20"},
            {"first": "2010-07-01", "last": "2010-07-10"},
        ]
    )
    assert len(person.absences) == 2
