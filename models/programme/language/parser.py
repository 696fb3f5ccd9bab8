"""Read a due rule's sentence: SentenceFault says where it is wrong, what is expected, and the cure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction

from models.programme.countries import require_holidays
from models.programme.language.cures import (
    FOLLOWING,
    ROLLS,
    name_fault,
    not_a_beginning,
    unit_fault,
    wrong_roll,
)
from models.programme.language.fault import expected, meant
from models.programme.language.printed import MONTHS, WEEKDAYS, print_rule
from models.programme.language.rule import (
    OF_THE_DECISION,
    Day,
    Either,
    Name,
    Off,
    Part,
    Place,
    Point,
    Published,
    Relation,
    Rule,
    Several,
    Shift,
    Span,
    Unit,
    Weekday,
    YearDay,
)
from models.programme.language.tokens import Token, Walk
from models.reading.number import shown

SPANS: tuple[Span, ...] = ("month", "quarter", "half", "year")
_LONGEST_SPAN = {"month": 31, "quarter": 92, "half": 184, "year": 366}
_DAYS_OF_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ORDINALS = ("first", "second", "third", "fourth", "last")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_.][a-z0-9]+)*\Z")
_ORDINAL = re.compile(r"([1-9][0-9]{0,2})(st|nd|rd|th)\Z")
_FRACTION = re.compile(r"([1-9][0-9]{0,2})/([1-9][0-9]{0,2})\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_LABEL = re.compile(r"([0-9]{4}(-([0-9]{2}|Q[1-4]|H[12]))?|M[0-9]+-M[0-9]+|[1-9][0-9]?)\Z", re.IGNORECASE)
_UNITS: dict[str, Unit] = {
    "days": "days",
    "day": "days",
    "working days": "working days",
    "working day": "working days",
    "months": "months",
    "month": "months",
}
# Ten years: nothing waits longer, and a chain of steps cannot leave the calendar.
_LONGEST: dict[Unit, int] = {"days": 3_660, "working days": 2_610, "months": 120}
_DEEPEST = 4


def read_rule(sentence: str) -> Rule:
    """Return the rule that a sentence says; SentenceFault for one that cannot be read."""
    walk = Walk(sentence)
    rule = replace(_rule(walk), said=sentence)
    if not walk.at_end:
        walk.fail(f"the rule is complete before this; what may follow is {FOLLOWING}")
    return rule


def _rule(walk: Walk) -> Rule:
    if walk.at_end:
        walk.fail("the sentence ends here, but a day is expected: a name, or another rule")
    begins = walk.token
    what = _what(walk)
    if walk.word() == "else":
        if not isinstance(what, Name):
            said = print_rule(Rule(what))
            walk.fail(
                "'else' follows 'at NAME of the decision'; put the decision's date first:"
                f" at NAME of the decision else {said}"
            )
        if not what.of_decision:
            walk.fail(
                "'else' follows only a date of the decision, which may be missing; write 'earlier of ... and ...'"
                " or 'later of ... and ...' for two days that are both known"
            )
        walk.take()
        return Rule(what, otherwise=_rule(walk))
    off = _off(walk)
    source = walk.source()
    exceptions = []
    while walk.follows("except"):
        exceptions.append(_published(walk))
    if isinstance(what, Either) and source:
        walk.fail("each reading names its source already; take this one out", walk.ahead(-1))
    rule = Rule(what, off, source, tuple(exceptions))
    _refuse_tail(walk, begins)
    return rule


def _refuse_tail(walk: Walk, begins: Token) -> None:
    """Raise what is wrong with words after a rule where that is known better than that it is complete."""
    if walk.word() == "at" and re.match(r"[0-9]{1,2}([:.][0-9]{2})?\Z", walk.word(1)):
        walk.fail("a rule gives days, not hours; leave the hour out, and put it in the step's todo")
    if walk.word() == "or":
        wrong_roll(walk, begins)


def _what(walk: Walk) -> Point | Either | Several:
    if walk.follows("at"):
        return read_name(walk)
    if walk.follows("on"):
        return Day(_day(walk))
    if walk.follows("either"):
        return _either(walk)
    if walk.word() in ("earlier", "later"):
        return _several(walk)
    found = _count(walk, 1)
    if found is None:
        not_a_beginning(walk)
    return found


def _either(walk: Walk) -> Either:
    readings = [_reading(walk)]
    walk.expect("or")
    readings.append(_reading(walk))
    while walk.word() == "or" and walk.word(1) not in ("next", "working"):
        walk.take()
        readings.append(_reading(walk))
    return Either(tuple(readings))


def _reading(walk: Walk) -> tuple[Point, str]:
    point = _point(walk)
    source = walk.source()
    if not source:
        walk.fail("each reading names its source; write it in parentheses after the reading, as (the text)")
    return point, source


def _several(walk: Walk) -> Several:
    word = walk.take().text.lower()
    walk.expect("of")
    points = [_point(walk)]
    if walk.word() == "or":
        walk.fail(f"the days of '{word} of' are joined with 'and'; write and")
    walk.expect("and")
    points.append(_point(walk))
    while walk.follows("and"):
        points.append(_point(walk))
    return Several(word == "later", tuple(points))


def _point(walk: Walk, depth: int = 1) -> Point:
    word = walk.word()
    if word in ("earlier", "later", "either", "at", "on"):
        walk.fail(
            f"'{word}' stands only at the beginning of a rule; make the inner one a step of its own and count from"
            " that"
        )
    if depth > _DEEPEST:
        walk.fail(f"days count from each other at most {_DEEPEST} deep; make the inner one a step of its own")
    if _DAY.match(word):
        return Day(_day(walk))
    return _count(walk, depth) or read_name(walk)


def _count(walk: Walk, depth: int) -> Point | None:
    """Return a day that is counted; None where the word begins none."""
    token, word = walk.token, walk.word()
    if word.isdecimal():
        return _numbered(walk, depth)
    if match := _FRACTION.match(word):
        return _part(walk, Fraction(int(match[1]), int(match[2])))
    if _ORDINAL.match(word) or word in ("end", "start") or word in _ORDINALS:
        return _place(walk, depth)
    if word.title() in WEEKDAYS:
        walk.take()
        before = walk.expect("after", "before") == "before"
        return Weekday(WEEKDAYS.index(word.title()), before, _point(walk, depth + 1))
    if word.title() in MONTHS and walk.word(1).isdecimal():
        walk.fail(
            f"the day of the month comes before its name; write {walk.ahead(1).text} {word.title()}", token
        )
    return None


def _numbered(walk: Walk, depth: int) -> Point:
    number = walk.take()
    count = int(number.text)
    if walk.word().title() in MONTHS:
        month = MONTHS.index(walk.take().text.title()) + 1
        if not 1 <= count <= _DAYS_OF_MONTHS[month - 1]:
            walk.fail(f"{MONTHS[month - 1]} has no day {count}", number)
        said = walk.expect("after", "before", "of year of")
        relation: Relation = "after" if said == "after" else "before" if said == "before" else "of"
        return YearDay(count, month, relation, _point(walk, depth + 1))
    unit = next((unit for words, unit in _UNITS.items() if walk.follows(words)), None)
    if unit is None:
        unit_fault(walk, count)
    if count > _LONGEST[unit]:
        walk.fail(f"{shown(count)} {unit} are more than ten years: that is a slip", number)
    country = _country(walk) if unit == "working days" else ""
    if walk.word() == "of":
        walk.fail("'after' or 'before' is expected here; write after")
    before = walk.expect("after", "before") == "before"
    return Shift(count, unit, before, _point(walk, depth + 1), country)


def _part(walk: Walk, fraction: Fraction) -> Part:
    if fraction > 1:
        walk.fail("this is more than the whole; write a part, as 1/3")
    walk.take()
    walk.expect("of")
    return Part(fraction, "grant" if walk.expect("grant", "period") == "grant" else "period")


def _place(walk: Walk, depth: int) -> Place:
    token = walk.take()
    place = token.text.lower()
    if place in _ORDINALS:
        if walk.word().title() not in WEEKDAYS:
            walk.fail(expected(WEEKDAYS, walk.token.text))
        place = f"{place} {walk.take().text.title()}"
    elif match := _ORDINAL.match(place):
        place = match[1]
    walk.expect("of")
    nth_token = walk.token
    nth = int(match[1]) if (match := _ORDINAL.match(walk.word())) else 1
    if match:
        walk.take()
    span = next((one for one in SPANS if walk.follows(one)), None)
    if span is None:
        walk.fail(expected(SPANS, walk.token.text))
    if place.isdecimal() and int(place) > _LONGEST_SPAN[span]:
        walk.fail(f"a {span} has no such day", token)
    relation: Relation = "of"
    said = walk.expect("of", "after", "before")
    if said != "of":
        relation = "after" if said == "after" else "before"
    elif nth > 1:
        walk.fail(f"the {nth_token.text} {span} is counted after or before a day; write after or before")
    return Place(place, nth, span, relation, _point(walk, depth + 1))


def read_name(walk: Walk) -> Name:
    """Return the name of a day that comes here; SentenceFault where none does."""
    token, word = walk.token, walk.token.text
    if walk.at_end:
        walk.fail("the sentence ends here, but a day is expected: a name, or another rule")
    if token.bracketed or not _NAME.match(word):
        walk.fail(
            f"a day is expected here: a name, as grant_end, or another rule{meant(word, ['grant_end'])}"
        )
    name_fault(walk)
    walk.take()
    if walk.follows("of decision"):
        return Name(word + OF_THE_DECISION, token.at)
    return Name(word, token.at)


def _day(walk: Walk) -> date:
    token = walk.token
    if not _DAY.match(token.text):
        walk.fail("a day is expected here, as 2026-09-15")
    try:
        found = date.fromisoformat(token.text)
    except ValueError:
        walk.fail("there is no such day")
    if not 1900 <= found.year <= 2099:
        walk.fail("this is not between the years 1900 and 2099")
    walk.take()
    return found


def _off(walk: Walk) -> Off | None:
    for phrase, move in ROLLS.items():
        if walk.follows(phrase):
            return Off(move, _country(walk) if move in ("next", "previous") else "")
    return None


def _country(walk: Walk) -> str:
    if not walk.follows("in"):
        return ""
    token = walk.take()
    country, _, part = token.text.partition("-")
    try:
        require_holidays(country, part or None)
    except ValueError as error:
        walk.fail(str(error), token)
    return token.text


def _published(walk: Walk) -> Published:
    period = walk.take()
    if not _LABEL.match(period.text):
        walk.fail("a period is expected here, as 2026, 2026-27, 2026-Q1, 2026-03 or M1-M18", period)
    walk.expect("on")
    day = _day(walk)
    source = walk.source()
    if not source:
        walk.fail(
            "an exception names where it was published; write it in parentheses, as (2 CFR 200.329)",
        )
    return Published(period.text.upper(), day, source)
