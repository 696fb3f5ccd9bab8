"""Read a step's receipt, and name what its due date counts from in the reader's language."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from models.facts.receipt import AnchorKind, WhyDue
from models.programme.file import CalendarRule, Programme
from models.programme.step import StepRule
from models.reading.plain_text import one_line
from models.rules.dates.anchors import CHOICE
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.committee_words import receipt_notes
from models.rules.steps.sent_reports import goes_to_funder
from models.vocabulary import StepKind
from tasks.wording.letter_data import DbRow
from tasks.wording.programme_facts import ProgrammeFacts

_ANCHORS = {
    "decided_on": AnchorKind.DECISION,
    "grant_start_on": AnchorKind.GRANT_START,
    "grant_end_on": AnchorKind.GRANT_END,
    "period_start": AnchorKind.PERIOD_START,
    "period_end": AnchorKind.PERIOD_END,
}


def read_receipt(row: DbRow, facts: ProgrammeFacts, language: str, today: date) -> WhyDue | None:
    """Return why the row's step is due when it is; None for a receipt that does not say."""
    receipt = row.receipt if isinstance(row.receipt, dict) else {}
    form = receipt.get("form") or ""
    if not form or row.due_on is None:
        return None
    anchor, title = _anchor(receipt.get("anchor"), row, facts, language)
    source = one_line(receipt.get("source"), 300)
    return WhyDue(
        form=form,
        anchor=anchor,
        anchor_title=title,
        anchor_on=_day(receipt.get("anchor_on")),
        count=count if type(count := receipt.get("count")) is int else None,
        unit=unit if isinstance(unit := receipt.get("unit"), str) else None,
        rolled_on=_day(receipt.get("rolled")),
        source=source,
        choice=source.startswith(CHOICE) or _is_choice(receipt.get("anchor"), row),
        working_on=_working_day(row.due_on, facts.programme.calendar),
        rule=_rule(receipt, language),
        readings=tuple(day for one in receipt.get("readings") or () if (day := _day(one)) is not None),
        meeting=_meeting(receipt, language, today),
        beaten=one_line((receipt.get("before") or {}).get("source"), 300),
    )


def _rule(receipt: dict[str, Any], language: str) -> str:
    swedish = receipt.get("sv")
    said = swedish.get("rule") if language != "en" and isinstance(swedish, dict) else receipt.get("rule")
    return one_line(said, 300)


def _meeting(receipt: dict[str, Any], language: str, today: date) -> tuple[str, ...]:
    """Return the notes on an approval that a body takes at a meeting."""
    if not receipt.get("meeting"):
        return ()
    return tuple(one_line(note, 500) for note in receipt_notes(receipt, language, today))


def _anchor(name: Any, row: DbRow, facts: ProgrammeFacts, language: str) -> tuple[AnchorKind, str]:
    """Return what kind of anchor the name is, and its title."""
    if not isinstance(name, str):
        return AnchorKind.WRITTEN, ""
    if name in _ANCHORS:
        return _ANCHORS[name], ""
    named = facts.programme.dates.get(name)
    if named is not None:
        return AnchorKind.NAMED, one_line(named.title.en if language == "en" else named.title.sv, 200)
    rule = facts.rules.get(name.removesuffix(".done"))
    if rule is None:
        return AnchorKind.NAMED, ""
    title = one_line(rule.title.en if language == "en" else rule.title.sv, 200)
    return (_done(rule, facts.programme) if name.endswith(".done") else AnchorKind.STEP), title


def _done(rule: StepRule, programme: Programme) -> AnchorKind:
    """Return how it is said that a step of the rule was done: its day may be another than that of the record."""
    if rule.kind in (StepKind.APPROVAL, StepKind.FUNDER):
        return AnchorKind.STEP_GIVEN
    if rule.kind is StepKind.CLAIM or goes_to_funder(rule, programme):
        return AnchorKind.STEP_SENT
    if rule.kind is StepKind.PAYMENT:
        return AnchorKind.STEP_CAME
    return AnchorKind.STEP_DONE


def _is_choice(anchor: object, row: DbRow) -> bool:
    given = row.dates.get(anchor) if isinstance(row.dates, dict) and isinstance(anchor, str) else None
    return isinstance(given, dict) and given.get("choice") is True


@lru_cache(maxsize=64)
def _calendar(
    country: str, subdivision: str | None, extra: tuple[date, ...], worked: tuple[date, ...]
) -> WorkCalendar:
    return WorkCalendar(country, subdivision, extra, worked)


def _working_day(due_on: date, rule: CalendarRule) -> date | None:
    calendar = _calendar(rule.country, rule.subdivision, rule.extra_holidays, rule.not_holidays)
    return None if calendar.is_working(due_on) else calendar.on_or_before(due_on)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
