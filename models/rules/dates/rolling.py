"""Follow a due rule to its day, roll it off weekends and holidays, and find rules with two readings."""

import math
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from models.facts.receipt import Source, Term, term
from models.programme.language.rule import (
    Day,
    Either,
    Name,
    Off,
    PartOfTime,
    Point,
    Published,
    Rule,
    SeveralDays,
    Shift,
    tops_of,
)
from models.rules.dates.anchors import Anchors, KnownDate, find_origin
from models.rules.dates.calendar import WorkCalendar, count_from, offices_in

# Counting time in Sweden: months and years end on the same day-number, or on the month's last day (section 1); a
# statutory deadline on a day off moves to the next weekday (section 2).
STATUTE = "SFS 1930:173"
SWEDEN = WorkCalendar("SE")


class ReachedDay(NamedTuple):
    """How far a rule came: a day, or the name it waits for; the counting, and the warnings on the way.

    `readings` are the possible days, if there is more than one, and `sources` the texts that give
    each. `stays` marks a day that is right even on a day off: a letter gives it, another step has
    it, or the rule says so.
    """

    on: date | None
    counted: tuple[Term, ...]
    source: Source = ""
    warnings: tuple[Term, ...] = ()
    waits: str | None = None
    rolled: date | None = None
    beaten: date | None = None
    readings: tuple[date, ...] = ()
    sources: tuple[tuple[str, date], ...] = ()
    stays: bool = False


def find_calendar(off: Off | None, calendar: WorkCalendar) -> WorkCalendar:
    """Return the calendar whose days off move a day: the programme's, unless the rule names another."""
    if off is not None and off.move == "statute":
        return SWEDEN
    return offices_in(off.country) if off is not None and off.country else calendar


def find_off(rule: Rule) -> Off | None:
    """Return where a day off moves; a time of our own choice moves away from the day it counts from."""
    if rule.off is None and rule.is_choice:
        before = isinstance(rule.what, Shift) and rule.what.before
        return Off("previous" if before else "next")
    return rule.off


def find_day_by_rule(rule: Rule, anchors: Anchors, calendar: WorkCalendar) -> ReachedDay:
    """Return the day that the rule gives, rolled, or the published or decided date that overrides it."""
    if rule.otherwise is not None and isinstance(rule.what, Name):
        reached = find_day_by_rule(rule.otherwise, anchors, calendar)
        given = anchors.find(rule.what.key)
        if given is None:
            return reached
        return _beats(given.on, given.source, reached, "decided")._replace(stays=True)
    reached = _rolled(rule, _reach_whole(rule, anchors, calendar), calendar)
    if reached.on is not None and rule.source:
        reached = reached._replace(source=find_origin(rule))
    published = rule.published_for(anchors.period)
    return reached if published is None else _published(rule, published, reached, calendar)


def _published(rule: Rule, published: Published, reached: ReachedDay, calendar: WorkCalendar) -> ReachedDay:
    stated = _beats(published.on, published.source, reached, "published")._replace(stays=True)
    return _rolled(rule, stated, calendar)


def _reach_whole(rule: Rule, anchors: Anchors, calendar: WorkCalendar) -> ReachedDay:
    reached_days = [_reach(top, anchors, calendar) for top in tops_of(rule)]
    if isinstance(rule.what, Either):
        sourced = (source for _, source in rule.what.readings)
        reached_days = [
            reached._replace(source=source) for reached, source in zip(reached_days, sourced, strict=True)
        ]
        chosen = _choose(reached_days, later=False, either=True)
        sources = tuple((str(reach.source), reach.on) for reach in reached_days if reach.on is not None)
        return chosen._replace(sources=sources if chosen.readings else ())
    if isinstance(rule.what, SeveralDays):
        return _choose(reached_days, later=rule.what.later)
    return reached_days[0]


def _reach(point: Point, anchors: Anchors, calendar: WorkCalendar) -> ReachedDay:
    if isinstance(point, Day):
        return ReachedDay(point.day, (_known(point.day),), stays=True)
    if isinstance(point, PartOfTime):
        return _part_of_time(point, anchors)
    if isinstance(point, Name):
        return _named(point, anchors)
    start = _reach(point.point, anchors, calendar)
    if start.on is None:
        return start
    if isinstance(point, Shift) and point.country:
        calendar = offices_in(point.country)
    day, steps = count_from(point, start.on, calendar)
    # What the inner point counted comes first. A day that was merely known is repeated by the step itself.
    merely_known = isinstance(point.point, Name | Day) and [counted["kind"] for counted in start.counted] == [
        "day"
    ]
    return ReachedDay(day, steps if merely_known else (*start.counted, *steps), warnings=start.warnings)


