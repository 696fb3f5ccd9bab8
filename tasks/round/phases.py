"""Compose the daily round without Prefect, for the command line and the replay; each phase's flow does the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from models.vocabulary import Phase
from tasks.round.days import begin_round, complete_round
from tasks.round.values import Counts, RoundDay, day_off
from tasks.round.verbs import (
    check_readiness,
    drop_drafts,
    escalate_missed_steps,
    gather_data,
    hand_over_steps,
    notify_owners,
    settle_gate,
    write_letters,
)
from tasks.settings import load_settings
from tasks.sources.alarms import tell_of_sources
from tasks.sources.reading import sharing_sources
from tasks.store.database import tells_nobody

Verb = Callable[[Engine, RoundDay], Counts]
PhaseVerb = Callable[[Engine, RoundDay, Phase], Counts]

BEFORE: Sequence[Verb] = (hand_over_steps,)
PHASES: Mapping[Phase, Sequence[PhaseVerb]] = {
    Phase.APPLICATION: (gather_data, notify_owners, escalate_missed_steps),
    Phase.DECISION: (gather_data, notify_owners, escalate_missed_steps),
    Phase.FOLLOW_UP: (gather_data, notify_owners, escalate_missed_steps),
    Phase.FINAL_REPORT: (check_readiness, gather_data, notify_owners, escalate_missed_steps),
    Phase.RELEASE: (settle_gate, gather_data, notify_owners, escalate_missed_steps),
}
AFTER: Sequence[Verb] = (drop_drafts, write_letters)


def list_verbs(phases: Sequence[Phase] = tuple(Phase)) -> list[Verb]:
    """Return what a round does, in order."""
    of_phases = [_for_phase(verb, phase) for phase in phases for verb in PHASES[phase]]
    return [*BEFORE, *of_phases, *AFTER]


def _for_phase(verb: PhaseVerb, phase: Phase) -> Verb:
    def do(engine: Engine, day: RoundDay) -> Counts:
        return verb(engine, day, phase)

    return do


def run_round(engine: Engine, day: RoundDay, phases: Sequence[Phase] = tuple(Phase)) -> Counts:
    """Run a whole round; on a day off nothing is done and every count is 0."""
    if day_off(day.on, day.country):
        return Counts()
    # A round for one grant, or for some phases, is not the day's: the watch would take it for one.
    is_the_days = day.grant is None and set(phases) == set(Phase)
    if is_the_days:
        begin_round(engine, day)
    total = Counts()
    with sharing_sources() as asked:
        for verb in list_verbs(phases):
            total += verb(engine, day)
    if (asked.failed or asked.gave) and not tells_nobody(engine):
        tell_of_sources(load_settings(), asked, day.on, day.now, whole=is_the_days)
    if is_the_days:
        complete_round(engine, day, total)
    return total
