"""Work out when something is due, with a receipt that says why."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from models.facts.receipt import Receipt, Source, Term, term
from models.programme.language.rule import Day, DayPlace, Name, Rule, Shift
from models.rules.dates.anchors import Anchors, KnownDate, find_origin
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.rolling import (
    ReachedDay,
    find_calendar,
    find_day_by_rule,
    find_off,
    list_several_days,
)


class Due(NamedTuple):
    """A due date, or None while its anchor is not known, and the receipt."""

    on: date | None
    receipt: Receipt


def plan_due(rule: Rule, anchors: Anchors, calendar: WorkCalendar) -> Due:
    """Return the due date that the rule gives, with its receipt.

    Months count as SFS 1930:173 section 1 says: to the same day-number, or to the month's last day.
    """
    reached = find_day_by_rule(rule, anchors, calendar)
    if reached.on is None:
        return plan_undated(reached.waits or "", rule)
    own = find_calendar(find_off(rule.otherwise or rule), calendar)
    readings = reached.readings if reached.stays else _silent_readings(reached, own)
    receipt = Receipt(
        counted=reached.counted,
        rolled=reached.rolled.isoformat() if reached.rolled else None,
        source=reached.source,
        notes=(*reached.warnings, *_notes(reached, readings, own)),
        readings=tuple(day.isoformat() for day in readings),
        sources={
            source: day.isoformat()
            for source, day in reached.sources
            if len(readings) > 1 and (reached.stays or own.is_working(day))
        },
        **_as_data(rule, reached, anchors),
    )
    return Due(reached.on, receipt)


def plan_undated(name: str, rule: Rule) -> Due:
    """Return a step without a day, because another day is not known."""
    source = find_origin(rule.otherwise or rule)
    return Due(None, Receipt("waits", name, counted=(term("waits", name=name),), source=source))


def plan_waiting(due: Due, last: date | None) -> Due:
    """Return what a step waits for, and its due date if that is done on its last day."""
    counted = tuple(term(**{**waiting, "last": last}) for waiting in due.receipt.counted)
    return Due(None, replace(due.receipt, counted=counted))


def find_preliminary_day(receipt: Receipt) -> date | None:
    """Return the day of a step that waits for another, if that is done on its last day; None where nobody knows."""
    last = receipt.counted[0].get("last") if receipt.counted else None
    return date.fromisoformat(last) if last else None


def _notes(reached: ReachedDay, readings: tuple[date, ...], calendar: WorkCalendar) -> Iterator[Term]:
    """Yield that a day can be read in several ways, and what becomes of a day off."""
    if reached.readings:
        yield term("read_otherwise", days=readings)
    yield from _day_off(reached.on or date.max, calendar, silent=not reached.stays)


def _day_off(day: date, calendar: WorkCalendar, *, silent: bool = False) -> Iterator[Term]:
    """Yield that a day off stays the due date, or that the rule does not say what becomes of it."""
    if calendar.is_working(day):
        return
    before = calendar.on_or_before(day)
    moved = calendar.on_or_after(day) if silent else None
    kind = "silent_day_off" if silent else "day_off"
    yield term(kind, day=day, place=calendar.place, before=before, moved=moved)


def _silent_readings(reached: ReachedDay, calendar: WorkCalendar) -> tuple[date, ...]:
    """Return the days that a rule without a word on days off may give: a day off, or the working day after.

    A date in a letter stays, as it was written for that day. So does one of our own choice, about
    which nobody needs to be asked.
    """
    days = reached.readings or ((reached.on,) if reached.on else ())
    if all(calendar.is_working(day) for day in days):
        return reached.readings
    return list_several_days([*days, *(calendar.on_or_after(day) for day in days)])


def plan_fixed(day: date, source: Source, formula: Due, calendar: WorkCalendar) -> Due:
    """Return a date that overrides the rule (an extension, a decision letter), and say what it overrides."""
    before: dict[str, object] = {}
    counted = term("day", day=day)
    if formula.on and formula.on != day:
        given_by = _given_by(formula.receipt)
        counted = term("set_over", day=day, was=formula.on, by=given_by or None)
        before = {"on": formula.on.isoformat(), "source": given_by} if given_by else {}
    receipt = Receipt(
        form="fixed",
        anchor_on=formula.on.isoformat() if formula.on else None,
        counted=(counted,),
        made=(term("set", day=day, by=source),),
        source=source,
        before=before,
    )
    return Due(day, receipt.noted(*_day_off(day, calendar)))


def _given_by(receipt: Receipt) -> Source:
    """Return the source of a day that somebody gave; an empty string for a day that a rule counted."""
    given = receipt.form == "fixed" or (receipt.form == "on" and receipt.anchor is not None)
    return receipt.source if given else ""


def plan_confirmed(due: Due, day: date, source: Source, calendar: WorkCalendar) -> Due:
    """Return the reading that a person confirmed, by `source`; `due` unchanged if the day is no reading.

    The rule's own source is then told together with the rule. `settled` holds the texts whose
    reading a person confirmed.
    """
    receipt = due.receipt
    if day.isoformat() not in receipt.readings:
        return due
    confirmed = term("confirmed", day=day)
    changed = replace(
        receipt,
        counted=(*receipt.counted, confirmed),
        made=(*receipt.made, term("confirmed", day=day, source=receipt.source or None)),
        source=source,
        notes=(),
        readings=(),
        sources={},
        settled=tuple(text for text, text_day in receipt.sources.items() if text_day == day.isoformat()),
        form="composed",
    )
    return Due(day, changed.noted(*_day_off(day, calendar)))


def plan_settled(due: Due, settled: Mapping[str, Source], calendar: WorkCalendar) -> Due:
    """Return the reading whose text was confirmed for another step; `due` unchanged for none or for two."""
    confirmed = [(day, settled[text]) for text, day in due.receipt.sources.items() if text in settled]
    if len({day for day, _ in confirmed}) != 1:
        return due
    day, source = confirmed[0]
    return plan_confirmed(due, date.fromisoformat(day), source, calendar)


def plan_brought(due: Due, brought: KnownDate) -> Due:
    """Return the due date of a step that a decision after the award brings, and say that it counts from there."""
    by = brought.counted or (term("day", day=brought.on),)
    return Due(due.on, replace(due.receipt, made=(*due.receipt.made, term("rests_on", by=by))))


def plan_awaited(due: Due, day: date, waiting: str, calendar: WorkCalendar) -> Due:
    """Return the day of the step that waits for this one, which comes before a time of our own choice."""
    receipt = due.receipt
    changed = replace(
        receipt.composed(),
        counted=(*receipt.counted, term("awaited", name=waiting, day=day)),
        made=(*receipt.made, term("awaited", name=waiting)),
    )
    return Due(day, changed.noted(*_day_off(day, calendar)))


def _as_data(rule: Rule, reached: ReachedDay, anchors: Anchors) -> dict[str, Any]:
    """Return the rule as data: a simple rule with its anchor, any other as "composed"."""
    if reached.beaten is not None or (rule.unless and anchors.find(rule.unless)):
        return {"form": "fixed", "anchor_on": reached.beaten.isoformat() if reached.beaten else None}
    rule = rule.otherwise or rule
    what = rule.what
    if isinstance(what, Day):
        return {"form": "on", "anchor_on": what.day.isoformat()}
    name = what.point if isinstance(what, Shift | DayPlace) else what
    known = anchors.find(name.key) if isinstance(name, Name) else None
    if known is None or not isinstance(name, Name) or known.counted or rule.published_for(anchors.period):
        return {"form": "composed"}
    simple = {"anchor": name.key, "anchor_on": known.on.isoformat()}
    if isinstance(what, Shift):
        form = "before" if what.before else "after"
        unit = what.unit.replace(" ", "_")
        return {"form": form, **simple, "count": what.count, "unit": unit}
    if isinstance(what, DayPlace):
        if (what.place, what.relation) != ("end", "of"):
            return {"form": "composed"}
        return {"form": "end_of", **simple, "unit": what.span}
    return {"form": "on", **simple}
