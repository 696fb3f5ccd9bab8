"""Run the working day's round: five phases, in shards where there are several, then the letters, then delivery."""

import asyncio
import logging
from asyncio import to_thread
from dataclasses import replace
from datetime import date

import httpx
from prefect import State, flow
from prefect.deployments.flow_runs import arun_deployment
from prefect.exceptions import PrefectException
from prefect.states import Completed

from flows.application import application
from flows.context import Installation, add_to_name, moment, name_run, on_schedule, open_context, patiently
from flows.decision import decision
from flows.deliver_letters import start_delivery
from flows.final_report import final_report
from flows.follow_up import follow_up
from flows.overview import keep_forms, pages_of, publish
from flows.release import release
from flows.round_day import (
    PHASE_TASKS,
    ROUND_SECONDS,
    begin_day,
    drop_drafts,
    end_of,
    hand_over_steps,
    of_phase,
    tried,
    write_letters,
)
from models.errors import GrantError
from models.vocabulary import Phase
from tasks.commands.files.documents import sweep_documents, vault_of
from tasks.prefect.forms import word_run
from tasks.round import days
from tasks.round.days import Counts, RoundDay, ShardDone
from tasks.round.phases import PHASES
from tasks.settings import load_settings
from tasks.sources.alarms import SourcesAsked, tell_of_sources
from tasks.sources.source import sharing_sources
from tasks.store.database import reading
from tasks.store.queries import Shard

log = logging.getLogger(__name__)

DEPLOYMENT = "round-shard/round-shard"
# Seconds: a shard whose worker died, or of which no server could be asked, is asked for again.
_ASKED_AFTER = (0, 10, 60, 120)
# Also one that no worker has ended by then: a run whose worker died before it began is told of by nobody.
_ASKS_AGAIN_SECONDS = 600
_HOLDS_EVERY_SECONDS, _LOOKS_EVERY_SECONDS = 240, 2


@flow(name="round-shard", flow_run_name=name_run, timeout_seconds=ROUND_SECONDS)
async def round_shard(on: date, number: int, of: int, installation: Installation | None = None) -> State:
    """Do the five phases of a day for a part of the grants; the day's round writes the letters.

    Args:
        on: The day that it is for.
        number: Which shard, from 0.
        of: How many shards there are.
        installation: What the portal works on.
    """
    day = await begin_day(on, None, installation)
    if isinstance(day, State):
        return day
    day = replace(day, shard=Shard(number, of))
    done = Counts()
    with sharing_sources() as asked:
        for phase, verbs in PHASES.items():
            for verb in verbs:
                done += await tried(PHASE_TASKS[verb](day, phase))
    context = open_context()
    await to_thread(tell_of_sources, context.settings, asked, day.on, day.now, whole=False)
    if not done.undone:
        kept = ShardDone(done, frozenset(asked.gave), frozenset(asked.failed))
        await patiently(days.complete_shard, context.engine, day, kept)
    return await end_of(done)


async def do_shards(day: RoundDay, of: int, asked: SourcesAsked) -> Counts:
    """Ask for a run each of the shards that are not done, keep the day's lease, and return what all came to.

    What came of asking sources in them is added to `asked`.
    """
    engine = open_context().engine
    there = await patiently(days.completed_shards, engine, day.on, of)
    left = [shard for shard in (Shard(number, of) for number in range(of)) if shard not in there]
    asking = {asyncio.create_task(_ask(day, shard)) for shard in left}
    while asking:
        await patiently(days.hold_round, engine, day.on, moment())
        ended, asking = await asyncio.wait(asking, timeout=_HOLDS_EVERY_SECONDS)
        for one in ended:
            one.result()
    there = await patiently(days.completed_shards, engine, day.on, of)
    for kept in there.values():
        asked.add(kept.gave, kept.failed)
    failed = tuple(f"shard {shard}" for shard in left if shard not in there)
    return sum((kept.counts for kept in there.values()), Counts(undone=failed))


