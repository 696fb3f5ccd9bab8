"""The tasks of the phases: each is one run for a whole phase or a batch of its grants, never for a step or a letter.

What they do stands in `tasks/round/phases.py`, which needs no Prefect. Who does it twice does it once, so each is tried
again where it failed.
"""

from dataclasses import replace
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture

from flows.events import send_phase_ended
from flows.runs import add_up, do, end_of, open_office, part_of_run
from models.vocabulary import Phase
from tasks.round import phases
from tasks.round.days import Counts, RoundDay
from tasks.round.due_steps import cut_batches

# So many grants with something due are a batch: half a minute of work, and one line in Prefect's list of tasks.
GRANTS_A_BATCH = 1_000


@task(retries=2, retry_delay_seconds=[5, 30], cache_policy=NO_CACHE, task_run_name="check readiness")
def check_readiness(day: RoundDay, phase: Phase) -> Counts:
    """Find the final reports whose earlier steps are not settled."""
    return do(phases.check_readiness, day, phase)


@task(retries=2, retry_delay_seconds=[5, 30], cache_policy=NO_CACHE, task_run_name="settle gate")
def settle_gate(day: RoundDay, phase: Phase) -> Counts:
    """Bring every withheld instalment to where its conditions put it; it never releases money."""
    return do(phases.settle_gate, day, phase)


@task(retries=2, retry_delay_seconds=[5, 30], cache_policy=NO_CACHE, task_run_name="gather data")
def gather_data(day: RoundDay, phase: Phase) -> Counts:
    """Gather the figures that the phase's due steps ask for; each file, query and address is read once a round."""
    return do(phases.gather_data, day, phase)


@task(
    retries=2, retry_delay_seconds=[5, 30], cache_policy=NO_CACHE, task_run_name="notify owners: {day.batch}"
)
def notify_owners(day: RoundDay, phase: Phase) -> Counts:
    """Remind the owners of the phase's steps whose day has come."""
    return do(phases.notify_owners, day, phase)


@task(
    retries=2,
    retry_delay_seconds=[5, 30],
    cache_policy=NO_CACHE,
    task_run_name="escalate missed steps: {day.batch}",
)
def escalate_missed_steps(day: RoundDay, phase: Phase) -> Counts:
    """Tell the next above of the phase's steps that were missed."""
    return do(phases.escalate_missed_steps, day, phase)


def batches_of(day: RoundDay, phase: Phase) -> list[RoundDay]:
    """Return the day once for each batch of the grants that have something to look at in the phase."""
    with part_of_run("batches"):
        engine = open_office().engine
        batches = cut_batches(engine, phase, day.on, day.part, GRANTS_A_BATCH)
    return [replace(day, batch=one) for one in batches]


def end_phase(day: RoundDay, phase: Phase, *parts: State[Any] | list[PrefectFuture[Any]]) -> State[Any]:
    """Return the phase's end by what its tasks came to, and let the event feed show it."""
    done = add_up(*parts)
    send_phase_ended(day, phase, done)
    return end_of(done)
