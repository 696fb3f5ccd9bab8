"""Work out when something is due, with a receipt that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta

from models.programme import SHIFTS, DueRule
from models.programme_checks import describe_due
from models.rules.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class KnownDate:
    """A date and where it comes from; `choice` marks one that was chosen because nobody knows it."""

    on: date
    source: str = ""
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """Why a date is what it is.

    `rule` is the rule in words, `arithmetic` the counting ("2010-03-31 + 1 month = 2010-04-30"), `rolled` the day
    before rolling (None when it did not roll), `source` the citation, `warnings` what a person should know.
    The rest repeats the rule as data, for the letters: form, anchor, its day, and the shift.
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

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON values."""
        return {**asdict(self), "warnings": list(self.warnings)}


@dataclass(frozen=True, slots=True)
class Due:
    """A due date, or None while its anchor is not known, and the receipt."""

    on: date | None
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a rule may count from: named dates, steps' due dates, and the days steps were done."""

    dates: Mapping[str, KnownDate] = field(default_factory=dict)
    due: Mapping[str, date | None] = field(default_factory=dict)
    done: Mapping[str, date] = field(default_factory=dict)
    period_start_on: date | None = None
    period_end_on: date | None = None

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


def work_out_due(rule: DueRule, anchors: Anchors, calendar: WorkCalendar) -> Due:
    """Return the due date that the rule gives, with its receipt.

    Months count as SFS 1930:173 section 1 says: to the same day-number, or to the month's last day.
    """
    words = describe_due(rule)
    if rule.date is not None:
        known: KnownDate | None = KnownDate(rule.date, rule.source)
        name = None
    else:
        name = rule.anchor or ""
        known = anchors.find(name)
    if known is None:
        waits = Receipt(
            rule=words, arithmetic=f"waits for {name}", source=rule.source, form="waits", anchor=name
        )
        return Due(None, waits)
    unit = next((unit for unit in SHIFTS if getattr(rule, unit) is not None), None)
    count = getattr(rule, unit) if unit else None
    day, arithmetic = _count(rule, known.on, unit, count, calendar)
    rolled_from = None
    if rule.roll != "none" and not calendar.is_working(day):
        rolled_from, day = day, (calendar.on_or_after if rule.roll == "next" else calendar.on_or_before)(day)
        arithmetic += f", not a working day, moved to {day.isoformat()}"
    receipt = Receipt(
        rule=words,
        arithmetic=arithmetic,
        rolled=rolled_from.isoformat() if rolled_from else None,
        source=rule.source or known.source,
        warnings=tuple(_warnings(day, known, name, calendar)),
        form="after" if rule.after else "before" if rule.before else "end_of" if rule.end_of else "on",
        anchor=name,
        anchor_on=known.on.isoformat(),
        count=count,
        unit=unit or rule.end_of,
    )
    return Due(day, receipt)


def fixed_due(day: date, source: str, formula: Due, calendar: WorkCalendar) -> Due:
    """Return a date that beats the rule (an extension, a decision letter), and say what it beats."""
    beaten = f"; it beats the rule's {formula.on.isoformat()}" if formula.on and formula.on != day else ""
    receipt = Receipt(
        rule=f"{day.isoformat()}, set by {source}",
        arithmetic=f"{day.isoformat()}{beaten}",
        source=source,
        warnings=tuple(_warnings(day, KnownDate(day), None, calendar)),
        form="fixed",
        anchor_on=formula.on.isoformat() if formula.on else None,
    )
    return Due(day, receipt)


def _count(
    rule: DueRule, start: date, unit: str | None, count: int | None, calendar: WorkCalendar
) -> tuple[date, str]:
    if rule.end_of:
        day = _end_of(rule.end_of, start)
        return day, f"{start.isoformat()} lies in the {rule.end_of} that ends {day.isoformat()}"
    if unit is None or count is None:
        return start, start.isoformat()
    sign = -1 if rule.before else 1
    if unit == "working_days":
        day = calendar.add(start, sign * count)
    elif unit == "months":
        day = start + relativedelta(months=sign * count)
    else:
        day = start + timedelta(days=sign * count * (7 if unit == "weeks" else 1))
    noun = unit.replace("_", " ")
    noun = noun[:-1] if count == 1 else noun
    return day, f"{start.isoformat()} {'-' if sign < 0 else '+'} {count} {noun} = {day.isoformat()}"


def _end_of(span: str, day: date) -> date:
    months = {"month": 1, "quarter": 3, "year": 12}[span]
    last_month = ((day.month - 1) // months + 1) * months
    return date(day.year, last_month, 1) + relativedelta(months=1, days=-1)


def _warnings(day: date, known: KnownDate, name: str | None, calendar: WorkCalendar) -> list[str]:
    found = []
    if known.choice:
        found.append(f"{name} is a choice in the data: the real day is not known")
    why = calendar.day_off(day)
    if why is not None:
        told = calendar.on_or_before(day)
        off = why if why == f"{day:%A}" else f"{day:%A} and {why}"
        found.append(f"{day.isoformat()} is {off}, and does not move; it is told on {told.isoformat()}")
    return found
