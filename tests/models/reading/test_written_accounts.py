"""An account is told from its writing, checked by its own rule, and written in its usual groups."""

from __future__ import annotations

import re

import pytest

from models.reading.account import read_account, under_heading

# The IBAN is the example in the registry of ISO 13616, and 5839-8257466 the account in it.
IBAN = "IBAN SE45 5000 0000 0583 9825 7466"


@pytest.mark.parametrize(
    ("text", "account"),
    [
        pytest.param("", "", id="none"),
        pytest.param("Bankgiro 123-4566", "Bankgiro 123-4566", id="bankgiro"),
        pytest.param("bg: 12345674", "Bankgiro 1234-5674", id="bankgiro of eight digits, in short"),
        pytest.param("bankgironr 1234566", "Bankgiro 123-4566", id="bankgiro number without its hyphen"),
        pytest.param("123\N{EN DASH}4566", "Bankgiro 123-4566", id="the hyphen before four digits tells"),
        pytest.param("12 34 56-6", "Plusgiro 12 34 56-6", id="the hyphen before one digit tells"),
        pytest.param("postgiro 1234566", "Plusgiro 12 34 56-6", id="postgiro, as it was called"),
        pytest.param("pg 12345674", "Plusgiro 123 45 67-4", id="plusgiro of eight digits"),
        pytest.param("plusgiro 18", "Plusgiro 1-8", id="plusgiro of two digits"),
        pytest.param("se4550000000058398257466", IBAN, id="iban"),
        pytest.param(f"{IBAN}; bic: essesess", f"{IBAN}, BIC ESSESESS", id="iban with its bic"),
        pytest.param("NO9386011117947", "IBAN NO93 8601 1117 947", id="iban of another length"),
        pytest.param("5839-8257466", "5839-82 574 66", id="clearing and account"),
        pytest.param("\u20685839-8257466\u2069", "5839-82 574 66", id="with marks of direction"),
        pytest.param("other: \u206712\u061c", "other: 12", id="another kind, with marks of direction"),
        pytest.param("clearingnr 5839, konto 82 574 66", "5839-82 574 66", id="clearing and account, named"),
        pytest.param("Kontonummer 5839 8257466", "5839-82 574 66", id="account with its clearing"),
        pytest.param("6789-123456789", "6789-123 456 789", id="nine digits"),
        pytest.param("8327-9, 1234567890", "8327-123 456 789 0", id="a clearing number of five digits"),
        pytest.param("annat: ABA 021000021", "other: ABA 021000021", id="another kind, unchecked"),
    ],
)
def test_account_is_recognised_and_written_in_its_groups(text: str, account: str) -> None:
    assert read_account(text) == account
    assert read_account(account) == account


_PAPER = "a digit is mistyped or missing; copy it from the bank's own paper"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("bankgiro 123-4567", f"bankgiro 123-4567 has a wrong check digit: {_PAPER}"),
        ("132-4566", f"bankgiro 132-4566 has a wrong check digit: {_PAPER}"),  # two changed places
        ("bankgiro 123456", "bankgiro '123456' has 6 digits; a bankgiro has 7 or 8"),
        ("plusgiro 12 34 56-7", f"plusgiro 12 34 56-7 has a wrong check digit: {_PAPER}"),
        ("plusgiro 123456789", "plusgiro '123456789' has 9 digits; a plusgiro has 2 to 8"),
        (f"{IBAN[:-1]}7", f"{IBAN[:-1]}7 has wrong check digits: {_PAPER}"),
        (
            "SE48 1234",  # its check digits are right
            f"IBAN SE48 1234 has not the length and form of IBANs of SE: {_PAPER}",
        ),
        (f"{IBAN}, BIC ESSE", "'ESSE' is no BIC: it has 8 or 11 letters and digits, as ESSESESS"),
        ("other: " + "x" * 201, f"'other: {'x' * 33}…' is too long for an account: at most 200 characters"),
        (
            "6789-1234567890123",
            "account 6789-123 456 789 012 3 has 13 digits after clearing 6789, not at most 12",
        ),
        (
            "1234566",  # right as either
            "'1234566' does not say what it is: write bankgiro, plusgiro or clearing before the number",
        ),
        (
            "bankgrio 123-4566",
            (
                "'bankgrio 123-4566' is no account: write bankgiro 123-4566, plusgiro 12 34 56-6, an IBAN, a clearing"
                " and an account number (5839-8257466), or 'other: ' before an account of another kind"
            ),
        ),
    ],
)
def test_account_that_cannot_be_is_told_with_how_to_mend_it(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(wrong)}$"):
        read_account(text)


@pytest.mark.parametrize(
    ("heading", "text", "account"),
    [
        ("Bankgiro", "1234566", "Bankgiro 123-4566"),
        ("Plusgironummer:", "1234566", "Plusgiro 12 34 56-6"),
        ("Plusgiro", "bankgiro 123-4566", "Bankgiro 123-4566"),
        ("Betalkonto", "123-4566", "Bankgiro 123-4566"),
    ],
)
def test_heading_says_what_a_bare_number_is(heading: str, text: str, account: str) -> None:
    assert read_account(under_heading(heading, text)) == account
