"""Begin and end the round and its phases as runs: for which day, whether at all, and what they came to."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import date
from typing import Any

from prefect import State, runtime
from prefect.states import Completed, Failed

from flows.context import add_to_name, in_thread, moment, open_context, refused
from flows.round_tasks import VerbFailed
from models.errors import GrantError
from models.vocabulary import Phase
from tasks.prefect.automations import DAY_OFF, SOURCES_SILENT
from tasks.prefect.run_names import word_run
from tasks.round.days import Counts, RoundDay, day_off
from tasks.settings import load_settings
from tasks.sources.alarms import SourcesAsked, tell_of_sources
from tasks.store.references import find_grant

# Longer than any round or phase has taken; one that hangs ends as TimedOut, and the next scheduled one does its work.
ROUND_SECONDS, PHASE_SECONDS = 7_000, 3_500


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, and the verbs that failed."""

    counts: Counts
    failed: tuple[str, ...] = ()

    def __add__(self, other: Done) -> Done:
        """Return both."""
        return Done(self.counts + other.counts, self.failed + other.failed)


async def begin_day(on: date | None, grant: str | None) -> RoundDay | State[Any]:
    """Return the day that the run is for, or its end: offices are closed (DayOff), or it is refused."""
    try:
        return await in_thread(_find_day, on, grant)
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


async def tried(verb: Awaitable[Counts]) -> Done:
    """Return what a verb came to; one that fails stops none of the others."""
    try:
        return Done(await verb)
    except VerbFailed as error:
        return Done(Counts(failed=1), (error.verb,))


async def of_phase(phase: Phase, run: Awaitable[State[Any]]) -> Done:
    """Return what a phase's run came to; one that fails stops none of the others."""
    state, title = await run, word_run("title", phase)
    found = await state.aresult(raise_on_failure=False)
    if isinstance(found, Done):
        return Done(found.counts, tuple(f"{title}: {verb}" for verb in found.failed))
    return Done(Counts(failed=1), (f"{title}: {state.name}",))


async def end_phase(day: RoundDay, done: Done, asked: SourcesAsked) -> State[object]:
    """Tell of sources, unless a whole round does that, and return the phase's end with what was done."""
    if runtime.flow_run.parent_flow_run_id is None:
        await in_thread(tell_of_sources, load_settings(), asked, day.on, day.now, whole=False)
    return await end_of(done)


async def end_of(done: Done) -> State[object]:
    """Return the run's end and add the counts to its name: Completed, SourcesSilent, or Failed when something failed.

    It says references, never people. Where sources alone failed, nobody is told of the run: who can put them right was.
    """
    await add_to_name(word_run("counts", done.counts))
    said = word_run("done", done)
    if done.failed or done.counts.broken:
        return Failed(message=said, data=done)
    name = SOURCES_SILENT if done.counts.silent else "Completed"
    return Completed(name=name, message=said, data=done)
