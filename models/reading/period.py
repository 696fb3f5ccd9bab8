"""Read periods as people write them: 2010, 2010-03, mars 2010, kvartal 1 2010, Q1 2010, 2010-H1."""

from __future__ import annotations

import re
from datetime import date, timedelta

from models.errors import Unreadable
from models.reading.date import MONTHS
from models.reading.messages import Reading
from models.reading.number import shown

_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_QUARTER = r"(?:q|kv\.?|kvartal|quarter) ?(?P<quarter>[1-4])"
_HALF = r"(?:h|halvår|half) ?(?P<half>[12])"
_MONTH = rf"(?P<name>{'|'.join(MONTHS)})\.?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR,
        rf"{_YEAR}[ -]*(?:{_QUARTER}|{_HALF}|{_MONTH})",
        rf"(?:{_QUARTER}|{_HALF}|{_MONTH})[ -/]*{_YEAR}",
        rf"(?:(?P<quarter>[1-4]):?[ae]? kvartalet|(?P<half>[12]):?a? halvåret) {_YEAR}",
        rf"{_YEAR}[ -/]?(?P<month>0[1-9]|1[0-2])",
    )
)
_PROJECT = re.compile(r"m([0-9]{1,3})(?: ?- ?m([0-9]{1,3}))?")
_SPAN = {"Q": 3, "H": 6, "": 1}


def read_period(raw: object) -> str:
    """Return a period as steps call theirs ("2010-Q1", "2010-03", "2010", "M1-M18"), "" for an empty text.

    Unreadable, as a sentence, for one that cannot be read.
    """
    if isinstance(raw, date):
        return f"{raw.year}-{raw.month:02}"
    text = " ".join(str(raw).split()).casefold()
    if not text:
        return ""
    if match := _PROJECT.fullmatch(text):
        return f"M{int(match[1])}" + (f"-M{int(match[2])}" if match[2] else "")
    said = next((match.groupdict() for form in _FORMS if (match := form.fullmatch(text))), None)
    if said is None:
        raise Unreadable(Reading.NOT_A_PERIOD(value=shown(raw)))
    if number := said.get("quarter"):
        return f"{said['year']}-Q{number}"
    if number := said.get("half"):
        return f"{said['year']}-H{number}"
    month = said.get("month") or (f"{MONTHS[said['name']]:02}" if said.get("name") else "")
    return f"{said['year']}-{month}" if month else said["year"]


def days_of_period(period: str) -> tuple[date, date] | None:
    """Return a period's first and last day; None for one that counts from the grant's start, as M1-M18."""
    match = re.fullmatch(r"([0-9]{4})(?:-([QH]?)([0-9]{1,2}))?", period)
    if match is None:
        return None
    year, number = int(match[1]), match[3]
    months = 12 if number is None else _SPAN[match[2]]
    first = 1 if number is None else (int(number) - 1) * months + 1
    after = first + months
    end = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
    return date(year, first, 1), end - timedelta(days=1)