def _named(name: Name, anchors: Anchors) -> ReachedDay:
    anchor = anchors.find(name.key)
    if anchor is None:
        return _waiting(name.key)
    warnings = (term("chosen_date", name=name.key),) if anchor.choice else ()
    counted = anchor.counted or (_known(anchor.on),)
    return ReachedDay(anchor.on, counted, anchor.source, warnings, stays=True)


def _known(day: date) -> Term:
    return term("day", day=day)


def _waiting(name: str) -> ReachedDay:
    return ReachedDay(None, (term("waits", name=name),), waits=name)


def _beats(day: date, source: Source, reached: ReachedDay, what: str) -> ReachedDay:
    """Return a day that overrides the rule's, published or decided, and say which day it overrides."""
    formula = reached.on
    counted = term(what, day=day)
    if formula is not None and formula != day:
        counted = term(what, day=day, was=formula, by=reached.counted)
    return ReachedDay(day, (counted,), source, beaten=formula if formula != day else None)


def list_several_days(days: Iterable[date]) -> tuple[date, ...]:
    """Return the different days, in order; none if all are the same."""
    different = tuple(sorted(set(days)))
    return different if len(different) > 1 else ()


def _part_of_time(part: PartOfTime, anchors: Anchors) -> ReachedDay:
    names = ("period_start", "period_cut_end") if part.of == "period" else ("grant_start_on", "grant_end_on")
    start, end = (anchors.find(name) for name in names)
    if start is None or end is None:
        return _waiting(names[0] if start is None else names[1])
    whole = (end.on - start.on).days + 1
    passed = math.ceil(whole * part.fraction)
    day = start.on + timedelta(days=int(passed) - 1)
    part_name = f"{part.fraction.numerator}/{part.fraction.denominator}"
    return ReachedDay(day, (term("part", on=start.on, to=end.on, whole=whole, fraction=part_name, day=day),))


def _choose(reached: list[ReachedDay], *, later: bool, either: bool = False) -> ReachedDay:
    """Return the earliest or the latest day.

    An unknown day can only make the earliest one earlier; the latest one waits for it.
    """
    dated = [reach for reach in reached if reach.on is not None]
    waiting = [reach for reach in reached if reach.on is None]
    if not dated or (waiting and later):
        return waiting[0]
    chosen = (max if later else min)(dated, key=lambda reach: reach.on or date.max)
    day = chosen.on or date.max
    counted = term("several", later=later, parts=[reach.counted for reach in reached], day=day)
    warnings = [warning for reach in dated for warning in reach.warnings]
    if waiting:
        warnings.append(term("may_be_earlier", name=waiting[0].waits))
    readings = list_several_days(reach.on for reach in dated if reach.on is not None) if either else ()
    return ReachedDay(day, (counted,), chosen.source, tuple(warnings), readings=readings, stays=chosen.stays)


def _rolled(rule: Rule, reached: ReachedDay, programme_calendar: WorkCalendar) -> ReachedDay:
    off = find_off(rule)
    if reached.on is None or off is None:
        return reached
    if off.move == "stays":
        return reached._replace(stays=True)
    calendar = find_calendar(off, programme_calendar)
    move = calendar.on_or_before if off.move == "previous" else calendar.on_or_after
    day = reached.on
    readings = list_several_days(move(reading) for reading in reached.readings)
    reached = reached._replace(sources=tuple((source, move(given)) for source, given in reached.sources))
    moved = move(day)
    if moved == day:
        return reached._replace(readings=readings, stays=True)
    rolled = term("rolled", day=moved, statute=STATUTE if off.move == "statute" else None)
    counted = (*reached.counted, rolled)
    return reached._replace(on=moved, counted=counted, rolled=day, readings=readings, stays=True)


_FIRST = date(2025, 1, 1)
_LAST = date(2034, 12, 31)


def find_readings(rule: Rule, calendar: WorkCalendar) -> tuple[list[date], list[date]] | None:
    """Return for which days of ten years the readings of a rule differ, and for which they agree.

    None for a rule that has no readings, or that counts from several days.
    """
    rule = rule.otherwise or rule
    if not isinstance(rule.what, Either) or len(rule.names) != 1:
        return None
    (name,) = rule.names
    differ: list[date] = []
    same: list[date] = []
    for count in range((_LAST - _FIRST).days + 1):
        day = _FIRST + timedelta(days=count)
        done = {name.removesuffix(".done"): day}
        reached = find_day_by_rule(rule, Anchors({name: KnownDate(day)}, done=done), calendar)
        (differ if len(reached.readings) > 1 else same).append(day)
    return differ, same
