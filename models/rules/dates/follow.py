"""Follow a due rule to its day, or to the days between which someone must choose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from models.facts.term import Source, Term, is_choice, term
from models.programme.due import PERIOD_ANCHORS, DueRule
from models.rules.dates.anchors import Anchors, origin_of
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.counting import count_from

# Counting time in Sweden: months and years end on the same day-number, or on the month's last day (section 1); a
# statutory deadline on a day off moves to the next weekday (section 2).
STATUTE = "SFS 1930:173"
_DAY = timedelta(days=1)
SWEDEN = WorkCalendar("SE")


class Reached(NamedTuple):
    """How far a rule came: a day, or what it waits for; the counting, and what was noticed on the way.

    `readings` are the days that it may be, where that is more than one. `stays` marks a day that a day off does not put
    in question: a letter gives it, another step has it, or the rule says what becomes of it.
    """

    on: date | None
    counted: tuple[Term, ...]
    source: Source = ""
    warnings: tuple[Term, ...] = ()
    waits: str | None = None
    rolled: date | None = None
    beaten: date | None = None
    readings: tuple[date, ...] = ()
    stays: bool = False


def rule_of_period(rule: DueRule, anchors: Anchors) -> DueRule:
    """Return the rule itself, or what it says of the last period: the one in which the grant ends.

    A date that is published for that period holds, wherever of the two it stands.
    """
    if rule.last is None or anchors.period in rule.exceptions:
        return rule
    ends = anchors.find("grant_end_on")
    return rule.last if ends and ends.on == anchors.period_end_on else rule


def calendar_for(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> WorkCalendar:
    """Return whose working days count in the rule: the programme's, where it says no other."""
    if rule.roll == "sfs-1930-173":
        return SWEDEN
    return anchors.calendars.get(rule.calendar, calendar) if rule.calendar else calendar


def reach_rule(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Reached:
    """Return the day that the rule gives, rolled, or the one that wins over it: a published date, or the decision's."""
    rule = rule_of_period(rule, anchors)
    calendar = calendar_for(rule, anchors, calendar)
    reached = _rolled(rule, _reach_form(rule, anchors, calendar), calendar)
    if reached.on is not None and (rule.source or rule.choice):
        reached = reached._replace(source=origin_of(rule))
    published = rule.exceptions.get(anchors.period or "")
    if published is not None:
        reached = _rolled(rule, _beats(published.date, published.source, reached, "published"), calendar)
    if is_choice(origin_of(rule)):
        reached = reached._replace(stays=True)
    given = anchors.find(rule.unless) if rule.unless else None
    if given is not None:
        reached = _beats(given.on, given.source, reached, "decided")._replace(stays=True)
    return reached


def _reach(anchor: str | DueRule, anchors: Anchors, calendar: WorkCalendar) -> Reached:
    if not isinstance(anchor, str):
        return reach_rule(anchor, anchors, calendar)
    known = anchors.find(anchor)
    if known is None:
        return _waiting(anchor)
    warnings = (term("chosen_date", name=anchor),) if known.choice else ()
    counted = known.counted or (_known(known.on),)
    return Reached(known.on, counted, known.source, warnings, stays=anchor not in PERIOD_ANCHORS)


def _known(day: date) -> Term:
    return term("day", day=day)


def _waiting(name: str) -> Reached:
    return Reached(None, (term("waits", name=name),), waits=name)


def _beats(day: date, source: Source, reached: Reached, what: str) -> Reached:
    """Return a day that wins over the rule's, published or decided, and say over which."""
    formula = reached.on
    counted = term(what, day=day)
    if formula is not None and formula != day:
        counted = term(what, day=day, was=formula, by=reached.counted)
    return Reached(day, (counted,), source, beaten=formula if formula != day else None)


def _reach_form(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Reached:
    if rule.date is not None:
        return Reached(rule.date, (_known(rule.date),))
    if rule.fraction is not None:
        return _part_of_time(rule, anchors)
    found = [_reach(one, anchors, calendar) for one in rule.anchors]
    if rule.form in ("earliest_of", "latest_of", "either"):
        return _choose(rule.form, found)
    (start,) = found
    if start.on is None or rule.form == "on":
        return start
    day, step = count_from(rule, start.on, anchors.fiscal_month, calendar)
    # What lies in the rule was counted first; a day that was merely known is repeated in the step itself.
    merely_known = isinstance(rule.anchors[0], str) and [one["kind"] for one in start.counted] == ["day"]
    return Reached(
        day,
        (step,) if merely_known else (*start.counted, step),
        warnings=start.warnings,
        beaten=start.beaten,
        readings=several_days(
            count_from(rule, one, anchors.fiscal_month, calendar)[0] for one in start.readings
        ),
    )


def several_days(days: Iterable[date]) -> tuple[date, ...]:
    """Return the days that there are, in order; none where all are one."""
    found = tuple(sorted(set(days)))
    return found if len(found) > 1 else ()


def _part_of_time(rule: DueRule, anchors: Anchors) -> Reached:
    names = ("period_start", "period_end") if rule.of == "period" else ("grant_start_on", "grant_end_on")
    start, end = (anchors.find(name) for name in names)
    if start is None or end is None:
        return _waiting(names[0] if start is None else names[1])
    top, bottom = (int(part) for part in (rule.fraction or "").split("/"))
    whole = (end.on - start.on).days + 1
    passed = -(-whole * Fraction(top, bottom) // 1)
    day = start.on + (int(passed) - 1) * _DAY
    counted = term("part", on=start.on, to=end.on, whole=whole, fraction=rule.fraction, day=day)
    return Reached(day, (counted,))


def _choose(form: str, found: list[Reached]) -> Reached:
    """Return the earliest or the latest; a day not known yet can make it earlier, and is waited for to be later."""
    known = [one for one in found if one.on is not None]
    waiting = [one for one in found if one.on is None]
    if not known or (waiting and form == "latest_of"):
        return waiting[0]
    chosen = (max if form == "latest_of" else min)(known, key=lambda one: one.on or date.max)
    day = chosen.on or date.max
    counted = term("several", later=form == "latest_of", parts=[one.counted for one in found], day=day)
    warnings = [warning for one in known for warning in one.warnings]
    if waiting:
        warnings.append(term("may_be_earlier", name=waiting[0].waits))
    readings = _readings_of(form, [one.readings or (one.on or date.max,) for one in known])
    return Reached(day, (counted,), chosen.source, tuple(warnings), readings=readings, stays=chosen.stays)


def _readings_of(form: str, ways: list[tuple[date, ...]]) -> tuple[date, ...]:
    """Return the days that the earliest or the latest may be, or either, of parts that may be several days each."""
    days = [day for way in ways for day in way]
    if form == "earliest_of":
        last = min(max(way) for way in ways)
        days = [day for day in days if day <= last]
    if form == "latest_of":
        first = max(min(way) for way in ways)
        days = [day for day in days if day >= first]
    return several_days(days)


def _rolled(rule: DueRule, reached: Reached, calendar: WorkCalendar) -> Reached:
    if reached.on is None or rule.roll is None:
        return reached
    if rule.roll == "none":
        return reached._replace(stays=True)
    move = calendar.on_or_before if rule.roll == "previous" else calendar.on_or_after
    day, readings = reached.on, several_days(move(one) for one in reached.readings)
    moved = move(day)
    if moved == day:
        return reached._replace(readings=readings, stays=True)
    rolled = term("rolled", day=moved, statute=STATUTE if rule.roll == "sfs-1930-173" else None)
    counted = (*reached.counted, rolled)
    return reached._replace(on=moved, counted=counted, rolled=day, readings=readings, stays=True)
