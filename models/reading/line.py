"""Read the one-line texts of files: email addresses, names, references, bank accounts.

A giro number has a check digit (modulus 10), an IBAN those of ISO 13616 with the length and form of its country. A
bank's account is kept as it is: each bank has a rule of its own.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from stdnum import iban, luhn

from models.errors import Unreadable
from models.message import Remark
from models.reading.number import is_visible, narrow, shown
from models.reading.plain_text import without_personal_number
from models.reading.value_faults import Reading, meant

# Diary numbers as offices write them: SN 2026/17, ÄN-2026-00017, KS 2026:17, 2026/17 SN 5.1. Nothing among the
# signs means anything to a shell between double quotes, to a pattern of file names or to a header.
_SIGNS = "A-Za-zÀ-ÖØ-öø-ÿ0-9"
_REFERENCE = re.compile(rf"[{_SIGNS}][{_SIGNS} ._/:-]{{0,63}}\Z")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def kept_reference(typed: str) -> str:
    """Return a reference as it is kept and compared: single, plain spaces, and letters of one sign each."""
    return unicodedata.normalize("NFC", " ".join(typed.split()))


def _is_reference(text: str) -> bool:
    # An address in which a part between slashes is empty or made of dots leads to another page.
    return _REFERENCE.match(text) is not None and all(part.strip(" .") for part in text.split("/"))


def read_reference(value: str) -> str:
    """Return a reference as it is kept; ValueError, with the nearest one, where it is none."""
    reference = kept_reference(value)
    if _CONTROL.search(value) or not _is_reference(reference):
        raise Unreadable(Reading.NOT_A_REFERENCE(value=shown(value), near=_meant(reference)))
    return reference


def _meant(refused: str) -> str | Remark:
    """Return a question for the nearest reference, of one that is refused for its signs."""
    seen = "".join(sign for sign in refused if unicodedata.category(sign) != "Cf")
    plain = re.sub(rf"[^{_SIGNS} ._/:-]+", "-", _DASHES.sub("-", seen))
    near = "/".join(filter(None, (part.strip(" .-") for part in plain.split("/"))))
    return meant(near if _is_reference(near) else "")


def in_file_names(text: str) -> str:
    """Return a reference as files are named by it: SN 2026/17 is SN 2026-17."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", text)


def as_argument(reference: str) -> str:
    """Return a reference as it is typed on a command line: in quotes where it has spaces."""
    return f'"{reference}"' if " " in reference else reference


def reference_key(reference: str) -> str:
    """Return what references are sorted by, as people count: SN 2026/9 stands before SN 2026/10.

    Before each number stands how many digits it has, without zeros in front.
    """

    def counted(number: re.Match[str]) -> str:
        digits = number[0].lstrip("0")
        return f"{len(digits):02}{digits}"

    return re.sub("[0-9]+", counted, reference)


_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# Printable ASCII without what an address list, a quoted name or an encoded-word is made of; dots stand alone and
# between other characters, or no letter to the address could be printed.
_EMAIL = re.compile(
    rf"(?!.*=\?)(?!\.)(?!.*\.\.)(?!.*\.@)[!#-'*+\-/-9=?A-Z^-~.]{{1,64}}@{_LABEL}(?:\.{_LABEL})+\Z"
)


def as_compared(email: str) -> str:
    """Return an address as addresses are compared: without regard to case, in ASCII alone.

    Other signs have small letters among ours: the Kelvin sign's is a k.
    """
    return email.strip().lower() if email.isascii() else email


def clean_email(value: str) -> str:
    """Return an address as it is stored and compared; ValueError if it is not one."""
    email = as_compared(value)
    if not value.isascii() or len(email) > 254 or not _EMAIL.match(email):
        raise Unreadable(Reading.NOT_AN_ADDRESS(value=shown(value, 80)))
    return email


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise Unreadable(Reading.NOT_ONE_LINE())
    return value


def _filled(value: str) -> str:
    if not is_visible(value):
        raise Unreadable(Reading.EMPTY())
    return value


def _text(value: object) -> object:
    # YAML reads 500000 as a number; it is meant as what was written.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def mailbox_of(email: str) -> str:
    """Return the mailbox that an address leads to: what follows a plus sign only sorts what comes."""
    local, _, domain = as_compared(email).rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


Email = Annotated[str, AfterValidator(clean_email)]
OptionalLine = Annotated[str, BeforeValidator(_text), AfterValidator(_line)]
Line = Annotated[OptionalLine, AfterValidator(_filled)]
# What a person wrote in their own words: it goes into the journal, out of which nothing is taken.
FreeText = Annotated[str, AfterValidator(without_personal_number)]
Reference = Annotated[str, BeforeValidator(_text), AfterValidator(read_reference)]


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
    """Return an account as it is kept and shown: "Bankgiro 123-4566", "IBAN SE45 ...", "5839-8257466".

    Empty for nothing. ValueError, as a sentence, for what is no account, can be two, or has a wrong check digit.
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
    if found := _IBAN.fullmatch(text):
        return _checked(f"IBAN {iban.format(found['iban'])}", iban.is_valid(found["iban"]))
    if bank := _BANK.fullmatch(text):
        return f"{bank['clearing']}-{_digits(bank['number'])}"
    raise Unreadable(Reading.NO_ACCOUNT(value=shown(text)))


def under_heading(heading: str, text: str) -> str:
    """Return an account with what the heading above it says that it is: "1234566" below Bankgiro."""
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
