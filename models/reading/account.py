"""Read the account to which money is paid, as people write it: bankgiro, plusgiro, IBAN, or with a clearing number.

Each kind is checked by its own published rule: giro numbers by their check digit (modulus 10), an IBAN by ISO 13616
with the length and form of its country, a BIC by ISO 9362. Of a bank's account only the length is looked at: each bank
has a rule of its own.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator
from stdnum import bic, iban, luhn
from stdnum.exceptions import InvalidChecksum, ValidationError

from models.errors import Unreadable
from models.reading.line import OptionalLine
from models.reading.messages import Reading
from models.reading.number import narrow, shown

_OTHER = re.compile(r"(?:other|annat|annan) ?: ?(?P<what>.+)", re.IGNORECASE)
_GIRO = re.compile(
    r"(?P<kind>bankgiro|bg|plusgiro|postgiro|pg)(?:t|konto|nummer|nr)?\.?[ :]*(?P<number>[0-9][0-9 -]*)",
    re.IGNORECASE,
)
_IBAN = re.compile(
    r"(?:iban[ :]*)?(?P<iban>[A-Z]{2} ?[0-9]{2}[0-9A-Z ]*?)(?:[ ,;]+(?:BIC|SWIFT)(?:/SWIFT)?[ :]*(?P<bic>.*))?",
    re.IGNORECASE,
)
_BARE_BANKGIRO = re.compile(r"[0-9]{3,4}-[0-9]{4}")
_BARE_PLUSGIRO = re.compile(r"[0-9][0-9 ]{0,9}-[0-9]")
_BANK = re.compile(
    r"(?:clearing(?:nummer|nr)?\.?[ :]*)?(?P<clearing>[0-9]{4})(?:-[0-9](?=[ ,]))?[ ,-]+"
    r"(?:(?:bank)?konto(?:nummer|nr)?\.?|account)?[ :]*(?P<number>[0-9][0-9 -]{4,})",
    re.IGNORECASE,
)
_BANK_NAMED = re.compile(
    r"(?:(?:bank)?konto(?:nummer|nr)?\.?|(?:bank )?account)[ :]+(?=[0-9])", re.IGNORECASE
)
_LONGEST, _MOST_IN_BANK = 200, 12
_MISTYPED = Reading.MISTYPED()


def read_account(raw: str) -> str:
    """Return an account as it is kept and shown: "Bankgiro 123-4566", "IBAN SE45 ...", "5839-82 574 66".

    One of another kind, written "other: ..." ("annat: ..."), is kept as it stands, unchecked. Empty for nothing.
    ValueError, as a sentence, for what is no account, can be two, or has a wrong check digit.
    """
    text = narrow(raw)
    if not text:
        return ""
    if other := _OTHER.fullmatch(text):
        if len(other["what"]) > _LONGEST:
            raise Unreadable(Reading.ACCOUNT_TOO_LONG(value=shown(text), most=_LONGEST))
        return f"other: {other['what']}"
    if giro := _GIRO.fullmatch(text):
        read = _bankgiro if giro["kind"].casefold() in ("bankgiro", "bg") else _plusgiro
        return read(giro["number"])
    if found := _IBAN.fullmatch(text):
        return _iban(found["iban"], found["bic"])
    if _BARE_BANKGIRO.fullmatch(text):
        return _bankgiro(text)
    if _BARE_PLUSGIRO.fullmatch(text):
        return _plusgiro(text)
    if bank := _BANK.fullmatch(_BANK_NAMED.sub("", text)):
        return _bank(bank["clearing"], _digits(bank["number"]))
    if re.fullmatch("[0-9 -]+", text):
        raise Unreadable(Reading.ACCOUNT_OF_NO_KIND(value=shown(text)))
    raise Unreadable(Reading.NO_ACCOUNT(value=shown(text)))


def under_heading(heading: str, text: str) -> str:
    """Return an account with what the heading above it says that it is: "1234566" below Bankgiro."""
    kind = _GIRO.fullmatch(f"{heading.strip()} 1")
    return f"{kind['kind']} {text}" if kind and text[:1].isdecimal() else text


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _bankgiro(number: str) -> str:
    digits = _digits(number)
    if len(digits) not in (7, 8):
        raise Unreadable(Reading.BANKGIRO_LENGTH(value=shown(number), digits=len(digits)))
    written = f"{digits[:-4]}-{digits[-4:]}"
    if not luhn.is_valid(digits):
        raise Unreadable(Reading.BANKGIRO_DIGIT(value=written, mend=_MISTYPED))
    return f"Bankgiro {written}"


def _plusgiro(number: str) -> str:
    digits = _digits(number)
    if not 2 <= len(digits) <= 8:
        raise Unreadable(Reading.PLUSGIRO_LENGTH(value=shown(number), digits=len(digits)))
    # In pairs from the right; an odd digit stands with the first pair.
    body = digits[:-1]
    first = len(body) if len(body) < 4 else 2 + len(body) % 2
    pairs = [body[:first], *(body[at : at + 2] for at in range(first, len(body), 2))]
    written = f"{' '.join(pairs)}-{digits[-1]}"
    if not luhn.is_valid(digits):
        raise Unreadable(Reading.PLUSGIRO_DIGIT(value=written, mend=_MISTYPED))
    return f"Plusgiro {written}"


def _iban(number: str, code: str | None) -> str:
    compact = iban.compact(number)
    written = " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))
    try:
        iban.validate(compact, check_country=False)
    except InvalidChecksum as error:
        raise Unreadable(Reading.IBAN_DIGITS(value=shown(written, 50), mend=_MISTYPED)) from error
    except ValidationError as error:
        raise Unreadable(
            Reading.IBAN_FORM(value=shown(written, 50), country=compact[:2], mend=_MISTYPED)
        ) from error
    if not code:
        return f"IBAN {written}"
    if not bic.is_valid(code):
        raise Unreadable(Reading.NO_BIC(value=shown(code)))
    return f"IBAN {written}, BIC {bic.compact(code)}"


def _bank(clearing: str, account: str) -> str:
    # Seven digits are written in 2, 3 and 2, the others in threes.
    ends = (2, 5) if len(account) == 7 else range(3, len(account), 3)
    written = (
        f"{clearing}-{' '.join(account[start:end] for start, end in pairwise((0, *ends, len(account))))}"
    )
    if len(account) > _MOST_IN_BANK:
        raise Unreadable(
            Reading.BANK_ACCOUNT_LENGTH(
                value=written, digits=len(account), clearing=clearing, most=_MOST_IN_BANK
            )
        )
    return written


AccountLine = Annotated[OptionalLine, AfterValidator(read_account)]
