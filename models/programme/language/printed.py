"""Print a due rule back as its sentence: reading it again gives the same rule."""

from __future__ import annotations

from itertools import chain

from models.programme.language.rule import (
    Day,
    Either,
    Name,
    Off,
    Part,
    Place,
    Point,
    Rule,
    Several,
    Shift,
    Weekday,
    YearDay,
)

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_MOVES = {
    "next": "or the next working day",
    "previous": "or the working day before",
    "stays": "even on a day off",
    "statute": "by SFS 1930:173",
}


def ordinal(number: int) -> str:
    """Return a number as "15th" or "2nd"."""
    return f"{number}{'th' if 10 < number % 100 < 14 else _ENDINGS.get(number % 10, 'th')}"


def print_rule(rule: Rule) -> str:
    """Return the rule as its sentence."""
    if rule.otherwise is not None and isinstance(rule.what, Name):
        return f"at {rule.what.text} else {print_rule(rule.otherwise)}"
    parts = [_what(rule), _off(rule.off), _source(rule.source)]
    parts += chain.from_iterable(
        (f"except {one.period} on {one.on}", _source(one.source)) for one in rule.exceptions
    )
    return " ".join(filter(None, parts))


def _what(rule: Rule) -> str:
    what = rule.what
    if isinstance(what, Either):
        readings = (f"{print_point(point)} {_source(source)}" for point, source in what.readings)
        return f"either {' or '.join(readings)}"
    if isinstance(what, Several):
        return f"{'later' if what.later else 'earlier'} of {' and '.join(map(print_point, what.points))}"
    lead = "at " if isinstance(what, Name) else "on " if isinstance(what, Day) else ""
    return f"{lead}{print_point(what)}"


def print_point(point: Point) -> str:
    """Return a day of a rule as the sentence says it."""
    if isinstance(point, Name):
        return point.text
    if isinstance(point, Day):
        return point.day.isoformat()
    if isinstance(point, Part):
        return f"{point.fraction.numerator}/{point.fraction.denominator} of the {point.of}"
    inner = print_point(point.point)
    if isinstance(point, Shift):
        unit = point.unit.removesuffix("s") if point.count == 1 else point.unit
        place = f" in {point.country}" if point.country else ""
        return f"{point.count} {unit}{place} {_side(point.before)} {inner}"
    if isinstance(point, Place):
        place = ordinal(int(point.place)) if point.place.isdecimal() else point.place
        which = f"{ordinal(point.nth)} " if point.nth > 1 else ""
        return f"{place} of the {which}{point.span} {point.relation} {inner}"
    if isinstance(point, YearDay):
        relation = "of the year of" if point.relation == "of" else point.relation
        return f"{point.day} {MONTHS[point.month - 1]} {relation} {inner}"
    if isinstance(point, Weekday):
        return f"{WEEKDAYS[point.weekday]} {_side(point.before)} {inner}"
    raise TypeError(f"no words for {point}")


def _side(before: bool) -> str:
    return "before" if before else "after"


def _off(off: Off | None) -> str:
    if off is None:
        return ""
    return f"{_MOVES[off.move]} in {off.country}" if off.country else _MOVES[off.move]


def _source(source: str) -> str:
    return f"({source})" if source else ""
