"""Read a day as people say it: with its year, without it (21/12, 3 jan), or by a name (Friday, i går)."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import Enum

from models.errors import Unreadable
from models.reading.date import read_date
from models.reading.number import narrow

_NAMED = {
    **dict.fromkeys(("today", "idag", "i dag"), 0),
    **dict.fromkeys(("tomorrow", "imorgon", "i morgon"), 1),
    **dict.fromkeys(("yesterday", "igår", "i går"), -1),
}
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "måndag monday mon",
            "tisdag tuesday tue",
            "onsdag wednesday wed",
            "torsdag thursday thu",
            "fredag friday fri",
            "lördag saturday sat",
            "söndag sunday sun",
        )
    )
    for name in names.split()
}
_WEEKDAY = re.compile(rf"(?:(?:på|on|this) )?(?P<name>{'|'.join(_WEEKDAYS)})(?:en)?")
_OF_WEEK = re.compile(
    rf"^(?:{'|'.join(_WEEKDAYS)}|mån|tis|ons|tors?|fre|lör|sön)(?:en)?\.?,? +(?=\S)", re.IGNORECASE
)
_PAST_WEEKDAY = re.compile(rf"(?:i (?P<i>{'|'.join(_WEEKDAYS)})s|last (?P<last>{'|'.join(_WEEKDAYS)}))")

# What a calendar says of a meeting's hour: "kl. 13.00", "kl 9:00–12:00", "at 13:00".
_HOUR = r"\d{1,2}(?:[.:]\d{2})?"
_AT_AN_HOUR = re.compile(rf",? +(?:kl(?:ockan)?\.?|at) *{_HOUR}(?: *[-–] *{_HOUR})?$", re.IGNORECASE)


class Side(Enum):
    """The side of today on which a day without its year lies; today is on both."""

    PAST = "past"  # an act was done on it
    COMING = "coming"  # an act is to be done on it
    EITHER = "either"  # the nearest of both
    ASKED = "asked"  # no side is guessed: the person is asked if both are possible
    WRITTEN = "written"  # no side is sought: the text has its year, as in a list typed on some other day


def read_day(text: str, today: date, side: Side = Side.EITHER, near: date | None = None) -> date:
    """Return the day that a text names; raises Unreadable or TwoReadings like `read_date`.

    A weekday, or a day without its year, is the nearest one on its side of `near`, by default
    today.
    """
    near = near or today
    words = narrow(text).lower()
    if words in _NAMED:
        return today + timedelta(days=_NAMED[words])
    if past := _PAST_WEEKDAY.fullmatch(words):
        return _last(_WEEKDAYS[past["i"] or past["last"]], today - timedelta(days=1))
    if weekday := _WEEKDAY.fullmatch(words):
        last = _last(_WEEKDAYS[weekday["name"]], near)
        following = last if last == near else last + timedelta(days=7)
        return _nearest((last, following), near, side)
    try:
        return read_date(text)
    except Unreadable:
        # 29 February exists once in four years.
        days = [day for year in range(near.year - 4, near.year + 5) if (day := _in_year(words, year))]
        if not days:
            raise
        return _nearest(days, near, side)


def list_lines(text: str) -> list[str]:
    """Return the days of a list as written, one a line or between commas, without weekdays and hours."""
    lines = re.split(r"[\n;\t]" if "\n" in text else r"[;,\t]", text)
    entries = (_OF_WEEK.sub("", narrow(line).strip(" .,•-–")) for line in lines)
    days = (_AT_AN_HOUR.sub("", entry) for entry in entries)
    return [day for day in days if day]


def both_sides(text: str, today: date) -> list[date]:
    """Return the days that a text can name: the last up to today, the first from today; mostly one."""
    return sorted({read_day(text, today, side) for side in (Side.PAST, Side.COMING)})


def _last(weekday: int, until: date) -> date:
    """Return the last such weekday up to a day; Monday is 0."""
    return until - timedelta(days=(until.weekday() - weekday) % 7)


def _in_year(words: str, year: int) -> date | None:
    try:
        return read_date(f"{words.rstrip('.')} {year}")
    except Unreadable:
        return None


def _nearest(days: Iterable[date], today: date, side: Side) -> date:
    listed = list(days)
    past = [day for day in listed if day <= today]
    coming = [day for day in listed if day >= today]
    of_side = {Side.PAST: past, Side.COMING: coming}.get(side, listed)
    return min(of_side or listed, key=lambda day: abs(day - today))
