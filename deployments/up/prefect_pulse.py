"""Feel whether the embedded Prefect still does its work: a server can answer, and run nothing any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from flows.deliver_letters import delivery_ended, delivery_runs, start_delivery

log = logging.getLogger(__name__)

# How long a server may take over what it is asked.
ANSWERS_WITHIN_SECONDS = 30.0
LOOKS_EVERY_SECONDS = 60.0
# The delivery runs every ten minutes, unless its schedule is paused: then one is asked for.
ASKS_AFTER_SECONDS = 900.0
GONE_AFTER_SECONDS = 1800.0


async def feel_pulse(
    every: float = LOOKS_EVERY_SECONDS,
    asks_after: float = ASKS_AFTER_SECONDS,
    gone_after: float = GONE_AFTER_SECONDS,
) -> None:
    """Return once no run of the delivery has been at work or come to its end for `gone_after` seconds.

    For a run to do so, server, database, runner and a new process must all be in order.
    """
    felt = monotonic()
    while monotonic() - felt < gone_after:
        await asyncio.sleep(every)
        recently = datetime.now(UTC) - timedelta(seconds=2 * every)
        if await in_time(delivery_ended(recently)) or await in_time(delivery_runs()):
            felt = monotonic()
        elif monotonic() - felt >= asks_after:
            await in_time(start_delivery())
    log.error("Prefect has run nothing for %.0f minutes", gone_after / 60)


async def in_time(asked: Coroutine[Any, Any, bool]) -> bool:
    """Return what Prefect's server answers; False where it says nothing for long."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_SECONDS):
            return await asked
    except TimeoutError:
        log.warning("Prefect's server does not answer")
        return False
