"""Find Swedish personal identity numbers and coordination numbers in free text.

Their form is that of the Population Registration Act (folkbokföringslag 1991:481, 18 §): the date of birth, a hyphen (a
plus sign from the year of the hundredth birthday), three digits and a check digit (modulus 10 of the last ten). A
coordination number has 60 added to its day (18 a §).
"""

from __future__ import annotations

import re
from datetime import date

from stdnum import iban, luhn

from models.written_numbers import narrow

# In one go, or as a date with hyphens, and with what people put before the last four digits; not the year of the day
# up to which a period goes, as in 2010-01-01-2010-12-31.
_WRITTEN = re.compile(
    r"(?<![0-9])(?:(?:18|19|20)[0-9]{6} ?[-+]? ?|(?:18|19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[-+]|[0-9]{6}[-+ ]?)"
    r"[0-9]{4}(?![0-9]|-[0-9]{2}-[0-9]{2})"
)
_COORDINATION = 60
_CENTURIES = ("19", "20")
_HIDDEN = "•••"


def holds_personal_number(text: str) -> bool:
    """Return whether a number with the date and the check digit of a personal identity number stands in the text.

    A number of ten digits that fulfils both by chance, as one mobile number in many does, is taken for one.
    """
    return any(_is_one(found) for line in text.splitlines() for found in _WRITTEN.finditer(narrow(line)))


def hide_personal_numbers(text: str) -> str:
    """Return the text with a mark in the place of each such number; a text without one stays as it is."""
    if not holds_personal_number(text):
        return text
    lines = (narrow(line) for line in text.splitlines())
    return "\n".join(
        _WRITTEN.sub(lambda found: _HIDDEN if _is_one(found) else found[0], one) for one in lines
    )


def _is_one(found: re.Match[str]) -> bool:
    digits = re.sub("[^0-9]", "", found[0])
    return _has_day(digits[:-4]) and luhn.is_valid(digits[-10:]) and not _in_account(found)


def _has_day(digits: str) -> bool:
    """Return whether YYYYMMDD, or YYMMDD of some century, is a day of the calendar, or one with 60 added."""
    month, day = int(digits[-4:-2]), int(digits[-2:])
    years = (digits,) if len(digits) == 8 else tuple(century + digits for century in _CENTURIES)
    for year in years:
        try:
            date(int(year[:4]), month, day - _COORDINATION if day > _COORDINATION else day)
        except ValueError:
            continue
        return True
    return False


def _in_account(found: re.Match[str]) -> bool:
    """Return whether the digits are part of an IBAN, in which letters may stand right before them."""
    before, after = found.string[: found.start()], found.string[found.end() :]
    head, tail = re.search("[A-Za-z0-9]*$", before), re.match("[A-Za-z0-9]*", after)
    return bool(head and tail and iban.is_valid(head[0] + found[0] + tail[0]))
