"""The tasks of the phases, and how a phase runs them: each for a whole phase or a batch of its grants.

Their work is in `tasks/round/phases.py`, which needs no Prefect.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from prefect import Flow, State, Task, allow_failure, flow
from prefect.futures import PrefectFuture

from flows.events import send_phase_ended
from flows.runs import (
    PHASE_SECONDS,
    add_up,
    do,
    end_of,
    name_run,
    open_day,
    open_office,
    part_of_run,
    round_task,
    task_runner,
)
from models.vocabulary import Phase
from tasks.round import phases
from tasks.round.days import Counts, RoundDay
from tasks.round.due_steps import cut_batches

# A batch is half a minute of work, and one line in Prefect's list of tasks.
GRANTS_A_BATCH = 1_000

PhaseTask = Task[[RoundDay, Phase], Counts]
PhaseFlow = Flow[[date | None, str | None], State[Any]]


def phase_flow(name: str) -> Callable[[Callable[[date | None, str | None], State[Any]]], PhaseFlow]:
    """Return the decorator of a phase's flow: its name, its timeout, and where its batches run."""
    return flow(name=name, flow_run_name=name_run, timeout_seconds=PHASE_SECONDS, task_runner=task_runner())


@round_task("check readiness")
def check_readiness(day: RoundDay, phase: Phase) -> Counts:
    """Find the final reports whose earlier steps are not settled."""
    return do(phases.check_readiness, day, phase)


@round_task("settle gate")
def settle_gate(day: RoundDay, phase: Phase) -> Counts:
    """Bring every withheld instalment to where its conditions put it; it never releases money."""
    return do(phases.settle_gate, day, phase)


@round_task("gather data")
def gather_data(day: RoundDay, phase: Phase) -> Counts:
    """Gather the figures that the phase's due steps ask for; each file, query and address is read once a round."""
    return do(phases.gather_data, day, phase)


@round_task("notify owners: {day.batch}")
def notify_owners(day: RoundDay, phase: Phase) -> Counts:
    """Remind the owners of the phase's steps whose day has come."""
    return do(phases.notify_owners, day, phase)


@round_task("escalate missed steps: {day.batch}")
def escalate_missed_steps(day: RoundDay, phase: Phase) -> Counts:
    """Tell the next above of the phase's steps that were missed."""
    return do(phases.escalate_missed_steps, day, phase)


@dataclass(slots=True)
class PhaseRun:
    """A run of a phase: its day, and the ends of the tasks that it has run."""

    phase: Phase
    day: RoundDay
    ended: list[State[Any] | PrefectFuture[Any]] = field(default_factory=list)

    def do(self, part: PhaseTask) -> None:
        """Run a task for the whole phase."""
        self.ended.append(part(self.day, self.phase, return_state=True))

    def do_in_batches(self, *parts: PhaseTask) -> None:
        """Run the tasks for each batch of grants, one after the other; a failed batch stops no other task."""
        batches = batches_of(self.day, self.phase)
        before: list[PrefectFuture[Any]] = []
        for part in parts:
            before = part.map(batches, self.phase, wait_for=allow_failure(before))
            self.ended += before

    def end(self) -> State[Any]:
        """Return the phase's end from its tasks' counts, and send it to the event feed."""
        done = add_up(self.ended)
        send_phase_ended(self.day, self.phase, done)
        return end_of(done)


def open_phase(phase: Phase, on: date | None, grant: str | None) -> PhaseRun:
    """Return the run of a phase for a day and a grant, by default today and all grants."""
    return PhaseRun(phase, open_day(on, grant))


def batches_of(day: RoundDay, phase: Phase) -> list[RoundDay]:
    """Return the day once for each batch of the grants that have something to look at in the phase."""
    with part_of_run("batches"):
        engine = open_office().engine
        batches = cut_batches(engine, phase, day.on, day.part, GRANTS_A_BATCH)
    return [replace(day, batch=batch) for batch in batches]
