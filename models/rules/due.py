"""Work out when something is due, with a receipt that says why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from models.body_rule import BodyRule
from models.due_rule import PERIOD_ANCHORS, DueRule
from models.rules.both import Both
from models.rules.day_counting import count_from
from models.rules.day_off_words import silent_note, stays_note
from models.rules.rule_words import Titles, name_words, rule_words
from models.rules.workdays import WorkCalendar

# Counting time in Sweden: months and years end on the same day-number, or on the month's last day (section 1); a
# statutory deadline on a day off moves to the next weekday (section 2).
STATUTE = "SFS 1930:173"
# How a programme marks a time that its authors chose, where the funder's rules say nothing.
CHOICE = "choice"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KnownDate:
    """A date and where it comes from; `choice` marks one that was chosen because nobody knows it.

    `counted` is how it was worked out, where it was, and `origin` its source in both languages, where that is known.
    """

    on: date
    source: str = ""
    choice: bool = False
    counted: Both | None = None
    origin: Both | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a date is what it is.

    `rule` is the rule in words, `arithmetic` the counting ("2010-03-31 + 1 month = 2010-04-30"), `rolled` the day
    before rolling (None when it did not roll), `source` the citation, `warnings` what a person should know; `sv`
    holds rule, arithmetic and warnings in Swedish, and the source where it is another there. `readings` are the days
    between which a person must choose. `meeting` holds the days on the way to the meeting that takes an approval, as
    models.rules.committee plans them. The rest repeats a simple rule as data, for the letters: form, anchor, its day,
    and the shift.
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
        }

    def warned(self, *more: Both) -> Receipt:
        """Return the receipt with warnings added, in both languages."""
        swedish = {**self.sv, "warnings": [*self.sv.get("warnings", ()), *(one.sv for one in more)]}
        return replace(self, warnings=(*self.warnings, *(one.en for one in more)), sv=swedish)


@dataclass(frozen=True, slots=True)
class Due:
    """A due date, or None while its anchor is not known, and the receipt."""

    on: date | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a rule may count from: named dates, steps' due dates, the days steps were done, and the step's period.

    `titles` call them by name, `calendars` are the programme's further ones, a fiscal year begins in `fiscal_month`.
    """

    dates: Mapping[str, KnownDate] = field(default_factory=dict)
    due: Mapping[str, date | None] = field(default_factory=dict)
    done: Mapping[str, date] = field(default_factory=dict)
    period_start_on: date | None = None
    period_end_on: date | None = None
    period: str | None = None
    titles: Titles = field(default_factory=dict)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict)
    fiscal_month: int = 1

    def find(self, name: str) -> KnownDate | None:
        """Return the day that the name stands for, or None while it is not known."""
        if name == "period_start":
            return KnownDate(self.period_start_on) if self.period_start_on else None
        if name == "period_end":
            return KnownDate(self.period_end_on) if self.period_end_on else None
        if name.endswith(".done"):
            day = self.done.get(name.removesuffix(".done"))
            return KnownDate(day) if day else None
        if name in self.dates:
            return self.dates[name]
        day = self.due.get(name)
        return KnownDate(day) if day else None


NOWHERE = Both("", "")


def origin_of(rule: DueRule | BodyRule) -> Both:
    """Return where the rule is written, or that it is our own choice, in both languages."""
    if rule.choice is None:
        return Both.same(rule.source) if rule.source else NOWHERE
    return Both(f"{CHOICE}: {rule.choice.sv}", f"{CHOICE}: {rule.choice.en}")


def _in_swedish(source: Both) -> dict[str, str]:
    return {"source": source.sv} if source.sv != source.en else {}


@dataclass(frozen=True, slots=True)
class _Reached:
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


