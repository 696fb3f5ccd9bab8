"""Read a part of a whole as people write it: 80 %, 12.5 %, 1/3."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

_PART = re.compile(r"([0-9]{1,3}(\.[0-9]{1,6})? ?%|[1-9][0-9]{0,2}/[1-9][0-9]{0,2})")


def read_part(text: str) -> Fraction:
    """Return a part above nothing and up to the whole; ValueError for a text that is none."""
    if not _PART.fullmatch(text.strip()):
        raise ValueError("not a part")
    part = Fraction(text) if "/" in text else Fraction(text.rstrip(" %")) / 100
    if not 0 < part <= 1:
        raise ValueError("not a part of the whole")
    return part


def is_part(value: object) -> bool:
    """Return whether a value is a text that says a part."""
    try:
        return isinstance(value, str) and read_part(value) > 0
    except ValueError:
        return False


def print_part(part: Fraction) -> str:
    """Return a part as a percentage, or as a fraction where that has no end: 12.5 %, 1/3."""
    percent = part * 100
    if 10**6 % percent.denominator:
        return f"{part.numerator}/{part.denominator}"
    return f"{plain(Decimal(percent.numerator) / percent.denominator)} %"


def plain(number: Decimal) -> str:
    """Return a number without noughts at the end of its decimals."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
