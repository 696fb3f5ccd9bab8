"""The verbs of a round, the verbs of each phase, and the one loop that runs them: `run_round`."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase
from tasks.commands.files.drafts import drop_old_drafts
from tasks.commands.replan.round_checks import (
    list_unready,
    pass_meetings_over,
    settle_gates,
    tell_forecasts,
    tell_unknown_meetings,
)
from tasks.people.absences import pass_steps_on
from tasks.round.days import (
    Counts,
    RoundDay,
    begin_round,
    complete_round,
    counted_engine,
    is_day_off,
    let_letters_leave,
)
from tasks.round.due_steps import DueSteps
from tasks.round.notify import tell_due_steps
from tasks.round.week import queue_weekly_letters
from tasks.settings import load_settings
from tasks.sources.due_steps import DueToGather, ask_again, tell_of_changes
from tasks.sources.gather import gather_from_sources
from tasks.sources.silent_sources import tell_of_sources
from tasks.sources.source import sharing_sources
from tasks.store.database import is_rehearsed, reading, tells_nobody


def hand_over_steps(engine: Engine, day: RoundDay) -> Counts:
    """Give the steps of people who are away to their deputies; look after meetings, and unspent money."""
    failed = pass_steps_on(engine, day.on, day.now, in_round=True)
    for look_after in (pass_meetings_over, tell_unknown_meetings, tell_forecasts):
        failed += look_after(engine, day.on, day.now, day.grant)
    return Counts(failed=failed)


def gather_data(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Gather the figures that the phase's due steps ask for, from files and from sources."""
    due = DueToGather(phase, day.on, day.part)
    gathering = gather_from_sources(engine, due, day.now)
    ask_again(engine, gathering.asked, day.on)
    tell_of_changes(engine, gathering.asked, day.on, day.now, offices_in(day.country))
    return Counts(
        gathered=gathering.figures, failed=gathering.failed, silent=gathering.silent, unfed=gathering.failed
    )


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
    """Let the day's letters leave, one a person; a round for one grant leaves them, as they may grow.

    On a week's last day the heads' letters are queued too.
    """
    if day.grant is not None:
        return Counts()
    weekly = 0 if is_rehearsed(engine) else queue_weekly_letters(engine, day)
    return Counts(letters=weekly + let_letters_leave(engine, day.on, day.now))


Verb = Callable[[Engine, RoundDay], Counts]
PhaseVerb = Callable[[Engine, RoundDay, Phase], Counts]
# How a verb of the whole round is done, and how a phase: directly, or as a run of Prefect's.
DoVerb = Callable[[Verb, Engine, RoundDay], Counts]
DoPhase = Callable[[Phase, Engine, RoundDay], Counts]

# The verbs of each phase, in order. The flows write the same as Prefect's tasks, and a test compares the two.
PHASES: Mapping[Phase, Sequence[PhaseVerb]] = {
    Phase.APPLICATION: (gather_data, notify_owners, escalate_missed_steps),
    Phase.DECISION: (gather_data, notify_owners, escalate_missed_steps),
    Phase.FOLLOW_UP: (gather_data, notify_owners, escalate_missed_steps),
    Phase.FINAL_REPORT: (check_readiness, gather_data, notify_owners, escalate_missed_steps),
    Phase.RELEASE: (settle_gate, gather_data, notify_owners, escalate_missed_steps),
}


def do_verb(verb: Verb, engine: Engine, day: RoundDay) -> Counts:
    """Do a verb directly."""
    return verb(engine, day)


def do_phase(phase: Phase, engine: Engine, day: RoundDay) -> Counts:
    """Do the verbs of a phase directly, one after the other."""
    return sum((verb(engine, day, phase) for verb in PHASES[phase]), Counts())


def run_round(engine: Engine, day: RoundDay, verb: DoVerb = do_verb, phase: DoPhase = do_phase) -> Counts:
    """Run a whole round; on a day off nothing is done and every count is 0.

    Without Prefect everything is done directly. The day's flow passes its own ways: a verb as a
    task run, a phase as a flow run. It is the same round.
    """
    if is_day_off(day.on, day.country):
        return Counts()
    # A round for one grant is not the day's round, and the watch must not take it for one.
    is_the_days = day.grant is None
    before = begin_round(engine, day) if is_the_days else Counts()
    counted = counted_engine(engine, day)
    with sharing_sources() as asked:
        done = verb(hand_over_steps, counted, day)
        for each_phase in Phase:
            done += phase(each_phase, counted, day)
        done += verb(drop_drafts, counted, day)
        done += verb(write_letters, counted, day)
    is_whole = is_the_days and not done.undone
    if (asked.failed or asked.gave) and not tells_nobody(engine):
        # A part of the round cannot know whether a source that failed no step was silent.
        tell_of_sources(load_settings(), asked, day.on, day.now, whole=is_whole)
    return complete_round(engine, day, done, before) if is_whole else done
