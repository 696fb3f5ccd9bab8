"""Run the working day's round: five phases, then the day's letters, then delivery."""

from __future__ import annotations

import logging
from datetime import date

from prefect import State, flow
from prefect.states import Completed

from flows.application import application
from flows.context import add_to_name, in_thread, moment, name_run, on_schedule, open_context, patiently
from flows.decision import decision
from flows.deliver_letters import start_delivery
from flows.final_report import final_report
from flows.follow_up import follow_up
from flows.overview import pages_of, publish
from flows.release import release
from flows.round_day import (
    ROUND_SECONDS,
    Done,
    begin_day,
    drop_drafts,
    end_of,
    hand_over_steps,
    of_phase,
    tried,
    write_letters,
)
from flows.round_shard import do_shards, shards_of
from models.errors import GrantError
from models.vocabulary import Phase
from tasks.commands.files.documents import sweep_documents, vault_of
from tasks.prefect.forms import word_run
from tasks.round.days import (
    Counts,
    RoundDay,
    begin_round,
    complete_round,
    give_back_round,
    hold_round,
    is_completed,
    is_held,
)
from tasks.sources.alarms import SourcesAsked, tell_of_sources
from tasks.sources.source import sharing_sources
from tasks.store.database import reading

log = logging.getLogger(__name__)


@flow(name="daily-round", flow_run_name=name_run, timeout_seconds=ROUND_SECONDS)
async def daily_round(on: date | None = None, grant: str | None = None) -> State:
    """Look at every step whose day has come, tell whom it concerns, escalate what is late.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    day = await begin_day(on, grant)
    if isinstance(day, State):
        return day
    if on_schedule() and (why := await in_thread(why_idle, day)):
        await add_to_name(why)
        return Completed(message=why)
    try:
        done, asked = await _do_round(day)
    finally:
        await in_thread(give_back_round, open_context().engine, day.on)
    await start_delivery()
    await in_thread(_finish, day, done, asked)
    await _publish(day, done, asked)
    return await end_of(done)


def why_idle(day: RoundDay) -> str:
    """Return why a scheduled run has nothing to do; empty where the day's round is not done."""
    with reading(open_context().engine) as connection:
        if is_completed(connection, day.on):
            return word_run("done_already")
        return word_run("held") if is_held(connection, day.on, day.now) else ""


async def _do_round(day: RoundDay) -> tuple[Done, SourcesAsked]:
    """Do what `tasks.round.phases.run_round` does, each phase as a run of its own."""
    engine = open_context().engine
    if day.grant is None:
        await patiently(begin_round, engine, day)
    with sharing_sources() as asked:
        done = await tried(hand_over_steps(day))
        if (shards := shards_of(day)) > 1:
            done += await do_shards(day, shards, asked)
        else:
            done += await _do_phases(day)
        done += await tried(drop_drafts(day))
        done += await tried(write_letters(day))
    return done, asked


async def _do_phases(day: RoundDay) -> Done:
    done = Done(Counts())
    for phase, flow_of_phase in PHASE_FLOWS.items():
        await patiently(hold_round, open_context().engine, day.on, moment())
        done += await of_phase(phase, flow_of_phase(day.on, day.grant, return_state=True))
    return done


PHASE_FLOWS = {
    Phase.APPLICATION: application,
    Phase.DECISION: decision,
    Phase.FOLLOW_UP: follow_up,
    Phase.FINAL_REPORT: final_report,
    Phase.RELEASE: release,
}


def _finish(day: RoundDay, done: Done, asked: SourcesAsked) -> None:
    """Tell of sources, complete the day's round, and free the disk of files that no row names any more."""
    context = open_context()
    # Of a part of the round nobody can say that a source failed no step.
    whole = day.grant is None and not done.failed
    tell_of_sources(context.settings, asked, day.on, day.now, whole=whole)
    # A round for one grant is not the day's, and one with a verb that failed has not run: the watch says so.
    if whole:
        complete_round(context.engine, day, done.counts)
    try:
        swept = sweep_documents(context.engine, vault_of(context.settings), moment())
    except (GrantError, OSError) as error:
        log.warning("files that nothing names were not swept: %s", type(error).__name__)
    else:
        log.info("files that nothing names were swept", extra={"files": swept})


async def _publish(day: RoundDay, done: Done, asked: SourcesAsked) -> None:
    """Write the round's report and the overview."""
    context = open_context()
    pages = await pages_of(context.settings, day.on)
    await pages.write_round(day.on, done.counts, asked.reasons(pages.say), done.failed)
    await publish(context)
