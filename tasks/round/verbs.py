"""What a round does, a function a verb: each in transactions of its own, and twice is once."""

from __future__ import annotations

from sqlalchemy import Engine

from models.rules.dates.calendar import offices_in
from models.vocabulary import Phase
from tasks.commands.files.drafts import drop_stranded
from tasks.commands.replan.gates import list_unready, settle_gates
from tasks.commands.replan.undecided import pass_meetings_over, tell_forecasts, tell_unknown_meetings
from tasks.people.absences import pass_steps_on
from tasks.round.days import let_letters_leave
from tasks.round.due_steps import DueSteps
from tasks.round.notify import tell_due_steps
from tasks.round.values import Counts, RoundDay
from tasks.sources.due import DueToGather, ask_again
from tasks.sources.gather import gather_from_sources
from tasks.sources.late_changes import tell_of_changes
from tasks.store.database import reading


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
    return _tell(engine, day, phase, overdue=False)


def escalate_missed_steps(engine: Engine, day: RoundDay, phase: Phase) -> Counts:
    """Tell the next above of the phase's steps that were missed."""
    return _tell(engine, day, phase, overdue=True)


def _tell(engine: Engine, day: RoundDay, phase: Phase, *, overdue: bool) -> Counts:
    return tell_due_steps(engine, DueSteps(phase, day.on, overdue=overdue, part=day.part), day.now)


def drop_drafts(engine: Engine, day: RoundDay) -> Counts:
    """Drop drafts that nobody can send any more."""
    drop_stranded(engine, day.now)
    return Counts()


def write_letters(engine: Engine, day: RoundDay) -> Counts:
    """Let the day's letters leave: one a person."""
    return Counts(letters=let_letters_leave(engine, day.on, day.now, day.grant))
