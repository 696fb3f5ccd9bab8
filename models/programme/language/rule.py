"""A due rule as a frozen value: two rules with the same meaning are equal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple, TypeAlias

GRANT_DATES = ("grant_start_on", "grant_end_on", "decided_on")
PERIOD_ANCHORS = ("period_start", "period_end", "period_cut_end", "next_period_start")
# The language's names for days that the tables call otherwise.
_KEYS = {
    "grant_start": "grant_start_on",
    "grant_end": "grant_end_on",
    "decision": "decided_on",
    "application": "applied_on",
}
NAMES = (*_KEYS, *PERIOD_ANCHORS)
OF_THE_DECISION = " of the decision"
OUR_CHOICE = "our choice"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Unit = Literal["days", "working days", "months"]
Span = Literal["month", "quarter", "half", "year"]
Relation = Literal["of", "after", "before"]


@dataclass(frozen=True, slots=True)
class Name:
    """A day by name, as written: `grant_end`, `final_report of the decision`, `follow-up.last.done`.

    `at` is its place in the sentence, for messages.
    """

    kind: ClassVar[str] = "name"
    text: str
    at: int = field(default=0, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Its name in tables and plans: `grant_end_on`, or the date's or the step's own name."""
        return _KEYS.get(self.text) or self.text.removesuffix(OF_THE_DECISION)

    @property
    def of_decision(self) -> bool:
        """Whether a decision's letter gives the day."""
        return self.text.endswith(OF_THE_DECISION)


@dataclass(frozen=True, slots=True)
class Shift:
    """A number of days, working days (of a country, if one is named) or months after or before a day."""

    kind: ClassVar[str] = "shift"
    count: int
    unit: Unit
    before: bool
    point: Point
    country: str = ""


@dataclass(frozen=True, slots=True)
class DayPlace:
    """A day within the month, quarter, half or year of another day, or the nth such span from it.

    `place` is "end", "start", a number as "15", or a weekday as "last Friday".
    """

    kind: ClassVar[str] = "place"
    place: str
    nth: int
    span: Span
    relation: Relation
    point: Point


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of every year: the next after a day, the last before it, or the one in the same year (`of`)."""

    kind: ClassVar[str] = "year_day"
    day: int
    month: int
    relation: Relation
    point: Point


@dataclass(frozen=True, slots=True)
class Weekday:
    """The next such weekday after a day, or the last before it; Monday is 0."""

    kind: ClassVar[str] = "weekday"
    weekday: int
    before: bool
    point: Point


@dataclass(frozen=True, slots=True)
class PartOfTime:
    """The day on which a part of the grant's or the period's time has passed."""

    kind: ClassVar[str] = "part"
    fraction: Fraction
    of: Literal["grant", "period"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar."""

    kind: ClassVar[str] = "day"
    day: date


Point: TypeAlias = Name | Day | Shift | DayPlace | YearDay | Weekday | PartOfTime


class DayReading(NamedTuple):
    """A day by one published text, and the text."""

    point: Point
    source: str


@dataclass(frozen=True, slots=True)
class Either:
    """Days between which the published texts differ, each with its source."""

    kind: ClassVar[str] = "either"
    readings: tuple[DayReading, ...]


@dataclass(frozen=True, slots=True)
class SeveralDays:
    """The earlier or the later of several days."""

    kind: ClassVar[str] = "several"
    later: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Off:
    """The move of a day off: it stays, moves to the working day after or before, or by SFS 1930:173."""

    move: Literal["stays", "next", "previous", "statute"]
    country: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """A day that the funder published for one period, and its source."""

    period: str
    on: date
    source: str


@dataclass(frozen=True)
class Rule:
    """A due rule; `otherwise` is the rule until the decision's date that `what` names is given."""

    what: Point | Either | SeveralDays
    off: Off | None = None
    source: str = ""
    exceptions: tuple[Published, ...] = ()
    otherwise: Rule | None = None

    @property
    def is_choice(self) -> bool:
        """Whether the time is our own choice."""
        return self.source.lower().startswith(OUR_CHOICE)

    @property
    def at(self) -> str | None:
        """The key of the day that the rule takes by name, unchanged; None for a rule that counts."""
        return self.what.key if isinstance(self.what, Name) and self.otherwise is None else None

    @property
    def unless(self) -> str | None:
        """The key of the decision's date that overrides the rule once it is given."""
        return self.what.key if isinstance(self.what, Name) and self.otherwise is not None else None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The keys of every day that the rule counts from, also of those that a part of time implies."""
        keys = [key for point in points_of(self) for key in _keys(point)]
        return tuple(dict.fromkeys(keys))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of its readings, each once; empty for a rule with one reading."""
        what = (self.otherwise or self).what
        return (
            tuple(dict.fromkeys(reading.source for reading in what.readings))
            if isinstance(what, Either)
            else ()
        )

    def published_for(self, period: str | None) -> Published | None:
        """Return the day that was published for the period, if any."""
        rule = self.otherwise or self
        return next((exception for exception in rule.exceptions if exception.period == period), None)

    def says_fixed_day(self, period: str | None) -> bool:
        """Return whether the rule names a calendar day itself, or one published for the period."""
        is_fixed = any(isinstance(point, Day | YearDay) for point in points_of(self))
        return is_fixed or self.published_for(period) is not None


def _keys(point: Point) -> tuple[str, ...]:
    if isinstance(point, Name):
        return (point.key,)
    if isinstance(point, PartOfTime):
        return ("period_start", "period_cut_end") if point.of == "period" else GRANT_DATES[:2]
    return ()


def points_of(rule: Rule) -> Iterator[Point]:
    """Yield every day that the rule names or counts, the outer ones first."""
    for top in tops_of(rule):
        inner: Point | None = top
        while inner is not None:
            yield inner
            inner = inner.point if isinstance(inner, Shift | DayPlace | YearDay | Weekday) else None
    if rule.otherwise is not None:
        yield from points_of(rule.otherwise)


def tops_of(rule: Rule) -> tuple[Point, ...]:
    """Return the day of the rule, or the days that it chooses between."""
    if isinstance(rule.what, Either):
        return tuple(point for point, _ in rule.what.readings)
    return rule.what.points if isinstance(rule.what, SeveralDays) else (rule.what,)


def renamed(rule: Rule, new_name: dict[str, str]) -> Rule:
    """Return the rule with some of the names that it counts from replaced."""

    def changed(point: Point) -> Point:
        if isinstance(point, Name):
            return replace(point, text=new_name.get(point.text, point.text))
        if isinstance(point, Shift | DayPlace | YearDay | Weekday):
            return replace(point, point=changed(point.point))
        return point

    what = rule.what
    otherwise = rule.otherwise
    new: Point | Either | SeveralDays
    if isinstance(what, Either):
        new = Either(tuple(DayReading(changed(point), source) for point, source in what.readings))
    elif isinstance(what, SeveralDays):
        new = SeveralDays(what.later, tuple(map(changed, what.points)))
    else:
        new = changed(what)
    return replace(rule, what=new, otherwise=renamed(otherwise, new_name) if otherwise else None)
