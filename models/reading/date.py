"""Read dates and periods as people write them: 31/12 2010, 31 december 2010; 2010-03, mars 2010, kvartal 1 2010."""

import re
from datetime import date, timedelta
from enum import StrEnum

from models.errors import Unreadable
from models.reading.number import TwoReadings, narrow, shown
from models.reading.value_faults import Reading

_LONGEST = 60
_YEARS = range(1900, 2100)
_NAMES = (
    "january januari jan",
    "february februari feb",
    "march mars mar",
    "april apr",
    "may maj",
    "june juni jun",
    "july juli jul",
    "august augusti aug",
    "september sept sep",
    "october oktober oct okt",
    "november nov",
    "december dec",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
_MONTH = rf"(?P<month>{'|'.join(MONTHS)})\.?"
_WEEKDAY = "(?:[a-zåäö]+(?:dag|dagen|day),? *)?(?:den )?"
_Y = "(?P<year>[0-9]{4})"
_M = "(?P<month>[0-9]{1,2})"
_D = "(?P<day>[0-9]{1,2})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # As a database writes it, perhaps followed by midnight.
        rf"{_Y}(?P<mark>[-/. ]){_M}(?P=mark){_D}(?:[ t]00:00(?::00)?(?:\.0+)?)?",
        "(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        # "31/12 2010", "31.12.2010": the day comes first wherever people write so.
        rf"{_D} ?/ ?{_M}[ -]+{_Y}",
        rf"{_D}\. ?{_M}\. ?{_Y}",
        # "11/11-25": a two-digit year after a hyphen only comes after the month.
        rf"{_D} ?/ ?{_M} ?- ?(?P<year>[0-9]{{2}})",
        rf"{_WEEKDAY}{_D}(?:st|nd|rd|th|:e|:a|\.)? *(?:of )?{_MONTH},? *{_Y}",
        rf"{_WEEKDAY}{_MONTH} *{_D}(?:st|nd|rd|th)?,? *{_Y}",
    )
)
_SHORT = re.compile("(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_LAST_CENTURY = 70  # a two-digit year from this one on is of the last century
# "03/04/2010": the third of April here, the fourth of March elsewhere.
_EITHER = re.compile(rf"{_D}(?P<mark>[/-]){_M}(?P=mark){_Y}")


def read_date(raw: object) -> date:
    """Return the day of a date, or of a text in Swedish or English; Unreadable if it names none.

    TwoReadings, with both days, for a text that can be read as two different days.
    """
    if isinstance(raw, date):
        return raw
    text = narrow(str(raw)).lower() if len(str(raw)) <= _LONGEST else ""
    if either := _EITHER.fullmatch(text):
        day, month, year = either.group("day", "month", "year")
        named = [_day(year, month, day), _day(year, day, month)]
    else:
        matches = (match for form in _FORMS if (match := form.fullmatch(text)))
        named = [_day(*match.group("year", "month", "day")) for match in matches]
    days = list(dict.fromkeys(day for day in named if day is not None))
    if len(days) > 1:
        first, second = (day.isoformat() for day in days)
        raise TwoReadings(Reading.TWO_DAYS(value=shown(raw), first=first, second=second))
    if not days:
        raise Unreadable(Reading.NOT_A_DATE(value=shown(raw)))
    return days[0]


class Edge(StrEnum):
    """Which day of a month or period is meant if only the period is written."""

    FIRST = "first"
    LAST = "last"


def likely_day(text: str, edge: Edge | None) -> date | None:
    """Return the day that a text, which is no date by itself, most likely means; None without one.

    "250101" is a day as Swedes shorten it. "jan 2026" is the first or last day of the month, if
    `edge` says which. A person must agree: to others the first is 25 January 2001.
    """
    short = _SHORT.fullmatch(narrow(text))
    as_shortened = _day(*short.group("year", "month", "day")) if short else None
    at_edge = _at_edge(narrow(text), edge)
    if as_shortened is not None and at_edge is not None and as_shortened != at_edge:
        return None
    return as_shortened or at_edge


def _at_edge(text: str, edge: Edge | None) -> date | None:
    """Return the first or last day of the period that a text names; None without a period or an edge."""
    try:
        days = days_of_period(read_period(text)) if edge else None
    except Unreadable:
        return None
    if days is None:
        return None
    first, last = days
    return first if edge is Edge.FIRST else last


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) == 2:
        year = f"{'19' if int(year) >= _LAST_CENTURY else '20'}{year}"
    if int(year) not in _YEARS:
        return None
    try:
        return date(int(year), MONTHS[month] if month in MONTHS else int(month), int(day))
    except ValueError:
        return None


_YEAR = r"(?P<year>(?:19|20)[0-9]{2})"
_QUARTER = r"(?:q|kv\.?|kvartal|quarter) ?(?P<quarter>[1-4])"
_HALF = r"(?:h|halvår|half) ?(?P<half>[12])"
_MONTH_NAME = rf"(?P<name>{'|'.join(MONTHS)})\.?"
_PERIOD_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR,
        rf"{_YEAR}[ -]*(?:{_QUARTER}|{_HALF}|{_MONTH_NAME})",
        rf"(?:{_QUARTER}|{_HALF}|{_MONTH_NAME})[ -/]*{_YEAR}",
        rf"(?:(?P<quarter>[1-4]):?[ae]? kvartalet|(?P<half>[12]):?a? halvåret) {_YEAR}",
        rf"{_YEAR}[ -/]?(?P<month>0[1-9]|1[0-2])",
    )
)
_PROJECT = re.compile(r"m([0-9]{1,3})(?: ?- ?m([0-9]{1,3}))?")
_SPAN = {"Q": 3, "H": 6, "": 1}


def read_period(raw: object) -> str:
    """Return a period as steps label theirs ("2010-Q1", "2010-03", "2010", "M1-M18"); "" for an empty text.

    Raises Unreadable, worded as a sentence.
    """
    if isinstance(raw, date):
        return f"{raw.year}-{raw.month:02}"
    text = " ".join(str(raw).split()).casefold()
    if not text:
        return ""
    if match := _PROJECT.fullmatch(text):
        return f"M{int(match[1])}" + (f"-M{int(match[2])}" if match[2] else "")
    parts = next((match.groupdict() for form in _PERIOD_FORMS if (match := form.fullmatch(text))), None)
    if parts is None:
        raise Unreadable(Reading.NOT_A_PERIOD(value=shown(raw)))
    if number := parts.get("quarter"):
        return f"{parts['year']}-Q{number}"
    if number := parts.get("half"):
        return f"{parts['year']}-H{number}"
    month = parts.get("month") or (f"{MONTHS[parts['name']]:02}" if parts.get("name") else "")
    return f"{parts['year']}-{month}" if month else parts["year"]


# Joins the labels of the first and the last period of a joined one.
SPANS = "-to-"


def days_of_period(period: str) -> tuple[date, date] | None:
    """Return a period's first and last day; None if it counts from the grant's start, as M1-M18."""
    match = re.fullmatch(r"([0-9]{4})(?:-([QH]?)([0-9]{1,2}))?", period)
    if match is None:
        return None
    year = int(match[1])
    number = match[3]
    months = 12 if number is None else _SPAN[match[2]]
    first = 1 if number is None else (int(number) - 1) * months + 1
    after = first + months
    end = date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)
    return date(year, first, 1), end - timedelta(days=1)
