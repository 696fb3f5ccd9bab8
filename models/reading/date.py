"""Read dates as people write them: 2010-12-31, 31/12 2010, 31 december 2010, December 31, 2010."""

from __future__ import annotations

import re
from datetime import date

from models.errors import Unreadable
from models.reading.messages import Reading
from models.reading.number import TwoReadings, narrow, shown

_LONGEST = 60
_YEARS = range(1900, 2100)
MONTHS = {
    name: number
    for number, names in enumerate(
        (
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
        ),
        start=1,
    )
    for name in names.split()
}
# Behind a day: "kl 12", "kl. 17.00", "10:30", or midnight as a database writes it.
_TIME = re.compile(
    r"[ ,]+(?:kl(?:ockan|\.)? ?[0-9]{1,2}(?:[.:][0-9]{2})?|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)\Z",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(r"[ T]00:00(:00)?(\.0+)?\Z")
_WEEKDAY = (
    r"(?:(?:mån|tis|ons|tors|fre|lör|sön)(?:dag(?:en)?|\.)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:mon|tues?|wed|thur?s?|fri|sat|sun)\.?)?,? *(?:den )?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/. ])([0-9]{1,2})\2([0-9]{1,2})")
_DIGITS = re.compile(r"((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})")
# "31/12 2010", "31.12.2010": the day comes first wherever people write so.
_DAY_FIRST = re.compile(r"([0-9]{1,2})(?: ?/ ?([0-9]{1,2})[ -]+|\. ?([0-9]{1,2})\. ?)([0-9]{4})")
# "03/04/2010": the third of April here, the fourth of March elsewhere.
_EITHER = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})")
_DAY_MONTH = re.compile(
    rf"{_WEEKDAY}([0-9]{{1,2}})(?:st|nd|rd|th|:e|:a|\.)? *(?:of )?([a-zåäö]+)\.?,? *([0-9]{{4}})"
)
_MONTH_DAY = re.compile(rf"{_WEEKDAY}([a-z]+)\.? *([0-9]{{1,2}})(?:st|nd|rd|th)?,? *([0-9]{{4}})")


class ShortYear(Unreadable):
    """A day was named with a year of two digits, which could be of any century."""


class NoSuchDay(Unreadable):
    """A day was written as days are, and no calendar has it."""


def read_date(raw: object) -> date:
    """Return the day that a date, or a text in Swedish or English, names; ValueError, as a sentence, if it names none.

    TwoReadings, with both days, for a text that names one day to some readers and another to others; ShortYear for
    one that leaves the century out; NoSuchDay for one that is as days are written, such as 30 February 2010.
    """
    if isinstance(raw, date):
        return raw
    text = narrow(str(raw)).lower()
    if len(text) <= _LONGEST:
        either = _EITHER.fullmatch(text)
        found = _of_either(raw, *either.group(1, 3, 4)) if either else _named(text)
        if found is not None:
            return found
        if any(_named(longer) for longer in _with_century(text)):
            raise ShortYear(Reading.SHORT_YEAR(value=shown(raw)))
        if _is_shaped(text):
            raise NoSuchDay(Reading.NOT_A_DATE(value=shown(raw)))
    raise Unreadable(Reading.NOT_A_DATE(value=shown(raw)))


def day_alone(text: str) -> tuple[str, bool]:
    """Return a text about a day without the time of day behind it, and whether it had one that says something."""
    bare = _MIDNIGHT.sub("", text)
    day = _TIME.sub("", bare)
    return day, day != bare


def _is_shaped(text: str) -> bool:
    if not re.search("(?:19|20)[0-9]{2}", text):
        return False
    if any(pattern.fullmatch(text) for pattern in (_YEAR_FIRST, _DIGITS, _DAY_FIRST, _EITHER)):
        return True
    day_month, month_day = _DAY_MONTH.fullmatch(text), _MONTH_DAY.fullmatch(text)
    return bool((day_month and day_month[2] in MONTHS) or (month_day and month_day[1] in MONTHS))


def _with_century(text: str) -> tuple[str, str]:
    first = re.sub(r"^(?=[0-9]{2}[-/. ]?[0-9]{1,2}[-/. ]?[0-9]{1,2}$)", "20", text)
    return first, re.sub(r"[-'’ ]*(?<![0-9])([0-9]{2})$", r" 20\1", text.replace("/", "/ "))


def _of_either(raw: object, first: str, second: str, year: str) -> date | None:
    days = [_day(year, month, day) for day, month in ((first, second), (second, first))]
    found = list(dict.fromkeys(day for day in days if day is not None))
    if len(found) > 1:
        first, second = (day.isoformat() for day in found)
        raise TwoReadings(Reading.TWO_DAYS(value=shown(raw), first=first, second=second))
    return found[0] if found else None


def _named(text: str) -> date | None:
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(*match.group(1, 3, 4))
    if match := _DIGITS.fullmatch(text):
        return _day(*match.groups())
    if match := _DAY_FIRST.fullmatch(text):
        return _day(match[4], match[2] or match[3], match[1])
    if match := _DAY_MONTH.fullmatch(text):
        return _day(match[3], MONTHS.get(match[2]), match[1])
    if match := _MONTH_DAY.fullmatch(text):
        return _day(match[3], MONTHS.get(match[1]), match[2])
    return None


def _day(year: str, month: str | int | None, day: str) -> date | None:
    if month is None or int(year) not in _YEARS:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
