"""What a round does, a function a verb, and the round composed of them; each phase's flow does the same."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase
from tasks.commands.files.documents import drop_old_drafts
from tasks.commands.replan.round_work import (
    list_unready,
    pass_meetings_over,
    settle_gates,
    tell_forecasts,
    tell_unknown_meetings,
)
from tasks.people.absences import pass_steps_on
from tasks.round.days import Counts, RoundDay, begin_round, complete_round, day_off, let_letters_leave
from tasks.round.due_steps import DueSteps
from tasks.round.notify import tell_due_steps
from tasks.settings import load_settings
from tasks.sources.alarms import tell_of_sources
from tasks.sources.due import DueToGather, ask_again, tell_of_changes
from tasks.sources.gather import gather_from_sources
from tasks.sources.source import sharing_sources
from tasks.store.counted import counting
from tasks.store.database import reading, tells_nobody


def hand_over_steps(engine: Engine, day: RoundDay) -> Counts:
    """Give the steps of people who are away to their deputies; look after meetings, and money that will be left."""
    failed = pass_steps_on(engine, day.on, day.now)
    for look_after in (pass_meetings_over, tell_unknown_meetings, tell_forecasts):
        failed += look_after(engine, day.on, day.now, day.grant)
    return Counts(failed=failed)


def gather_data(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Gather the figures that the phase's due steps ask for, from files and from sources."""
    due = DueToGather(phase, day.on, day.part)
    found = gather_from_sources(engine, due, day.now)
    ask_again(engine, found.asked, day.on)
    tell_of_changes(engine, found.asked, day.on, day.now, offices_in(day.country))
    return Counts(gathered=found.figures, failed=found.failed, silent=found.silent, unfed=found.failed)


def check_readiness(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Find the final reports whose earlier steps are not settled."""
    with reading(engine) as connection:
        return Counts(unready=tuple(list_unready(connection, day.on, day.part)))


def settle_gate(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Bring every withheld instalment to where its conditions put it; it never releases money."""
    settled = settle_gates(engine, day.on, day.now, day.part)
    return Counts(settled=settled.references, failed=settled.failed)


def notify_owners(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Remind the owners of the phase's steps whose day has come."""
    return tell_due_steps(engine, DueSteps(phase, day.on, overdue=False, part=day.part), day.now)


def escalate_missed_steps(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Tell the next above of the phase's steps that were missed."""
    return tell_due_steps(engine, DueSteps(phase, day.on, overdue=True, part=day.part), day.now)


def drop_drafts(engine: Engine, day: RoundDay) -> Counts:
    """Drop drafts that nobody went on with."""
    drop_old_drafts(engine, day.now)
    return Counts()


def write_letters(engine: Engine, day: RoundDay) -> Counts:
    """Let the day's letters leave, one a person; those of a round for one grant may still grow, and wait."""
    if day.grant is not None:
        return Counts()
    return Counts(letters=let_letters_leave(engine, day.on, day.now))


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


def list_verbs() -> list[Verb]:
    """Return what a round does, in order."""
    of_phases = [_for_phase(verb, phase) for phase in Phase for verb in PHASES[phase]]
    return [*BEFORE, *of_phases, *AFTER]


def _for_phase(verb: PhaseVerb, phase: Phase) -> Verb:
    def do(engine: Engine, day: RoundDay) -> Counts:
        return verb(engine, day, phase)

    return do


def run_round(engine: Engine, day: RoundDay) -> Counts:
    """Run a whole round; on a day off nothing is done and every count is 0."""
    if day_off(day.on, day.country):
        return Counts()
    # A round for one grant is not the day's: the watch would take it for one.
    is_the_days = day.grant is None
    before = Counts()
    if is_the_days:
        before = begin_round(engine, day)
        engine = counting(engine, day.on)
    total = Counts()
    with sharing_sources() as asked:
        for verb in list_verbs():
            total += verb(engine, day)
    if (asked.failed or asked.gave) and not tells_nobody(engine):
        tell_of_sources(load_settings(), asked, day.on, day.now, whole=is_the_days)
    if is_the_days:
        return complete_round(engine, day, total, before)
    return total