async def _ask(day: RoundDay, shard: Shard) -> None:
    """Ask for a run of the shard until one has come to an end of its own; two of one shard do what one does."""
    given = {"on": day.on.isoformat(), "number": shard.number, "of": shard.of}
    for pause in _ASKED_AFTER:
        await asyncio.sleep(pause)
        try:
            run = await arun_deployment(
                DEPLOYMENT, parameters=given, timeout=_ASKS_AGAIN_SECONDS, poll_interval=_LOOKS_EVERY_SECONDS
            )
        except (PrefectException, httpx.HTTPError) as error:
            log.warning("shard %s is asked for again: %s", shard, type(error).__name__)
            continue
        state = run.state
        if state is not None and (state.is_completed() or state.is_failed()):
            return


@flow(name="daily-round", flow_run_name=name_run, timeout_seconds=ROUND_SECONDS)
async def daily_round(
    on: date | None = None, grant: str | None = None, installation: Installation | None = None
) -> State:
    """Look at every step whose day has come, tell whom it concerns, escalate what is late.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
        installation: What the portal works on.
    """
    day = await begin_day(on, grant, installation)
    if isinstance(day, State):
        return day
    if on_schedule() and (why := await to_thread(why_idle, day)):
        await add_to_name(why)
        return Completed(message=why)
    try:
        done, asked, before = await _do_round(day)
    finally:
        await to_thread(days.give_back_round, open_context().engine, day.on)
    await start_delivery()
    done = await to_thread(_finish, day, done, asked, before)
    await _publish(day, done, asked)
    return await end_of(done)


def why_idle(day: RoundDay) -> str:
    """Return why a scheduled run has nothing to do; empty where the day's round is not done."""
    with reading(open_context().engine) as connection:
        if days.is_completed(connection, day.on):
            return word_run("done_already")
        return word_run("held") if days.is_held(connection, day.on, day.now) else ""


async def _do_round(day: RoundDay) -> tuple[Counts, SourcesAsked, Counts]:
    """Do what `tasks.round.phases.run_round` does, each phase as a run of its own.

    Return what it came to, of which sources, and what rounds of the day came to before it.
    """
    engine, before = open_context().engine, Counts()
    if day.grant is None:
        before = await patiently(days.begin_round, engine, day)
    with sharing_sources() as asked:
        done = await tried(hand_over_steps(day))
        shards = load_settings().round_shards
        if shards > 1 and day.grant is None:
            done += await do_shards(day, shards, asked)
        else:
            done += await _do_phases(day)
        done += await tried(drop_drafts(day))
        done += await tried(write_letters(day))
    return done, asked, before


async def _do_phases(day: RoundDay) -> Counts:
    done = Counts()
    for phase, flow_of_phase in PHASE_FLOWS.items():
        await patiently(days.hold_round, open_context().engine, day.on, moment())
        done += await of_phase(phase, flow_of_phase(day.on, day.grant, return_state=True))
    return done


PHASE_FLOWS = {
    Phase.APPLICATION: application,
    Phase.DECISION: decision,
    Phase.FOLLOW_UP: follow_up,
    Phase.FINAL_REPORT: final_report,
    Phase.RELEASE: release,
}


def _finish(day: RoundDay, done: Counts, asked: SourcesAsked, before: Counts) -> Counts:
    """Tell of sources, complete the day's round, and free the disk of files that no row names any more.

    Return what the round came to, also before a part of it was done again.
    """
    context = open_context()
    # Of a part of the round nobody can say that a source failed no step.
    whole = day.grant is None and not done.undone
    tell_of_sources(context.settings, asked, day.on, day.now, whole=whole)
    # A round for one grant is not the day's, and one with a verb that failed has not run: the watch says so.
    if whole:
        done = days.complete_round(context.engine, day, done, before)
    try:
        swept = sweep_documents(context.engine, vault_of(context.settings), moment())
    except (GrantError, OSError) as error:
        log.warning("files that nothing names were not swept: %s", type(error).__name__)
    else:
        log.info("files that nothing names were swept", extra={"files": swept})
    return done


async def _publish(day: RoundDay, done: Counts, asked: SourcesAsked) -> None:
    """Write the round's report and the overview; name the runs that are planned by now."""
    context = open_context()
    await keep_forms(context)
    pages = await pages_of(context.settings, day.on)
    await pages.write_round(day.on, done, asked.reasons(pages.say))
    await publish(context)
