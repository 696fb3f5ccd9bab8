"""Run parts of the working day's round as task runs: what the daily round and the phase flows share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from time import monotonic
from typing import Any

from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from flows.working_day import Counts, Part, RoundDay, day_off, do_part, in_batches, part_named, round_parts
from flows.workroom import Workroom, in_one_line, in_thread, log_place, moment, open_workroom
from models.errors import DatabaseUnready, GrantError
from models.vocabulary import Phase
from tasks.prefect.artifacts import Progress
from tasks.prefect.automations import SOURCES_SILENT
from tasks.settings import load_settings
from tasks.sources.alarms import tell_of_sources
from tasks.sources.reader import reading_once
from tasks.store.references import find_grant
from tasks.words.translator import speaker

# A round shorter than this has nothing to show on the way.
SHOWS_PROGRESS_AFTER = 5.0


class PartFailed(GrantError):
    """A part of the round failed."""


class PartWaits(PartFailed):
    """A part of the round found the database busy."""


def _is_worth_another_try(_task: Any, _run: Any, state: State) -> bool:
    return isinstance(state.data, PartWaits)


@task(
    task_run_name="{title}",
    retries=2,
    retry_delay_seconds=[5, 30],
    retry_condition_fn=_is_worth_another_try,
    cache_policy=NO_CACHE,
)
async def part_of_round(
    key: str, title: str, on: date, now: datetime, grant: str | None, span: tuple[int, int] | None
) -> Counts:
    """Do one part of the round in transactions of its own; PartFailed has no words that name anybody."""
    try:
        part = replace(part_named(key), span=span)
        return await in_thread(do_part, open_workroom().engine, part, RoundDay(on, now, grant))
    except DatabaseUnready as error:
        locked = "locked" in error.detail
        raise (PartWaits if locked else PartFailed)(f"{title}: {in_one_line(error)}") from None
    except Exception as error:  # noqa: BLE001  (whatever it is, the other parts go on)
        log_place(error, f"part {key}")
        raise PartFailed(f"{title}: {in_one_line(error)}") from None


@dataclass(frozen=True, slots=True)
class PartsDone:
    """What the parts came to, which of them failed, and why each source that gave no figures did not."""

    counts: Counts
    failed: tuple[str, ...] = ()
    silent: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def as_state(self) -> State:
        """Return the run's end: Completed with the counts, or Failed when something failed.

        Where sources alone failed its name says so: who can mend them was told, and nobody is told of the run.
        """
        message = str(self.counts)
        if self.counts.unready:
            reports = "report" if self.counts.unready == 1 else "reports"
            message += f", {self.counts.unready} final {reports} not ready"
        message += self.counts.silence
        if self.failed:
            message += f"; not done: {', '.join(self.failed)}"
        if not self.counts.failed:
            return Completed(message=message)
        name = SOURCES_SILENT if self.counts.failed == self.counts.unfed else "Failed"
        return Failed(name=name, message=message)


def open_workroom_for(grant: str | None) -> tuple[Workroom, str | None]:
    """Return the room, and the reference of the one grant that the run is for, None for all.

    Raises UnknownReference when that grant is not there.
    """
    room = open_workroom()
    # A form's empty field may come as an empty text.
    return room, find_grant(room.engine, grant).reference if grant and grant.strip() else None


async def do_parts(parts: Sequence[Part], day: RoundDay) -> PartsDone:
    """Do the parts in their order, each batch as a task run; one that fails stops none of the others."""
    total, failed, began = Counts(), [], monotonic()
    progress = Progress(f"Round of {day.on.isoformat()}")
    with reading_once() as asked:
        for number, part in enumerate(parts, start=1):
            batches = await in_thread(_batches, part, day)
            for which, batch in enumerate(batches, start=1):
                title = part.key.replace("/", ": ")
                title += f" {which} of {len(batches)}" if len(batches) > 1 else ""
                try:
                    total += await part_of_round(part.key, title, day.on, day.now, day.grant, batch.span)
                except PartFailed:
                    total += Counts(failed=1)
                    failed.append(title)
            if monotonic() - began > SHOWS_PROGRESS_AFTER:
                await progress.show(100 * number / len(parts))
    settings = load_settings()
    # Of a part of the round nobody can say that a source failed no step.
    whole = day.grant is None and not failed and tuple(parts) == round_parts()
    await in_thread(tell_of_sources, settings, asked, day.on, day.now, whole=whole)
    return PartsDone(total, tuple(failed), asked.reasons(speaker(settings.language)))


def _batches(part: Part, day: RoundDay) -> tuple[Part, ...]:
    try:
        return in_batches(open_workroom().engine, part, day)
    except DatabaseUnready:
        return (part,)  # it says so itself, and is tried again


def closed_message(on: date, country: str) -> str | None:
    """Return what a run says on a day when the country's offices are closed; None when they are open."""
    why = day_off(on, country)
    if why is None:
        return None
    return f"Weekend: {why}" if why == f"{on:%A}" else f"Public holiday: {why}"


async def run_phase(phase: Phase, on: date | None, grant: str | None) -> State:
    """Run one phase's own parts, by hand or beside the daily round.

    The letters that it writes leave with the day's round, or within the hour: one person, one letter a day.
    """
    try:
        room, reference = await in_thread(open_workroom_for, grant)
        today = room.day_of(on)
    except GrantError as error:
        return Failed(message=in_one_line(error))
    closed = closed_message(today, room.settings.country)
    if closed:
        return Completed(message=closed)
    parts = [part for part in round_parts((phase,)) if part.phase is phase]
    done = await do_parts(parts, RoundDay(today, moment(), reference))
    return done.as_state()