def work_out_day(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> date | None:
    """Return the day that the rule gives, without saying why; None while it is not known."""
    return _reach_rule(rule, anchors, calendar).on


def work_out_due(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Due:
    """Return the due date that the rule gives, with its receipt.

    Months count as SFS 1930:173 section 1 says: to the same day-number, or to the month's last day.
    """
    words = rule_words(rule, anchors.titles)
    reached = _reach_rule(rule, anchors, calendar)
    if reached.on is None:
        origin = origin_of(rule)
        swedish = {"rule": words.sv, "arithmetic": reached.counted.sv, "warnings": [], **_in_swedish(origin)}
        said = words.en, reached.counted.en
        return Due(None, Receipt(*said, source=origin.en, form="waits", anchor=reached.waits, sv=swedish))
    own = _calendar_for(rule, anchors, calendar)
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


def _notes(reached: _Reached, readings: tuple[date, ...], calendar: WorkCalendar) -> Iterator[Both]:
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


def fixed_due(day: date, source: str, formula: Due, calendar: WorkCalendar) -> Due:
    """Return a date that beats the rule (an extension, a decision letter), and say what it beats."""
    iso = day.isoformat()
    counted = Both.same(iso)
    if formula.on and formula.on != day:
        was = formula.on.isoformat()
        counted = Both(f"{iso}; det går före regelns {was}", f"{iso}; it beats the rule's {was}")
    receipt = Receipt(
        rule=f"{iso}, set by {source}",
        arithmetic=counted.en,
        source=source,
        form="fixed",
        anchor_on=formula.on.isoformat() if formula.on else None,
        sv={"rule": f"{iso}, bestämt av {source}", "arithmetic": counted.sv},
    )
    note = stays_note(day, calendar)
    return Due(day, receipt.warned(note) if note else receipt)


def confirmed_due(due: Due, day: date, source: str, calendar: WorkCalendar) -> Due:
    """Return the reading that a person confirmed; the date as it was when the day is none of the readings."""
    iso = day.isoformat()
    if iso not in due.receipt.readings:
        return due
    receipt = due.receipt
    arithmetic = Both(
        f"{receipt.sv['arithmetic']}; {iso} är bekräftat", f"{receipt.arithmetic}; {iso} is confirmed"
    )
    receipt = replace(
        receipt,
        arithmetic=arithmetic.en,
        source=source,
        warnings=(),
        readings=(),
        form="composed",
        sv={"rule": receipt.sv["rule"], "arithmetic": arithmetic.sv, "warnings": []},
    )
    note = stays_note(day, calendar)
    return Due(day, receipt.warned(note) if note else receipt)


def awaited_due(due: Due, day: date, waiting: Both, calendar: WorkCalendar) -> Due:
    """Return the due date of the step that waits for this one, which comes before a time of our own choice."""
    receipt, iso = due.receipt, day.isoformat()
    rule = Both(
        f"{receipt.sv['rule']}; senast när ”{waiting.sv}”, som väntar på det, ska vara klart",
        f'{receipt.rule}; at the latest when "{waiting.en}", which waits for it, is due',
    )
    counted = Both(
        f"{receipt.sv['arithmetic']}; ”{waiting.sv}” ska vara klart {iso}",
        f'{receipt.arithmetic}; "{waiting.en}" is due on {iso}',
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


def _as_data(rule: DueRule, reached: _Reached, anchors: Anchors) -> dict[str, Any]:
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


def _reach(anchor: str | DueRule, anchors: Anchors, calendar: WorkCalendar) -> _Reached:
    if not isinstance(anchor, str):
        return _reach_rule(anchor, anchors, calendar)
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
    return _Reached(known.on, counted, source, tuple(warnings), stays=anchor not in PERIOD_ANCHORS)


def _waiting(name: str, anchors: Anchors) -> _Reached:
    said = name_words(name, anchors.titles)
    verb = "until" if name.endswith(".done") else "for"
    return _Reached(None, Both(f"väntar på {said.sv}", f"waits {verb} {said.en}"), waits=name)


def _reach_rule(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> _Reached:
    calendar = _calendar_for(rule, anchors, calendar)
    reached = _rolled(rule, _reach_form(rule, anchors, calendar), calendar)
    if reached.on is not None and (rule.source or rule.choice):
        reached = replace(reached, source=origin_of(rule))
    published = rule.exceptions.get(anchors.period or "")
    if published is not None:
        reached = _rolled(rule, _beats(published.date, published.source, reached, _PUBLISHED), calendar)
    if rule.choice is not None or rule.source.startswith(CHOICE):
        reached = replace(reached, stays=True)
    given = anchors.find(rule.unless) if rule.unless else None
    if given is not None:
        reached = replace(_beats(given.on, given.source, reached, _DECIDED), stays=True)
    return reached


_PUBLISHED = Both("utgivet datum", "the published date")
_DECIDED = Both("beslutets datum", "the decision's date")


def _beats(day: date, source: str, reached: _Reached, what: Both) -> _Reached:
    """Return a day that wins over the rule's, and say over which."""
    iso, formula = day.isoformat(), reached.on
    counted = Both(f"{what.sv} {iso}", f"{what.en} {iso}")
    if formula is not None and formula != day:
        was = formula.isoformat()
        counted = Both(
            f"{what.sv} {iso} går före regelns {was} ({reached.counted.sv})",
            f"{what.en} {iso} wins over the rule's {was} ({reached.counted.en})",
        )
    return _Reached(day, counted, Both.same(source), beaten=formula if formula != day else None)


def _reach_form(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> _Reached:
    if rule.date is not None:
        return _Reached(rule.date, Both.same(rule.date.isoformat()))
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
    return _Reached(
        day,
        Both.joined((inner, step), "; "),
        warnings=start.warnings,
        beaten=start.beaten,
        readings=_several(count_from(rule, one, anchors.fiscal_month, calendar)[0] for one in start.readings),
    )


def _several(days: Iterable[date]) -> tuple[date, ...]:
    """Return the days that there are, in order; none where all are one."""
    found = tuple(sorted(set(days)))
    return found if len(found) > 1 else ()


def _part_of_time(rule: DueRule, anchors: Anchors) -> _Reached:
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
    return _Reached(day, counted)


def _choose(form: str, found: list[_Reached], anchors: Anchors) -> _Reached:
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
    return _Reached(day, counted, chosen.source, tuple(warnings), readings=readings, stays=chosen.stays)


def _readings_of(form: str, ways: list[tuple[date, ...]]) -> tuple[date, ...]:
    """Return the days that the earliest or the latest may be, or either, of parts that may be several days each."""
    days = [day for way in ways for day in way]
    if form == "earliest_of":
        last = min(max(way) for way in ways)
        days = [day for day in days if day <= last]
    if form == "latest_of":
        first = max(min(way) for way in ways)
        days = [day for day in days if day >= first]
    return _several(days)


def _calendar_for(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> WorkCalendar:
    if rule.roll == "sfs-1930-173":
        return SWEDEN
    return anchors.calendars.get(rule.calendar, calendar) if rule.calendar else calendar


SWEDEN = WorkCalendar("SE")


def _rolled(rule: DueRule, reached: _Reached, calendar: WorkCalendar) -> _Reached:
    if reached.on is None or rule.roll is None:
        return reached
    if rule.roll == "none":
        return replace(reached, stays=True)
    move = calendar.on_or_before if rule.roll == "previous" else calendar.on_or_after
    day, readings = reached.on, _several(move(one) for one in reached.readings)
    moved = move(day)
    if moved == day:
        return replace(reached, readings=readings, stays=True)
    statute = f" ({STATUTE})" if rule.roll == "sfs-1930-173" else ""
    counted = Both(
        f"{reached.counted.sv}, ingen arbetsdag, flyttad till {moved}{statute}",
        f"{reached.counted.en}, not a working day, moved to {moved}{statute}",
    )
    return replace(reached, on=moved, counted=counted, rolled=day, readings=readings, stays=True)


def _silent_readings(reached: _Reached, calendar: WorkCalendar) -> tuple[date, ...]:
    """Return the days that a rule may give which says nothing about days off: a day off, or the working day after it.

    A date in a letter stays: it was written for that day. So does one of our own choice, about which nobody needs to
    be asked.
    """
    days = reached.readings or ((reached.on,) if reached.on else ())
    if all(calendar.is_working(day) for day in days):
        return reached.readings
    return _several([*days, *(calendar.on_or_after(day) for day in days)])
