"""The kinds of words in sentences: numbers, sums, parts, days, names, questions and texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from models.programme.countries import require_holidays
from models.programme.language.grammar import KINDS as KINDS
from models.programme.language.rule import NAMES, WEEKDAYS, Name
from models.programme.language.words import Choice, DayName, Source, Word
from models.reading.number import LARGEST, plain, print_part

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
_KEY = "[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*"
_EVENT = "[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*"
# Words of rules, which are no names.
_WORDS = "(?!(?:at|on|or|and|else|even|either|earlier|later|after|before|of)\\Z)"
_PERCENTAGE = "a whole percentage is expected here, as 80 %"
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a step; `at` is where in the sentence it stands, for messages."""

    step: str
    question: str
    at: int = field(default=0, compare=False, repr=False)

    @property
    def text(self) -> str:
        """It as it is written."""
        return f"{self.step}.{self.question}"


def ordinal(number: int) -> str:
    """Return a number as "15th" or "2nd"."""
    return f"{number}{'th' if 10 < number % 100 < 14 else _ENDINGS.get(number % 10, 'th')}"


def print_sum(held: Decimal) -> str:
    """Return a sum with its thousands apart, and two decimals or more where it has any."""
    whole, _, rest = plain(held).partition(".")
    return f"{int(whole):,}".replace(",", " ") + (f".{rest.ljust(2, '0')}" if rest else "")


def _day(match: re.Match[str], at: int) -> date:
    try:
        found = date.fromisoformat(match[0])
    except ValueError:
        raise ValueError("there is no such day") from None
    if not 1900 <= found.year <= 2099:
        raise ValueError("this is not between the years 1900 and 2099")
    return found


def _country(match: re.Match[str], at: int) -> str:
    require_holidays(match[1], match[2])
    return match[0]


def _fraction(match: re.Match[str], at: int) -> Fraction:
    found = Fraction(int(match[1]), int(match[2]))
    if found > 1:
        raise ValueError("this is more than the whole; write a part, as 1/3")
    return found


def _part(match: re.Match[str], at: int) -> Fraction:
    found = Fraction(match[1].removesuffix("%").strip()) / (100 if "%" in match[1] else 1)
    if not 0 < found <= 1:
        raise ValueError("this is no part of the whole; write 80 % or 1/3")
    return found


def _percent(match: re.Match[str], at: int) -> int:
    if not match[1].isdecimal():
        raise ValueError(_PERCENTAGE)
    return int(match[1])


def _sum(match: re.Match[str], at: int) -> Decimal:
    found = Decimal(match[0].replace(" ", ""))
    if found > LARGEST:
        raise ValueError("this sum is too large")
    return found


def _stated(match: re.Match[str], at: int) -> Decimal:
    found = _sum(match, at)
    if not found:
        raise ValueError("nothing is paid by this; write a sum above 0")
    if found <= 100 and "." not in match[0]:
        said = f"write {match[0]} % or, for a sum, {match[0]}.00"
        raise ValueError(f"is this a sum or a part of the award?; {said}")
    return found


def _print_stated(held: Decimal) -> str:
    text = print_sum(held)
    return f"{text}.00" if held <= 100 and "." not in text else text


def _text(match: re.Match[str], at: int) -> str:
    return match[0]


def _text_of(held: object) -> str | None:
    """Return the text of a name or a question; None for another value that may stand in its place."""
    return held.text if isinstance(held, Name | Ask) else None


def _named(match: re.Match[str], at: int) -> Name:
    return Name(match[0], at)


def _cell(match: re.Match[str], at: int) -> str:
    return match[0].upper()


_SUM = r"[0-9]{1,15}(?:\.[0-9]{1,6})?|[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]{1,6})?"
_WHOLE = r"[0-9]{1,9}|[1-9][0-9]{0,2}(?: [0-9]{3}){1,2}"
_BARE = r"(?i:(?!(?:sum|last|cell|answer|the|in|by|where|is)\Z))[^\W_][\w.-]*"
_FRACTION = "[1-9][0-9]{0,2}/[1-9][0-9]{0,2}"
_CELL = "(?i:[A-Z]{1,3}[1-9][0-9]{0,4}(?::[A-Z]{1,3}[1-9][0-9]{0,4})?)"
_PLACES = (
    "end",
    "start",
    *(f"{one} {day}" for one in ("first", "second", "third", "fourth", "last") for day in WEEKDAYS),
)
_DAY = "a day is expected here: a name, as grant_end, or another rule"


SUM = Word(_SUM, "a sum is expected here, as 294 000", _sum, print_sum)
KINDS |= {
    "number": Word(
        _WHOLE,
        "a whole number is expected here",
        lambda match, at: int(match[0].replace(" ", "")),
        lambda held: print_sum(Decimal(held)),
    ),
    "sum": SUM,
    "stated": Word(_SUM, "a sum is expected here, as 294 000", _stated, _print_stated),
    "fraction": Word(
        "([1-9][0-9]{0,2})/([1-9][0-9]{0,2})",
        _DAY,
        _fraction,
        lambda held: f"{held.numerator}/{held.denominator}",
    ),
    "part": Word(
        rf"([0-9]{{1,6}}(?:\.[0-9]{{1,6}})? ?%|{_FRACTION})",
        "a part is expected here, as 80 % or 1/3",
        _part,
        print_part,
    ),
    "percent": Word(
        r"([0-9]{1,6}(?:\.[0-9]+)?) ?%",
        _PERCENTAGE,
        _percent,
        lambda held: f"{held} %",
    ),
    "day": Word("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day is expected here, as 2026-09-15", _day, date.isoformat),
    "day_name": DayName(_WORDS + _EVENT, _DAY, _named, _text_of),
    "event": Word(
        rf"(?!(?:{'|'.join(NAMES)})\Z){_EVENT}",
        "what is needed is a step or a payment, as final-report.approved",
        _named,
        _text_of,
    ),
    "name": Word(_KEY, "a name is expected here", _named, _text_of),
    "word": Word(_KEY, "a name is expected here", _text, str),
    "ask": Word(
        rf"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)\.({_KEY})",
        "a step's question is expected here; write a step and what it asks, as report.spent",
        lambda match, at: Ask(match[1], match[2], at),
        _text_of,
    ),
    "country": Word("([^-]+)(?:-(.+))?", "a country is expected here, as SE", _country, str),
    "source": Source(),
    "text": Word(
        '"([^"]+)"',
        'a text in quotes is expected here, as "county"',
        lambda match, at: match[1],
        '"{}"'.format,
    ),
    "heading": Word(
        rf'"[^"]+"|{_BARE}',
        "a column's heading is expected here, as Belopp",
        lambda match, at: match[0].strip('"'),
        lambda held: held if re.fullmatch(_BARE, held) else f'"{held}"',
    ),
    "cell": Word(_CELL, "a cell is expected here, as C7 or C5:C9", _cell, str),
    "month": Choice({one: number for number, one in enumerate(MONTHS, 1)}, "a month"),
    "weekday": Choice({one: number for number, one in enumerate(WEEKDAYS)}, "a weekday"),
    "side": Choice({"after": False, "before": True}),
    "place_word": Choice({one: one for one in _PLACES}, "a place, as end, 15th or last Friday"),
    "ordinal": Word(
        "([1-9][0-9]{0,2})(?:st|nd|rd|th)",
        "",
        lambda match, at: int(match[1]),
        ordinal,
    ),
    "place_day": Word(
        "([1-9][0-9]{0,2})(?:st|nd|rd|th)",
        _DAY,
        lambda match, at: match[1],
        lambda held: ordinal(int(held)) if held.isdecimal() else None,
    ),
}
