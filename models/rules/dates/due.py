"""Work out when something is due, with a receipt that says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from models.programme.due import DueRule
from models.rules.dates.anchors import Anchors, KnownDate, origin_of
from models.rules.dates.both import Both
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.day_off_words import silent_note, stays_note
from models.rules.dates.follow import Reached, calendar_for, reach_rule, rule_of_period, several_days
from models.rules.dates.rule_words import rule_words


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a date is what it is.

    `rule` is the rule in words, `arithmetic` the counting ("2010-03-31 + 1 month = 2010-04-30"), `rolled` the day
    before rolling (None when it did not roll), `source` the citation, `warnings` what a person should know; `sv`
    holds rule, arithmetic and warnings in Swedish, and the source where it is another there. `readings` are the days
    between which a person must choose. `meeting` holds the days on the way to the meeting that takes an approval, as
    models.rules.dates.committee plans them. `before` is, of a date that was set over another which was given too (by a
    decision, by a person) and not counted by the programme's rule, that other: its day (`on`) and source. The rest
    repeats a simple rule as data, for the letters: form, anchor, its day, and the shift.
    """

    rule: str
    arithmetic: str
    rolled: str | None = None
    source: str = ""
    warnings: tuple[str, ...] = ()
    form: str = ""
    anchor: str | None = None
    anchor_on: str | None = None
    count: int | None = None
    unit: str | None = None
    readings: tuple[str, ...] = ()
    meeting: Mapping[str, Any] = field(default_factory=dict)
    sv: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON values."""
        return {
            "rule": self.rule,
            "arithmetic": self.arithmetic,
            "rolled": self.rolled,
            "source": self.source,
            "warnings": list(self.warnings),
            "form": self.form,
            "anchor": self.anchor,
            "anchor_on": self.anchor_on,
            "count": self.count,
            "unit": self.unit,
            "readings": list(self.readings),
            "meeting": self.meeting,
            "sv": self.sv,
            **({"before": self.before} if self.before else {}),
        }

    def warned(self, *more: Both) -> Receipt:
        """Return the receipt with warnings added, in both languages."""
        swedish = {**self.sv, "warnings": [*self.sv.get("warnings", ()), *(one.sv for one in more)]}
        return replace(self, warnings=(*self.warnings, *(one.en for one in more)), sv=swedish)


class Due(NamedTuple):
    """A due date, or None while its anchor is not known, and the receipt."""

    on: date | None
    receipt: Receipt


def work_out_due(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Due:
    """Return the due date that the rule gives, with its receipt.

    Months count as SFS 1930:173 section 1 says: to the same day-number, or to the month's last day.
    """
    rule = rule_of_period(rule, anchors)
    words = rule_words(rule, anchors.titles)
    reached = reach_rule(rule, anchors, calendar)
    if reached.on is None:
        origin = origin_of(rule)
        swedish = {"rule": words.sv, "arithmetic": reached.counted.sv, "warnings": [], **_in_swedish(origin)}
        said = words.en, reached.counted.en
        return Due(None, Receipt(*said, source=origin.en, form="waits", anchor=reached.waits, sv=swedish))
    own = calendar_for(rule, anchors, calendar)
    readings = reached.readings if reached.stays else _silent_readings(reached, own)
    warnings = [*reached.warnings, *_notes(reached, readings, own)]
    receipt = Receipt(
        words.en,
        reached.counted.en,
        rolled=reached.rolled.isoformat() if reached.rolled else None,
        source=reached.source.en,
        warnings=tuple(one.en for one in warnings),
        readings=tuple(day.isoformat() for day in readings),
        sv={
            "rule": words.sv,
            "arithmetic": reached.counted.sv,
            "warnings": [one.sv for one in warnings],
            **_in_swedish(reached.source),
        },
        **_as_data(rule, reached, anchors),
    )
    return Due(reached.on, receipt)


def _in_swedish(source: Both) -> dict[str, str]:
    return {"source": source.sv} if source.sv != source.en else {}


def _notes(reached: Reached, readings: tuple[date, ...], calendar: WorkCalendar) -> Iterator[Both]:
    """Yield that a day can be read in several ways, and what becomes of a day off."""
    if reached.readings:
        days = ", ".join(day.isoformat() for day in readings)
        yield Both(
            f"det läses olika ({days}): den tidigaste gäller tills någon bekräftar vilken",
            f"it is read in more than one way ({days}): the earliest holds until someone confirms which",
        )
    day = reached.on or date.max
    if note := stays_note(day, calendar) if reached.stays else silent_note(day, calendar):
        yield note


def _silent_readings(reached: Reached, calendar: WorkCalendar) -> tuple[date, ...]:
    """Return the days that a rule may give which says nothing about days off: a day off, or the working day after it.

    A date in a letter stays: it was written for that day. So does one of our own choice, about which nobody needs to
    be asked.
    """
    days = reached.readings or ((reached.on,) if reached.on else ())
    if all(calendar.is_working(day) for day in days):
        return reached.readings
    return several_days([*days, *(calendar.on_or_after(day) for day in days)])


def fixed_due(day: date, source: str, formula: Due, calendar: WorkCalendar) -> Due:
    """Return a date that beats the rule (an extension, a decision letter), and say what it beats."""
    iso, before = day.isoformat(), {}
    counted = Both.same(iso)
    if formula.on and formula.on != day:
        was, given_by = formula.on.isoformat(), _given_by(formula.receipt)
        counted = Both(f"{iso}; det går före regelns {was}", f"{iso}; it beats the rule's {was}")
        if given_by:
            before = {"on": was, "source": given_by}
            counted = Both(f"{iso}; det går före {was} ({given_by})", f"{iso}; it beats {was} ({given_by})")
    receipt = Receipt(
        rule=f"{iso}, set by {source}",
        arithmetic=counted.en,
        source=source,
        form="fixed",
        anchor_on=formula.on.isoformat() if formula.on else None,
        sv={"rule": f"{iso}, bestämt av {source}", "arithmetic": counted.sv},
        before=before,
    )
    note = stays_note(day, calendar)
    return Due(day, receipt.warned(note) if note else receipt)


def _given_by(receipt: Receipt) -> str:
    """Return who gave the receipt's day, where that was no rule's counting: its source; else an empty string."""
    given = receipt.form == "fixed" or (receipt.form == "on" and receipt.anchor is not None)
    return receipt.source if given else ""


def confirmed_due(due: Due, day: date, source: str, calendar: WorkCalendar) -> Due:
    """Return the reading that a person confirmed, by `source`; the date as it was when the day is none of them.

    The rule's own source is then said with the rule.
    """
    iso = day.isoformat()
    if iso not in due.receipt.readings:
        return due
    receipt = due.receipt
    rule = Both(
        f"{receipt.sv['rule']}{_cited(receipt.sv.get('source', receipt.source))}; {iso} är bekräftat",
        f"{receipt.rule}{_cited(receipt.source)}; {iso} is confirmed",
    )
    arithmetic = Both(
        f"{receipt.sv['arithmetic']}; {iso} är bekräftat", f"{receipt.arithmetic}; {iso} is confirmed"
    )
    receipt = replace(
        receipt,
        rule=rule.en,
        arithmetic=arithmetic.en,
        source=source,
        warnings=(),
        readings=(),
        form="composed",
        sv={"rule": rule.sv, "arithmetic": arithmetic.sv, "warnings": []},
    )
    note = stays_note(day, calendar)
    return Due(day, receipt.warned(note) if note else receipt)


def _cited(source: str) -> str:
    return f" ({source})" if source else ""


def brought_due(due: Due, brought: KnownDate) -> Due:
    """Return the due date of a step that a later decision than the award brings, and say that it counts from there."""
    receipt, by = due.receipt, brought.counted or Both.same(brought.on.isoformat())
    rule = Both(
        f"{receipt.sv['rule']}; räknat från {by.sv}, som steget bygger på",
        f"{receipt.rule}; counted from {by.en}, on which the step rests",
    )
    return Due(due.on, replace(receipt, rule=rule.en, sv={**receipt.sv, "rule": rule.sv}))


def awaited_due(due: Due, day: date, waiting: Both, calendar: WorkCalendar) -> Due:
    """Return the due date of the step that waits for this one, which comes before a time of our own choice."""
    receipt, iso = due.receipt, day.isoformat()
    rule = Both(
        f"{receipt.sv['rule']}; senast när ”{waiting.sv}”, som väntar på det, ska vara klart",
        f"{receipt.rule}; at the latest when “{waiting.en}”, which waits for it, is due",
    )
    counted = Both(
        f"{receipt.sv['arithmetic']}; ”{waiting.sv}” ska vara klart {iso}",
        f"{receipt.arithmetic}; “{waiting.en}” is due on {iso}",
    )
    changed = replace(
        receipt,
        rule=rule.en,
        arithmetic=counted.en,
        rolled=None,
        warnings=(),
        form="composed",
        anchor=None,
        anchor_on=None,
        count=None,
        unit=None,
        sv={**receipt.sv, "rule": rule.sv, "arithmetic": counted.sv, "warnings": []},
    )
    note = stays_note(day, calendar)
    return Due(day, changed.warned(note) if note else changed)


def _as_data(rule: DueRule, reached: Reached, anchors: Anchors) -> dict[str, Any]:
    """Return the rule as data: a simple one with its anchor, any other as composed of others."""
    if reached.beaten is not None or (rule.unless and anchors.find(rule.unless)):
        return {"form": "fixed", "anchor_on": reached.beaten.isoformat() if reached.beaten else None}
    if rule.date is not None:
        return {"form": "on", "anchor_on": rule.date.isoformat()}
    (name, *more) = rule.anchors or (None,)
    simple = rule.form in ("on", "after", "before", "end_of") and isinstance(name, str)
    known = anchors.find(name) if simple and isinstance(name, str) else None
    worked_out = known is None or known.counted is not None
    if (
        known is None
        or worked_out
        or more
        or anchors.period in rule.exceptions
        or rule.end_of == "fiscal_year"
    ):
        return {"form": "composed"}
    count, unit = rule.shift or (None, rule.end_of)
    return {
        "form": rule.form,
        "anchor": name,
        "anchor_on": known.on.isoformat(),
        "count": count,
        "unit": unit,
    }
