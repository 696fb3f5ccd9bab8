"""Do a round in shards: a run each, which any worker takes, asked for by the day's round."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import date

import httpx
from prefect import State, flow
from prefect.deployments.flow_runs import arun_deployment
from prefect.exceptions import PrefectException

from flows.context import in_thread, moment, name_run, open_context, patiently
from flows.round_day import PHASE_TASKS, ROUND_SECONDS, Done, begin_day, end_of, tried
from tasks.round.days import Counts, RoundDay, ShardDone, complete_shard, completed_shards, hold_round
from tasks.round.phases import PHASES
from tasks.settings import load_settings
from tasks.sources.alarms import SourcesAsked, tell_of_sources
from tasks.sources.source import sharing_sources
from tasks.store.queries import Shard

log = logging.getLogger(__name__)

DEPLOYMENT = "round-shard/round-shard"
# Seconds: a shard whose worker died, or of which no server could be asked, is asked for again.
_ASKED_AFTER = (0, 10, 60, 120)
# Also one that no worker has ended by then: a run whose worker died before it began is told of by nobody.
_ASKS_AGAIN_SECONDS = 600
_HOLDS_EVERY_SECONDS, _LOOKS_EVERY_SECONDS = 240, 2


@flow(name="round-shard", flow_run_name=name_run, timeout_seconds=ROUND_SECONDS)
async def round_shard(on: date, number: int, of: int) -> State:
    """Do the five phases of a day for a part of the grants; the day's round writes the letters.

    Args:
        on: The day that it is for.
        number: Which shard, from 0.
        of: How many shards there are.
    """
    day = await begin_day(on, None)
    if isinstance(day, State):
        return day
    day = replace(day, shard=Shard(number, of))
    done = Done(Counts())
    with sharing_sources() as asked:
        for phase, verbs in PHASES.items():
            for verb in verbs:
                done += await tried(PHASE_TASKS[verb](day, phase))
    context = open_context()
    await in_thread(tell_of_sources, context.settings, asked, day.on, day.now, whole=False)
    if not done.failed:
        kept = ShardDone(done.counts, frozenset(asked.gave), frozenset(asked.failed))
        await patiently(complete_shard, context.engine, day, kept)
    return await end_of(done)


async def do_shards(day: RoundDay, of: int, asked: SourcesAsked) -> Done:
    """Ask for a run each of the shards that are not done, keep the day's lease, and return what all came to.

    What came of asking sources in them is added to `asked`.
    """
    engine = open_context().engine
    there = await patiently(completed_shards, engine, day.on, of)
    left = [shard for shard in (Shard(number, of) for number in range(of)) if shard not in there]
    asking = {asyncio.create_task(_ask(day, shard)) for shard in left}
    while asking:
        await patiently(hold_round, engine, day.on, moment())
        ended, asking = await asyncio.wait(asking, timeout=_HOLDS_EVERY_SECONDS)
        for one in ended:
            one.result()
    there = await patiently(completed_shards, engine, day.on, of)
    for kept in there.values():
        asked.add(kept.gave, kept.failed)
    failed = tuple(f"shard {shard}" for shard in left if shard not in there)
    return Done(sum((kept.counts for kept in there.values()), Counts()), failed)


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


def shards_of(day: RoundDay) -> int:
    """Return in how many shards the round is done; one grant is looked at in the process."""
    return load_settings().round_shards if day.grant is None else 1
