"""The verbs of a round as Prefect tasks; begin and end the round and its phases as runs."""

from asyncio import to_thread
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Concatenate, ParamSpec

from prefect import State, Task, runtime, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed
from sqlalchemy import Engine

from flows.context import (
    Installation,
    PartFailed,
    add_to_name,
    moment,
    open_context,
    part_of_run,
    refused,
    require_portals,
)
from models.errors import GrantError
from models.vocabulary import Phase
from tasks.prefect.automations import DAY_OFF, SOURCES_SILENT
from tasks.prefect.forms import word_run
from tasks.round import phases
from tasks.round.days import Counts, RoundDay, day_off
from tasks.round.phases import PhaseVerb
from tasks.settings import load_settings
from tasks.sources.alarms import SourcesAsked, tell_of_sources
from tasks.store.counted import counting
from tasks.store.references import find_grant

P = ParamSpec("P")


def _may_pass(_task: object, _run: object, state: State[object]) -> bool:
    return isinstance(state.data, PartFailed) and state.data.may_pass


def _as_task(
    verb: Callable[Concatenate[Engine, RoundDay, P], Counts],
) -> Task[Concatenate[RoundDay, P], Coroutine[object, object, Counts]]:
    """Return a task that does the verb; PartFailed, whose words name nobody, where it cannot."""
    name = verb.__name__.replace("_", " ")

    def title() -> str:
        return word_run("verb", verb.__name__)

    async def do(day: RoundDay, *args: P.args, **kwargs: P.kwargs) -> Counts:
        engine = open_context().engine
        if day.grant is None:
            # Tried again, the verb comes to what was left: the whole is counted in the day's round.
            engine = counting(engine, day.on)
        with part_of_run(title()):
            return await to_thread(verb, engine, day, *args, **kwargs)

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


# Longer than any round has taken; one that hangs ends as TimedOut, and the next scheduled one does its work.
ROUND_SECONDS = 7_000


async def begin_day(
    on: date | None, grant: str | None, installation: Installation | None
) -> RoundDay | State[Any]:
    """Return the day that the run is for, or its end: offices are closed (DayOff), or it is refused.

    `on` is empty for today, `grant` for all; `installation` is what the run is told of the portal's. A phase's letters
    leave with the day's round, or within the hour: one person, one letter a day.
    """
    try:
        await to_thread(require_portals, installation)
        return await to_thread(_find_day, on, grant)
    except GrantError as error:
        return refused(error)


def _find_day(on: date | None, grant: str | None) -> RoundDay | State[object]:
    context = open_context()
    # A form's empty field may come as an empty text.
    reference = find_grant(context.engine, grant).reference if grant and grant.strip() else None
    day = RoundDay(context.day_of(on), moment(), reference, context.settings.country)
    closed = day_off(day.on, day.country)
    if closed is None:
        return day
    holiday = "" if closed == f"{day.on:%A}" else closed
    return Completed(name=DAY_OFF, message=word_run("day_off", holiday))


async def tried(verb: Awaitable[Counts]) -> Counts:
    """Return what a verb came to; one that fails stops none of the others."""
    try:
        return await verb
    except PartFailed as error:
        return Counts(failed=1, undone=(error.part,))


async def of_phase(phase: Phase, run: Awaitable[State[Any]]) -> Counts:
    """Return what a phase's run came to; one that fails stops none of the others."""
    state, title = await run, word_run("title", phase)
    found = await state.aresult(raise_on_failure=False)
    if isinstance(found, Counts):
        return replace(found, undone=tuple(f"{title}: {verb}" for verb in found.undone))
    return Counts(failed=1, undone=(f"{title}: {state.name}",))


async def end_phase(day: RoundDay, done: Counts, asked: SourcesAsked) -> State[object]:
    """Tell of sources, unless a whole round does that, and return the phase's end with what was done."""
    if runtime.flow_run.parent_flow_run_id is None:
        await to_thread(tell_of_sources, load_settings(), asked, day.on, day.now, whole=False)
    return await end_of(done)


async def end_of(done: Counts) -> State[object]:
    """Return the run's end and add the counts to its name: Completed, SourcesSilent, or Failed when something failed.

    It says references, never people. Where sources alone failed, nobody is told of the run: who can put them right was.
    """
    await add_to_name(word_run("counts", done))
    said = word_run("done", done)
    if done.undone or done.broken:
        return Failed(message=said, data=done)
    name = SOURCES_SILENT if done.silent else "Completed"
    return Completed(name=name, message=said, data=done)
