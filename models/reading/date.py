"""Read dates as people write them: 2010-12-31, 31/12 2010, 31 december 2010, December 31, 2010."""

from __future__ import annotations

import re
from datetime import date

from models.errors import Unreadable
from models.reading.messages import Reading
from models.reading.number import TwoReadings, narrow, shown

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
_WEEKDAY = (
    r"(?:(?:mån|tis|ons|tors|fre|lör|sön)(?:dag(?:en)?|\.)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:mon|tues?|wed|thur?s?|fri|sat|sun)\.?)?,? *(?:den )?"
)
_Y, _M, _D = "(?P<year>[0-9]{4})", "(?P<month>[0-9]{1,2})", "(?P<day>[0-9]{1,2})"
_FORMS = tuple(
    re.compile(form)
    for form in (
        # As a database writes it, perhaps with midnight behind it.
        rf"{_Y}(?P<mark>[-/. ]){_M}(?P=mark){_D}(?:[ t]00:00(?::00)?(?:\.0+)?)?",
        "(?P<year>(?:19|20)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        # "31/12 2010", "31.12.2010": the day comes first wherever people write so.
        rf"{_D} ?/ ?{_M}[ -]+{_Y}",
        rf"{_D}\. ?{_M}\. ?{_Y}",
        rf"{_WEEKDAY}{_D}(?:st|nd|rd|th|:e|:a|\.)? *(?:of )?{_MONTH},? *{_Y}",
        rf"{_WEEKDAY}{_MONTH} *{_D}(?:st|nd|rd|th)?,? *{_Y}",
    )
)
# "03/04/2010": the third of April here, the fourth of March elsewhere.
_EITHER = re.compile(rf"{_D}(?P<mark>[/-]){_M}(?P=mark){_Y}")


def read_date(raw: object) -> date:
    """Return the day that a date, or a text in Swedish or English, names; Unreadable, as a sentence, if it names none.

    TwoReadings, with both days, for a text that names one day to some readers and another to others.
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
    found = list(dict.fromkeys(one for one in named if one is not None))
    if len(found) > 1:
        first, second = (one.isoformat() for one in found)
        raise TwoReadings(Reading.TWO_DAYS(value=shown(raw), first=first, second=second))
    if not found:
        raise Unreadable(Reading.NOT_A_DATE(value=shown(raw)))
    return found[0]


def _day(year: str, month: str, day: str) -> date | None:
    if int(year) not in _YEARS:
        return None
    try:
        return date(int(year), MONTHS[month] if month in MONTHS else int(month), int(day))
    except ValueError:
        return None
