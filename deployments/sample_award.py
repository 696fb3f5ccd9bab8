"""A sample award that dates the steps of a programme, so that its author sees the calendar it gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from dateutil.relativedelta import relativedelta

from models.errors import ImportInvalid
from models.import_file import GrantEntry
from models.programme import Programme
from models.rules.due import KnownDate
from models.rules.planner import PlanFacts, PlannedStep, plan_steps
from models.vocabulary import DecisionKind
from tasks.programme_files import read_shape


def sample_calendar(programme: Programme, award: Path | None) -> tuple[PlannedStep, ...]:
    """Return the programme's steps dated for an award: the file's, or one that begins next January.

    Steps that count from another's being done are dated as if each were done on its last day.
    """
    if award:
        return _as_if_done(programme, _facts_of(read_shape(award, GrantEntry, ImportInvalid)))
    return _as_if_done(programme, _invented(programme, date(2026, 1, 1), date(2026, 12, 31)))


def sample_awards(programme: Programme) -> Iterator[tuple[date, date, tuple[PlannedStep, ...]]]:
    """Yield awards of many lengths, begun in every month and on odd days: first and last day, and the dated steps."""
    for number in range(_AWARDS):
        month = date(2023 + number % 12 // 4, number * 5 % 12 + 1, 1)
        start = month + timedelta(days=(0, 14, 6, 27)[number % 4])
        end = start + relativedelta(months=_LENGTHS[number % len(_LENGTHS)]) - timedelta(days=1)
        yield start, end, _as_if_done(programme, _invented(programme, start, end))


_AWARDS = 60
_LENGTHS = (3, 6, 9, 12, 18, 24, 36)


def _as_if_done(programme: Programme, facts: PlanFacts) -> tuple[PlannedStep, ...]:
    done: dict[str, date] = {}
    while True:
        planned = plan_steps(programme, replace(facts, done=done))
        found = {step.key: step.due_on for step in planned if step.due_on is not None}
        if found.keys() <= done.keys():
            return planned
        done |= {key: due for key, due in found.items() if key not in done}


def _facts_of(entry: GrantEntry) -> PlanFacts:
    dates = {name: KnownDate(one.on, one.source, one.choice) for name, one in entry.dates.items()}
    for decision in entry.decisions:
        if decision.kind in (DecisionKind.AWARD, DecisionKind.SUPPLEMENT):
            dates["decided_on"] = KnownDate(decision.decided_on, decision.source)
        dates |= {name: KnownDate(on, decision.source) for name, on in decision.dates.items()}
    return PlanFacts(dates, entry.period_start_on, entry.period_end_on)


def _invented(programme: Programme, start: date, end: date) -> PlanFacts:
    dates = {"decided_on": KnownDate(start - timedelta(days=60), "sample award")}
    for name, rule in programme.dates.items():
        given = start - timedelta(days=120) if rule.given_by == "grant" else end + timedelta(days=20)
        if rule.required:
            dates[name] = KnownDate(given, "sample award")
    return PlanFacts(dates, start, end)
