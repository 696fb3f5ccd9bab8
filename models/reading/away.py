"""Read until when somebody is away, where an automatic reply names it clearly, in Swedish or English."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta

from models.errors import Unreadable
from models.reading.date import MONTHS, read_date

_LONGEST = 20_000  # characters of a text that are looked at
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = (
    r"(?:(?:mån|tis|ons|tors|fre|lör|sön)dag(?:en)?|(?:mon|tues|wednes|thurs|fri|satur|sun)day)?,?"
    r" *(?:den |the )?"
)
_DAY = (
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|:e|:a|\.)? *(?:of )?(?:{_MONTH})\b\.?(?:,? *[0-9]{{4}}\b)?"
    rf"|(?:{_MONTH})\b\.? *[0-9]{{1,2}}(?:st|nd|rd|th)?\b(?:,? *[0-9]{{4}}\b)?"
    r"|[0-9]{1,2}/[0-9]{1,2}(?:[ -]+[0-9]{4})?(?![0-9/]))"
)
_LAST = re.compile(
    rf"(?:t\.? ?o\.? ?m\.?|(?:till?|fram till?) och med|(?:up )?to and including"
    r"|until and including|until|till|through)"
    rf" +{_WEEKDAY}{_DAY}"
)
_BACK = re.compile(
    r"(?:tillbaka|åter|back|return(?:ing)?)(?: igen)?"
    r"(?: (?:på|i) (?:kontoret|jobbet|plats|tjänst)| in the office)?(?: on)?"
    rf" +{_WEEKDAY}{_DAY}"
)
_DAY_MONTH = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?:[ -]+([0-9]{4}))?")
_FURTHEST = timedelta(days=270)


def away_until(text: str, on: date) -> date | None:
    """Return the last day of an absence that a reply of that day names; None where it names none, or more than one.

    A day without a year is the next one of that name. Of a reply that says only when its writer is back it is the day
    before.
    """
    line = " ".join(text[:_LONGEST].lower().split())
    last = {_named(found["day"], on) for found in _LAST.finditer(line)}
    back = {_named(found["day"], on) for found in _BACK.finditer(line)}
    if len(last) > 1 or len(back) > 1 or not last | back:
        return None
    ends, returns = next(iter(last), None), next(iter(back), None)
    if (last and ends is None) or (back and returns is None) or (ends and returns and returns <= ends):
        return None
    end = ends or (returns - timedelta(days=1) if returns else on)
    return end if on <= end <= on + _FURTHEST else None


def _named(text: str, on: date) -> date | None:
    """Return the day; without a year the next one, from the day on."""
    if shortened := _DAY_MONTH.fullmatch(text):
        day, month, year = shortened.groups()
        text = f"{day}/{month} {year}" if year else f"{day}/{month}"
    for year in ("", f" {on.year}", f" {on.year + 1}"):
        with suppress(Unreadable):
            found = read_date(f"{text}{year}")
            if year == "" or found >= on:
                return found
    return None
