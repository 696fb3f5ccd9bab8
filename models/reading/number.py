"""Read numbers as people write them, 10.000,50 or 10,000.50; parts, 12.5 % or 1/3; and sums, 500 tkr."""

import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator

from models.currency import decimals_of
from models.errors import Unreadable
from models.reading.value_faults import Reading

LARGEST = 10**15
_LONGEST = 40
FILE_DECIMALS = 6  # of a number that a file holds, at most
# The signs that people write before or after a sum; "kr" is any krona.
_KRONA = frozenset({"SEK", "NOK", "DKK", "ISK"})


class TwoReadings(Unreadable):
    """A text with two readings, `first` and `second`, each written so that it reads one way."""

    @property
    def readings(self) -> tuple[str, str]:
        """Both readings."""
        return str(self.facts["first"]), str(self.facts["second"])


# The wide characters of an East Asian keyboard.
_WIDE = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
# The hyphens of a word processor: non-breaking hyphens, dashes, a minus.
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-")
# Kronor in short, as in budgets.
_IN_SHORT = re.compile(r"(?P<number>.*[0-9]) ?(?P<unit>tkr|mkr|mnkr)\.?", re.IGNORECASE)
_UNITS = {"tkr": 1_000, "mkr": 1_000_000, "mnkr": 1_000_000}
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?P<gap>[ .,])[0-9]{3}(?:(?P=gap)[0-9]{3})*)(?:[.,](?P<rest>[0-9]+))?"
)
_PLAIN = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


def narrow(text: str) -> str:
    """Return a text with plain digits, spaces and hyphens, and without invisible characters."""
    seen = "".join(sign for sign in text.translate(_WIDE | _DASHES) if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", " ", seen).strip()


def unmistakable(number: Decimal) -> str:
    """Return a number that nobody reads as thousands: three decimals get a zero, 1.125 is 1.1250."""
    text = f"{number:f}"
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text


def shown(value: object, limit: int = 40) -> str:
    """Return a value as a message shows it: short, and without characters that could disturb a line."""
    try:
        text = str(value)
    except ValueError:  # an integer of thousands of digits
        return "a huge number"
    text = "".join(sign if sign.isprintable() else " " for sign in text[: limit + 1])
    return text if len(text) <= limit else f"{text[:limit]}…"


def is_visible(text: str) -> bool:
    """Return whether the text has anything visible: not only spaces and characters without width."""
    return any(sign.isprintable() and not sign.isspace() for sign in text)


def read_number(raw: object, decimals: int | None = None) -> Decimal:
    """Return a number that is zero or more; ValueError, as a sentence, for anything else.

    `decimals` is how many digits the number can have after its mark (2 for SEK), None for any. A
    single mark before three digits separates thousands if no other reading is left ("10.000" SEK is
    ten thousand). Otherwise it is refused: one person's 10,000 is another's 10. A value that is a
    number already is taken as it is.
    """
    number = _exact(raw) if isinstance(raw, int | float | Decimal) else _written(str(raw), decimals)
    if number is None:
        raise Unreadable(Reading.NOT_A_NUMBER(value=shown(raw)))
    if number < 0:
        raise Unreadable(Reading.LESS_THAN_NOTHING(value=shown(raw)))
    if number > LARGEST:
        raise Unreadable(Reading.TOO_LARGE(value=shown(raw)))
    if decimals == 0 and number != round(number):
        raise Unreadable(Reading.NOT_WITHOUT_DECIMALS(value=shown(raw)))
    if decimals is not None and number != round(number, decimals):
        raise Unreadable(Reading.TOO_MANY_DECIMALS(value=shown(raw), decimals=decimals))
    return number


def bare_sum(text: str, currency: str) -> str:
    """Return a sum without the currency before or after it: "10 000,50 kr" is "10 000,50"."""
    signs = [re.escape(currency), *(("kr\\.?", "kronor", "[:,.] ?-") if currency in _KRONA else ())]
    either = "|".join(sign for sign in signs if sign)
    return re.sub(
        rf"^(?:{either})\s*(?=[0-9])|(?<=[0-9])\s*(?:{either})$", "", narrow(text), flags=re.IGNORECASE
    )


def in_full(text: str, currency: str) -> str:
    """Return thousands or millions of kronor in kronor, "789 tkr" as "789000"; other texts unchanged."""
    short = _IN_SHORT.fullmatch(narrow(text)) if currency in _KRONA else None
    try:
        number = read_number(short["number"]) * _UNITS[short["unit"].lower()] if short else None
    except ValueError:  # "1.250 tkr" can be read in two ways
        return text
    return text if number is None else f"{number.normalize():f}"


def _exact(raw: int | float | Decimal) -> Decimal | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, Decimal):
        number = raw.normalize()  # "100.500" would read as a hundred thousand again
    else:
        number = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(max(min(raw, LARGEST + 1), -1))
    return number if number.is_finite() else None


