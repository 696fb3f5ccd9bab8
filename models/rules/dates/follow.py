"""Follow a due rule to its day, or to the days between which someone must choose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from models.programme.due import PERIOD_ANCHORS, DueRule
from models.rules.dates.anchors import CHOICE, NOWHERE, Anchors, origin_of
from models.rules.dates.both import Both
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.counting import count_from
from models.rules.dates.rule_words import name_words

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
    counted: Both
    source: Both = NOWHERE
    warnings: tuple[Both, ...] = ()
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
        reached = _rolled(rule, _beats(published.date, published.source, reached, _PUBLISHED), calendar)
    if rule.choice is not None or rule.source.startswith(CHOICE):
        reached = reached._replace(stays=True)
    given = anchors.find(rule.unless) if rule.unless else None
    if given is not None:
        reached = _beats(given.on, given.source, reached, _DECIDED)._replace(stays=True)
    return reached


def _reach(anchor: str | DueRule, anchors: Anchors, calendar: WorkCalendar) -> Reached:
    if not isinstance(anchor, str):
        return reach_rule(anchor, anchors, calendar)
    known = anchors.find(anchor)
    if known is None:
        return _waiting(anchor, anchors)
    warnings = []
    if known.choice:
        said = name_words(anchor, anchors.titles) if anchor in anchors.titles else Both.same(anchor)
        warnings.append(
            Both(
                f"{said.sv} är ett val i våra uppgifter: den verkliga dagen är inte känd",
                f"{said.en} is a choice in the data: the real day is not known",
            )
        )
    counted = known.counted or Both.same(known.on.isoformat())
    source = known.origin or Both.same(known.source)
    return Reached(known.on, counted, source, tuple(warnings), stays=anchor not in PERIOD_ANCHORS)


def _waiting(name: str, anchors: Anchors) -> Reached:
    said = name_words(name, anchors.titles)
    verb = "until" if name.endswith(".done") else "for"
    return Reached(None, Both(f"väntar på {said.sv}", f"waits {verb} {said.en}"), waits=name)


_PUBLISHED = Both("utgivet datum", "the published date")
_DECIDED = Both("beslutets datum", "the decision's date")


def _beats(day: date, source: str, reached: Reached, what: Both) -> Reached:
    """Return a day that wins over the rule's, and say over which."""
    iso, formula = day.isoformat(), reached.on
    counted = Both(f"{what.sv} {iso}", f"{what.en} {iso}")
    if formula is not None and formula != day:
        was = formula.isoformat()
        counted = Both(
            f"{what.sv} {iso} går före regelns {was} ({reached.counted.sv})",
            f"{what.en} {iso} wins over the rule's {was} ({reached.counted.en})",
        )
    return Reached(day, counted, Both.same(source), beaten=formula if formula != day else None)


def _reach_form(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Reached:
    if rule.date is not None:
        return Reached(rule.date, Both.same(rule.date.isoformat()))
    if rule.fraction is not None:
        return _part_of_time(rule, anchors)
    found = [_reach(one, anchors, calendar) for one in rule.anchors]
    if rule.form in ("earliest_of", "latest_of", "either"):
        return _choose(rule.form, found, anchors)
    (start,) = found
    if start.on is None or rule.form == "on":
        return start
    day, step = count_from(rule, start.on, anchors.fiscal_month, calendar)
    # What lies in the rule was counted first; a day that was merely known is repeated in the step itself.
    merely_known = start.counted == Both.same(start.on.isoformat())
    inner = Both.same("") if isinstance(rule.anchors[0], str) and merely_known else start.counted
    return Reached(
        day,
        Both.joined((inner, step), "; "),
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
        return _waiting(names[0] if start is None else names[1], anchors)
    top, bottom = (int(part) for part in (rule.fraction or "").split("/"))
    whole = (end.on - start.on).days + 1
    passed = -(-whole * Fraction(top, bottom) // 1)
    day = start.on + (int(passed) - 1) * _DAY
    counted = Both(
        f"{start.on}–{end.on} är {whole} dagar; {rule.fraction} av dem har gått {day}",
        f"{start.on} to {end.on} is {whole} days; {rule.fraction} of them have passed on {day}",
    )
    return Reached(day, counted)


def _choose(form: str, found: list[Reached], anchors: Anchors) -> Reached:
    """Return the earliest or the latest; a day not known yet can make it earlier, and is waited for to be later."""
    known = [one for one in found if one.on is not None]
    waiting = [one for one in found if one.on is None]
    if not known or (waiting and form == "latest_of"):
        return waiting[0]
    chosen = (max if form == "latest_of" else min)(known, key=lambda one: one.on or date.max)
    mark = (
        Both("den senare: ", "the later: ")
        if form == "latest_of"
        else Both("den tidigare: ", "the earlier: ")
    )
    parts = Both.joined([one.counted for one in found], " | ")
    day = chosen.on or date.max
    counted = Both(f"{parts.sv}; {mark.sv}{day}", f"{parts.en}; {mark.en}{day}")
    warnings = [warning for one in known for warning in one.warnings]
    if waiting:
        name = name_words(waiting[0].waits or "", anchors.titles)
        warnings.append(
            Both(
                f"{name.sv} är inte känt än och kan ge en tidigare dag",
                f"{name.en} is not known yet, and may give an earlier day",
            )
        )
    readings = _readings_of(form, [one.readings or (one.on or date.max,) for one in known])
    return Reached(day, counted, chosen.source, tuple(warnings), readings=readings, stays=chosen.stays)


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
    statute = f" ({STATUTE})" if rule.roll == "sfs-1930-173" else ""
    counted = Both(
        f"{reached.counted.sv}, ingen arbetsdag, flyttad till {moved}{statute}",
        f"{reached.counted.en}, not a working day, moved to {moved}{statute}",
    )
    return reached._replace(on=moved, counted=counted, rolled=day, readings=readings, stays=True)
