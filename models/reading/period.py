"""Read periods as people write them: 2010, 2010-03, mars 2010, kvartal 1 2010, Q1 2010, 2010-H1."""

from __future__ import annotations

import re
from datetime import date, timedelta

from models.errors import Unreadable
from models.reading.date import MONTHS
from models.reading.messages import Reading
from models.reading.number import shown

_DAY = timedelta(days=1)
_QUARTER = r"(?:q|kv\.?|kvartal|quarter)"
_HALF = r"(?:h|halvår|half)"
_YEAR = r"((?:19|20)[0-9]{2})"
_FORMS = (
    (re.compile(rf"{_YEAR}"), ""),
    (re.compile(rf"{_YEAR}[ -]*{_QUARTER} ?([1-4])"), "Q"),
    (re.compile(rf"{_YEAR}[ -]*{_HALF} ?([12])"), "H"),
    (re.compile(rf"{_YEAR}[ -/]?(0[1-9]|1[0-2])"), "M"),
)
_YEAR_LAST = (
    (re.compile(rf"(?:{_QUARTER} ?([1-4])|([1-4]):?[ae]? kvartalet)[ -/]*{_YEAR}"), "Q"),
    (re.compile(rf"(?:{_HALF} ?([12])|([12]):?a? halvåret)[ -/]*{_YEAR}"), "H"),
)
_MONTH_YEAR = re.compile(rf"([a-zåäö]+)\.? {_YEAR}|{_YEAR} ([a-zåäö]+)\.?")
_PROJECT = re.compile(r"m([0-9]{1,3})(?: ?- ?m([0-9]{1,3}))?")
_SPAN = {"Q": 3, "H": 6, "M": 1}


def read_period(raw: object) -> str:
    """Return a period as steps call theirs ("2010-Q1", "2010-03", "2010", "M1-M18"), "" for an empty text.

    ValueError, as a sentence, for one that cannot be read.
    """
    if isinstance(raw, date):
        return f"{raw.year}-{raw.month:02}"
    text = " ".join(str(raw).split()).casefold()
    if not text:
        return ""
    for form, letter in _FORMS:
        if match := form.fullmatch(text):
            return _named(match[1], letter, match[2] if letter else "")
    for form, letter in _YEAR_LAST:
        if match := form.fullmatch(text):
            return _named(match[3], letter, match[1] or match[2])
    if match := _MONTH_YEAR.fullmatch(text):
        number = MONTHS.get(match[1] or match[4])
        if number:
            return _named(match[2] or match[3], "M", f"{number:02}")
    if match := _PROJECT.fullmatch(text):
        return f"M{int(match[1])}" + (f"-M{int(match[2])}" if match[2] else "")
    raise Unreadable(Reading.NOT_A_PERIOD(value=shown(raw)))


def _named(year: str, letter: str, number: str) -> str:
    if letter == "M":
        return f"{year}-{number}"
    return f"{year}-{letter}{number}" if letter else year


def days_of_period(period: str) -> tuple[date, date] | None:
    """Return a period's first and last day; None for one that counts from the grant's start, as M1-M18."""
    match = re.fullmatch(r"([0-9]{4})(?:-([QH]?)([0-9]{1,2}))?", period)
    if match is None:
        return None
    year, letter, number = int(match[1]), match[2], match[3]
    months = 12 if number is None else _SPAN[letter or "M"]
    first = 1 if number is None else (int(number) - 1) * months + 1
    after = first + months
    end = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
    return date(year, first, 1), end - _DAY