def _written(raw: str, decimals: int | None) -> Decimal | None:
    text = narrow(raw)
    if len(text) > _LONGEST:
        return None
    below = text.startswith("-")
    text = text.removeprefix("-").strip()
    if grouped := _GROUPED.fullmatch(text):
        gap = grouped["gap"]
        rest = grouped["rest"]
        whole = grouped["whole"].replace(gap, "")
        is_lone = rest is None and gap != " " and grouped["whole"].count(gap) == 1
        if is_lone and (decimals is None or decimals > 2):
            small = unmistakable(Decimal(grouped["whole"].replace(gap, ".")).normalize())
            raise TwoReadings(Reading.TWO_NUMBERS(value=shown(raw), first=whole, second=small))
        if rest is not None and text[len(grouped["whole"])] == gap:
            return None
        number = Decimal(whole if rest is None else f"{whole}.{rest}")
    elif _PLAIN.fullmatch(text):
        number = Decimal(text.replace(",", "."))
    else:
        return None
    return -number if below else number


_PART = re.compile(r"([0-9]{1,3}(\.[0-9]{1,6})? ?%|[1-9][0-9]{0,2}/[1-9][0-9]{0,2})")


def read_part(text: str) -> Fraction:
    """Return a part above 0 and up to the whole; ValueError for any other text."""
    if not _PART.fullmatch(text.strip()):
        raise ValueError("not a part")
    part = Fraction(text) if "/" in text else Fraction(text.rstrip(" %")) / 100
    if not 0 < part <= 1:
        raise ValueError("not a part of the whole")
    return part


def is_part(value: object) -> bool:
    """Return whether a value is the text of a part."""
    try:
        return isinstance(value, str) and read_part(value) > 0
    except ValueError:
        return False


def print_part(part: Fraction) -> str:
    """Return a part as a percentage, or as a fraction if that has no end: 12.5 %, 1/3."""
    percent = part * 100
    if 10**6 % percent.denominator:
        return f"{part.numerator}/{part.denominator}"
    return f"{plain(Decimal(percent.numerator) / percent.denominator)} %"


def plain(number: Decimal) -> str:
    """Return a number without zeros at the end of its decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_CURRENCY = re.compile(r"\b[A-Z]{3}\b")


def _sum(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable(Reading.NOT_A_SUM(value=shown(value)))
    return str(value)


# A sum as written; read_amount gives it its size once the currency is known.
Sum = Annotated[str, BeforeValidator(_sum)]


def _whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unreadable(Reading.NOT_A_NUMBER(value=shown(value)))
    return int(read_number(value, 0))


# A number without decimals, however it is written.
Whole = Annotated[int, BeforeValidator(_whole)]


def currency_in(text: str) -> str:
    """Return the currency whose code a sum has; SEK without one."""
    code = _CURRENCY.search(text)
    return code[0] if code else "SEK"


def read_amount(value: str | int, currency: str) -> int:
    """Return a sum in minor units: "500 000", "10.000,50", "500000.00", "500 tkr"; else ValueError."""
    text = bare_sum(in_full(str(value), currency), currency)
    precision = decimals_of(currency)
    try:
        return int(read_number(text, precision).scaleb(precision))
    except ValueError as error:
        raise Unreadable(Reading.SUM_IN(why=error, currency=currency)) from error


def stated_sum(written: str, currency: str) -> int | str:
    """Return an instalment as a decision states it: minor units, or a share as "60 %"; else ValueError."""
    text = written.strip()
    if not text.endswith("%"):
        return read_amount(text, currency)
    try:
        part = read_number(text.removesuffix("%").strip(), 6)
        if not 0 < part <= 100:
            raise ValueError
    except ValueError:
        raise Unreadable(Reading.NOT_A_SHARE(value=shown(written))) from None
    return f"{plain(part)} %"


_BELOW = re.compile(r"-(.+)|(.+?)-|\((.+)\)")
_SHORT_SUM = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,2})?")


def read_signed(value: object, currency: str, *, decimals: int = 2) -> Decimal:
    """Return an amount that can be negative, as -100, 100- or (100); Unreadable for anything else."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        exact = round(value, FILE_DECIMALS) if isinstance(value, float) else value
        number = read_number(abs(exact), FILE_DECIMALS)
        return -number if value < 0 else number
    if isinstance(value, str) and _SHORT_SUM.fullmatch(value):  # most are written so, and read in one way
        return Decimal(value.replace(",", "."))
    # The dash of "500:-" means kronor, not a negative number.
    text = bare_sum(str(value), currency)
    below = _BELOW.fullmatch(text)
    bare = bare_sum(next(filter(None, below.groups())), currency) if below else text
    plain_text = bare if decimals > 2 else in_full(bare, currency)
    read_number(plain_text)  # "1.234" is asked about
    number = read_number(plain_text, decimals)
    return -number if below else number


def exact_amount(value: Decimal, currency: str) -> int:
    """Return an exact sum in minor units; ValueError if it has too many decimals."""
    minor = value.scaleb(decimals_of(currency))
    return int(minor) if minor == int(minor) else read_amount(f"{value:f}", currency)


def minor_units(value: str | int | None, currency: str) -> int | None:
    """Return a file's sum in minor units; None without one."""
    return None if value is None else read_amount(value, currency)
