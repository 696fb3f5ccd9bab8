"""A sample award that dates the steps of a programme, so that its author sees the calendar it gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from dateutil.relativedelta import relativedelta

from models.errors import ImportInvalid
from models.import_file import GrantEntry, MeetingEntry
from models.programme import Programme
from models.rules.committee import MeetingFacts
from models.rules.due import KnownDate
from models.rules.planner import PlanFacts, PlannedStep, plan_steps
from models.vocabulary import DecisionKind
from tasks.programme_files import read_shape


def sample_calendar(
    programme: Programme, award: Path | None, meetings: Sequence[MeetingEntry] = ()
) -> tuple[PlannedStep, ...]:
    """Return the programme's steps dated for an award: the file's, or one that begins next January.

    Steps that count from another's being done are dated as if each were done on its last day.
    """
    if award:
        facts = _facts_of(read_shape(award, GrantEntry, ImportInvalid))
        return _as_if_done(programme, replace(facts, meetings=_held(programme, meetings)))
    facts = _invented(programme, date(2026, 1, 1), date(2026, 12, 31))
    return _as_if_done(programme, replace(facts, meetings=_held(programme, _every_year(meetings))))


def sample_awards(
    programme: Programme, meetings: Sequence[MeetingEntry] = ()
) -> Iterator[tuple[date, date, tuple[PlannedStep, ...]]]:
    """Yield awards of many lengths, begun in every month and on odd days: first and last day, and the dated steps."""
    held = _held(programme, _every_year(meetings))
    for number in range(_AWARDS):
        month = date(2023 + number % 12 // 4, number * 5 % 12 + 1, 1)
        start = month + timedelta(days=(0, 14, 6, 27)[number % 4])
        end = start + relativedelta(months=_LENGTHS[number % len(_LENGTHS)]) - timedelta(days=1)
        facts = replace(_invented(programme, start, end), meetings=held)
        yield start, end, _as_if_done(programme, facts)


_AWARDS = 60
_LENGTHS = (3, 6, 9, 12, 18, 24, 36)


def _held(programme: Programme, meetings: Sequence[MeetingEntry]) -> Mapping[str, tuple[MeetingFacts, ...]]:
    """Return the meetings of each of the programme's bodies; a body of the recipient's holds all of them."""
    return {
        name: tuple(
            MeetingFacts(one.held_on, one.agenda_on, one.documents_on, one.adjustment_days, one.choice)
            for one in meetings
            if not one.cancelled and body.organisation in (None, one.body)
        )
        for name, body in programme.bodies.items()
    }


def _every_year(meetings: Sequence[MeetingEntry]) -> list[MeetingEntry]:
    """Return the meetings as those of every year around the sample awards, on the same days of the week."""
    found = []
    for years in range(-8, 9):
        by = timedelta(weeks=52 * years)
        for one in meetings:
            days = {name: getattr(one, name) for name in ("held_on", "agenda_on", "documents_on")}
            found.append(one.model_copy(update={name: day and day + by for name, day in days.items()}))
    return found


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
