"""Read an account to which money is paid: a giro number, an IBAN, or a bank's number.

A giro number has a check digit (modulus 10), an IBAN those of ISO 13616 with the length and form of
its country. A bank's account is kept as written: each bank has a rule of its own.
"""

import re
from typing import Annotated

from pydantic import AfterValidator
from stdnum import iban, luhn

from models.errors import Unreadable
from models.reading.line import OptionalLine
from models.reading.number import narrow, shown
from models.reading.value_faults import Reading

_GIRO = re.compile(
    r"(?P<kind>bankgiro|bg|plusgiro|pg)(?:konto|nummer|nr)?\.?[ :]*(?P<number>[0-9][0-9 -]*)", re.IGNORECASE
)
_BARE_BANKGIRO = re.compile(r"[0-9]{3,4}-[0-9]{4}")
_BARE_PLUSGIRO = re.compile(r"[0-9][0-9 ]{0,9}-[0-9]")
_IBAN = re.compile(r"(?:iban[ :]*)?(?P<iban>[A-Z]{2} ?[0-9]{2}[0-9A-Z ]*)", re.IGNORECASE)
_BANK = re.compile(
    r"(?:clearing(?:nummer|nr)?\.?[ :]*)?(?P<clearing>[0-9]{4})(?:-[0-9](?=[ ,]))?[ ,-]+"
    r"(?:(?:bank)?konto(?:nummer|nr)?\.?|account)?[ :]*(?P<number>[0-9][0-9 -]{4,15})",
    re.IGNORECASE,
)


def read_account(raw: str) -> str:
    """Return an account as it is stored and shown: "Bankgiro 123-4566", "IBAN SE45 ...", "5839-8257466".

    Empty for an empty text. ValueError, as a sentence, for a text that is no account, can be two,
    or has a wrong check digit.
    """
    text = narrow(raw)
    if not text:
        return ""
    if giro := _GIRO.fullmatch(text):
        return (_bankgiro if giro["kind"].casefold() in ("bankgiro", "bg") else _plusgiro)(giro["number"])
    if _BARE_BANKGIRO.fullmatch(text):
        return _bankgiro(text)
    if _BARE_PLUSGIRO.fullmatch(text):
        return _plusgiro(text)
    if match := _IBAN.fullmatch(text):
        return _checked(f"IBAN {iban.format(match['iban'])}", iban.is_valid(match["iban"]))
    if bank := _BANK.fullmatch(text):
        return f"{bank['clearing']}-{_digits(bank['number'])}"
    raise Unreadable(Reading.NO_ACCOUNT(value=shown(text)))


def under_heading(heading: str, text: str) -> str:
    """Return an account with the kind that its heading names: "1234566" below Bankgiro."""
    kind = _GIRO.fullmatch(f"{heading.strip()} 1")
    return f"{kind['kind']} {text}" if kind and text[:1].isdecimal() else text


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _bankgiro(number: str) -> str:
    digits = _digits(number)
    return _checked(f"Bankgiro {digits[:-4]}-{digits[-4:]}", len(digits) in (7, 8) and luhn.is_valid(digits))


def _plusgiro(number: str) -> str:
    digits = _digits(number)
    pairs = re.sub("(?<=[0-9])(?=([0-9]{2})+$)", " ", digits[:-1])
    return _checked(f"Plusgiro {pairs}-{digits[-1]}", 2 <= len(digits) <= 8 and luhn.is_valid(digits))


def _checked(written: str, is_valid: bool) -> str:
    if not is_valid:
        raise Unreadable(Reading.WRONG_DIGITS(value=shown(written, 50)))
    return written


AccountLine = Annotated[OptionalLine, AfterValidator(read_account)]
