"""Find Swedish personal identity numbers in typed text, and refuse or hide them."""

import re
from collections.abc import Iterator
from datetime import date

from stdnum import luhn

from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.number import narrow
from models.reading.value_faults import Reading

# In one go, or as a date with hyphens, with or without a sign before the last four digits; not two
# dates in a row, as in 2010-01-01-2010-12-31.
_WRITTEN = re.compile(
    r"(?<![0-9])(?:(?:18|19|20)[0-9]{6} ?[-+]? ?|(?:18|19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[-+]|[0-9]{6}[-+ ]?)"
    r"[0-9]{4}(?![0-9]|-[0-9]{2}-[0-9]{2})"
)
_COORDINATION = 60
_CENTURIES = ("19", "20")
_HIDDEN = "•••"


def holds_personal_number(text: str) -> bool:
    """Return whether the text holds a number with the date and check digit of a personal identity number."""
    return any(_found(text))


def without_personal_number(text: str) -> str:
    """Return the text; Unreadable, without repeating the number, if it holds one."""
    if not holds_personal_number(text):
        return text
    raise Unreadable(Reading.PERSONAL_NUMBER())


def refuse_personal_numbers(**texts: str | None) -> None:
    """Raise BadInput for the first of the texts, by name, that holds one."""
    for name, text in texts.items():
        try:
            without_personal_number(text or "")
        except Unreadable as error:
            raise BadInput(Common.AT(place=name, why=error)) from error


def hide_personal_numbers(text: str) -> str:
    """Return the text with a mark in place of each such number, otherwise unchanged."""
    if not holds_personal_number(text):
        return text
    lines = (narrow(line) for line in text.splitlines())
    return "\n".join(
        _WRITTEN.sub(lambda match: _HIDDEN if _is_one(match) else match[0], line) for line in lines
    )


def _found(text: str) -> Iterator[re.Match[str]]:
    for line in text.splitlines():
        yield from filter(_is_one, _WRITTEN.finditer(narrow(line)))


def _is_one(match: re.Match[str]) -> bool:
    digits = re.sub("[^0-9]", "", match[0])
    return _has_day(digits[:-4]) and luhn.is_valid(digits[-10:])


def _has_day(digits: str) -> bool:
    """Return whether YYYYMMDD, or YYMMDD of some century, is a calendar day, or one with 60 added."""
    month = int(digits[-4:-2])
    day = int(digits[-2:])
    years = (digits,) if len(digits) == 8 else tuple(century + digits for century in _CENTURIES)
    for year in years:
        try:
            date(int(year[:4]), month, day - _COORDINATION if day > _COORDINATION else day)
        except ValueError:
            continue
        return True
    return False
