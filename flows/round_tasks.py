"""The verbs of a round as Prefect tasks, each with its name and its retries."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Concatenate, ParamSpec

from prefect import State, Task, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from flows.context import in_one_line, in_thread, log_place, open_context
from models.errors import DatabaseUnready, GrantError
from models.vocabulary import Phase
from tasks.prefect.run_names import word_run
from tasks.round import phases
from tasks.round.days import Counts, RoundDay
from tasks.round.phases import PhaseVerb

P = ParamSpec("P")


class VerbFailed(GrantError):
    """A part of the round failed."""

    def __init__(self, verb: str, detail: str) -> None:
        self.verb = verb
        super().__init__(f"{verb}: {detail}")


class DatabaseAway(VerbFailed):
    """A part of the round found the database not ready."""


def _may_pass(_task: object, _run: object, state: State[object]) -> bool:
    return isinstance(state.data, DatabaseAway)


def _as_task(
    verb: Callable[Concatenate[Engine, P], Counts],
) -> Task[P, Coroutine[object, object, Counts]]:
    """Return a task that does the verb; VerbFailed, whose words name nobody, where it cannot."""
    name = verb.__name__.replace("_", " ")

    def title() -> str:
        return word_run("verb", verb.__name__)

    async def do(*args: P.args, **kwargs: P.kwargs) -> Counts:
        try:
            return await in_thread(verb, open_context().engine, *args, **kwargs)
        except DatabaseUnready as error:
            raise DatabaseAway(title(), in_one_line(error)) from None
        except Exception as error:  # noqa: BLE001  (whatever it is, the other verbs go on)
            log_place(error, name)
            raise VerbFailed(title(), in_one_line(error)) from None

    return task(
        name=name,
        task_run_name=title,
        retries=2,
        retry_delay_seconds=[5, 30],
        retry_condition_fn=_may_pass,
        cache_policy=NO_CACHE,
    )(do)


hand_over_steps = _as_task(phases.hand_over_steps)
check_readiness = _as_task(phases.check_readiness)
settle_gate = _as_task(phases.settle_gate)
gather_data = _as_task(phases.gather_data)
notify_owners = _as_task(phases.notify_owners)
escalate_missed_steps = _as_task(phases.escalate_missed_steps)
PHASE_TASKS: Mapping[PhaseVerb, Task[[RoundDay, Phase], Coroutine[object, object, Counts]]] = {
    phases.check_readiness: check_readiness,
    phases.settle_gate: settle_gate,
    phases.gather_data: gather_data,
    phases.notify_owners: notify_owners,
    phases.escalate_missed_steps: escalate_missed_steps,
}
drop_drafts = _as_task(phases.drop_drafts)
write_letters = _as_task(phases.write_letters)
