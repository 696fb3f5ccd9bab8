"""Read the account to which money is paid, as people write it: bankgiro, plusgiro, IBAN, or with a clearing number.

Each kind is checked by its own published rule: giro numbers by their check digit (modulus 10), an IBAN by ISO 13616
with the length and form of its country, a BIC by ISO 9362, a bank's account by Bankgirot's "Bankernas kontonummer".
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
from models.reading.number import narrow, shown
from models.sentence import Sentence

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
_LONGEST = 200
_MISTYPED = Sentence("a digit is mistyped or missing; copy it from the bank's own paper")
# What is checked, by the clearing number: seven digits with its last three or with all of it (modulus 11), nine digits
# alone (modulus 11), ten or fewer alone (modulus 10). Others have no rule that always holds.
_WITH_THREE = (
    (1100, 2099), (2400, 2499), (3000, 3299), (3301, 3781), (3783, 3999), (5000, 5999), (7000, 7999), (9060, 9079),
    (9120, 9124), (9130, 9149), (9170, 9179), (9230, 9239), (9250, 9259), (9270, 9289), (9400, 9449), (9460, 9469),
    (9580, 9589), (9630, 9639), (9680, 9689),
)  # fmt: skip
_WITH_ALL = (
    (2300, 2399), (4000, 4999), (9020, 9029), (9040, 9049), (9100, 9109), (9150, 9169), (9190, 9199), (9260, 9269),
    (9390, 9399), (9470, 9479), (9550, 9569), (9590, 9599), (9640, 9649), (9660, 9679), (9700, 9719), (9750, 9759),
    (9780, 9789), (9880, 9889),
)  # fmt: skip
_ALONE_9 = ((6000, 6999),)
_ALONE_10 = (
    (3300, 3300), (3782, 3782), (9180, 9189), (9300, 9349), (9500, 9549), (9570, 9579), (9890, 9899), (9960, 9969),
)  # fmt: skip


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
            raise Unreadable(
                "'%(value)s' is too long for an account: at most %(most)s characters",
                value=shown(text),
                most=_LONGEST,
            )
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
        raise Unreadable(
            "'%(value)s' does not say what it is: write bankgiro, plusgiro or clearing before the number",
            value=shown(text),
        )
    raise Unreadable(
        "'%(value)s' is no account: write bankgiro 123-4566, plusgiro 12 34 56-6, an IBAN, a clearing and an"
        " account number (5839-8257466), or 'other: ' before an account of another kind",
        value=shown(text),
    )


def under_heading(heading: str, text: str) -> str:
    """Return an account with what the heading above it says that it is: "1234566" below Bankgiro."""
    kind = _GIRO.fullmatch(f"{heading.strip()} 1")
    return f"{kind['kind']} {text}" if kind and text[:1].isdecimal() else text


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _bankgiro(number: str) -> str:
    digits = _digits(number)
    if len(digits) not in (7, 8):
        raise Unreadable(
            "bankgiro '%(value)s' has %(digits)s digits; a bankgiro has 7 or 8",
            value=shown(number),
            digits=len(digits),
        )
    written = f"{digits[:-4]}-{digits[-4:]}"
    if not luhn.is_valid(digits):
        raise Unreadable(
            "bankgiro %(value)s has a wrong check digit: %(mend)s", value=written, mend=_MISTYPED
        )
    return f"Bankgiro {written}"


def _plusgiro(number: str) -> str:
    digits = _digits(number)
    if not 2 <= len(digits) <= 8:
        raise Unreadable(
            "plusgiro '%(value)s' has %(digits)s digits; a plusgiro has 2 to 8",
            value=shown(number),
            digits=len(digits),
        )
    # In pairs from the right; an odd digit stands with the first pair.
    body = digits[:-1]
    first = len(body) if len(body) < 4 else 2 + len(body) % 2
    pairs = [body[:first], *(body[at : at + 2] for at in range(first, len(body), 2))]
    written = f"{' '.join(pairs)}-{digits[-1]}"
    if not luhn.is_valid(digits):
        raise Unreadable(
            "plusgiro %(value)s has a wrong check digit: %(mend)s", value=written, mend=_MISTYPED
        )
    return f"Plusgiro {written}"


def _iban(number: str, code: str | None) -> str:
    compact = iban.compact(number)
    written = " ".join(compact[at : at + 4] for at in range(0, len(compact), 4))
    try:
        iban.validate(compact, check_country=False)
    except InvalidChecksum as error:
        raise Unreadable(
            "IBAN %(value)s has wrong check digits: %(mend)s", value=shown(written, 50), mend=_MISTYPED
        ) from error
    except ValidationError as error:
        raise Unreadable(
            "IBAN %(value)s has not the length and form of IBANs of %(country)s: %(mend)s",
            value=shown(written, 50),
            country=compact[:2],
            mend=_MISTYPED,
        ) from error
    if not code:
        return f"IBAN {written}"
    if not bic.is_valid(code):
        raise Unreadable(
            "BIC '%(value)s' is none: it has 8 or 11 letters and digits, as ESSESESS", value=shown(code)
        )
    return f"IBAN {written}, BIC {bic.compact(code)}"


def _bank(clearing: str, account: str) -> str:
    # Seven digits are written in 2, 3 and 2, the others in threes.
    ends = (2, 5) if len(account) == 7 else range(3, len(account), 3)
    written = (
        f"{clearing}-{' '.join(account[start:end] for start, end in pairwise((0, *ends, len(account))))}"
    )
    most = _most_digits(clearing)
    if len(account) > most or (most == 7 and len(account) < most):
        needs = most if most == 7 else Sentence("at most %(most)s", most=most)
        raise Unreadable(
            "account %(value)s has %(digits)s digits after clearing %(clearing)s, not %(needs)s",
            value=written,
            digits=len(account),
            clearing=clearing,
            needs=needs,
        )
    if not _checks(clearing, account):
        raise Unreadable("account %(value)s has a wrong check digit: %(mend)s", value=written, mend=_MISTYPED)
    return written


def _most_digits(clearing: str) -> int:
    if _within(clearing, _WITH_THREE) or _within(clearing, _WITH_ALL):
        return 7
    return 9 if _within(clearing, _ALONE_9) else 10


def _checks(clearing: str, account: str) -> bool:
    if _within(clearing, _WITH_THREE):
        return _by_eleven(clearing[1:] + account)
    if _within(clearing, _WITH_ALL):
        return _by_eleven(clearing + account)
    if _within(clearing, _ALONE_9):
        return _by_eleven(account)
    return not _within(clearing, _ALONE_10) or luhn.is_valid(account)


def _within(clearing: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= int(clearing) <= last for first, last in ranges)


def _by_eleven(digits: str) -> bool:
    """Return whether the digits check by modulus 11: from the right with the weights 1 to 10, and 1 again."""
    return sum(int(digit) * (at % 10 + 1) for at, digit in enumerate(reversed(digits))) % 11 == 0


AccountLine = Annotated[OptionalLine, AfterValidator(read_account)]
