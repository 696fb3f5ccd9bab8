"""An account is told from its writing, checked by its own rule, and written in its usual groups."""

import re

import pytest

from models.reading.account import read_account, under_heading

# The IBAN is the example in the registry of ISO 13616, and 5839-8257466 the account in it.
IBAN = "IBAN SE45 5000 0000 0583 9825 7466"


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("", ""),
        ("Bankgiro 123-4566", "Bankgiro 123-4566"),
        ("bg: 12345674", "Bankgiro 1234-5674"),
        ("bankgironr 1234566", "Bankgiro 123-4566"),
        # The hyphen before four digits tells, and that before one.
        ("123\N{EN DASH}4566", "Bankgiro 123-4566"),
        ("12 34 56-6", "Plusgiro 12 34 56-6"),
        ("pg 1234566", "Plusgiro 12 34 56-6"),
        ("plusgiro 18", "Plusgiro 1-8"),
        ("se4550000000058398257466", IBAN),
        ("NO9386011117947", "IBAN NO93 8601 1117 947"),
        # Clearing and account, with marks of direction, named, and of five digits.
        ("\u20685839-8257466\u2069", "5839-8257466"),
        ("clearingnr 5839, konto 82 574 66", "5839-8257466"),
        ("8327-9, 1234567890", "8327-1234567890"),
    ],
)
def test_account_is_recognised_and_written_in_its_groups(text: str, account: str) -> None:
    assert read_account(text) == account
    assert read_account(account) == account


_FORMS = "bankgiro 123-4566, plusgiro 12 34 56-6, an IBAN, or a clearing and an account number (5839-8257466)"
_PAPER = "has a wrong check digit or length: copy it from the bank's own paper"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("bankgiro 123-4567", f"Bankgiro 123-4567 {_PAPER}"),
        ("132-4566", f"Bankgiro 132-4566 {_PAPER}"),  # two changed places
        ("bankgiro 123456", f"Bankgiro 12-3456 {_PAPER}"),
        ("plusgiro 12 34 56-7", f"Plusgiro 12 34 56-7 {_PAPER}"),
        (f"{IBAN[:-1]}7", f"{IBAN[:-1]}7 {_PAPER}"),
        ("SE48 1234", f"IBAN SE48 1234 {_PAPER}"),  # its check digits are right
        *(
            (
                text,
                f"'{text}' is no account: write {_FORMS}",
            )
            for text in ("1234566", "bankgrio 123-4566", "6789-12345678901234567")
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
