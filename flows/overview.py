"""Publish what an administrator reads in Prefect: the events of the grants' lives, and where each grant stands."""

from __future__ import annotations

import logging
from datetime import date

from prefect import State, flow
from prefect.states import Completed

from flows.context import (
    RunContext,
    add_to_name,
    in_one_line,
    in_thread,
    moment,
    open_context,
    refused,
    run_name,
)
from models.errors import GrantError
from tasks.overview.portfolio import portfolio_figures
from tasks.prefect.artifacts import write_overview
from tasks.prefect.events import send_events
from tasks.words.translator import translator

log = logging.getLogger(__name__)

SECONDS = 600


@flow(name="overview", flow_run_name=run_name("overview"), timeout_seconds=SECONDS)
async def overview() -> State:
    """Publish what changed: asked for after somebody did something."""
    try:
        context = await in_thread(open_context)
        said = f"{await publish(context, context.day_of(None))} events"
    except GrantError as error:
        return refused(error)
    await add_to_name(said)
    return Completed(message=said)


async def publish(context: RunContext, today: date) -> int:
    """Send events and write the overview; return how many events. What is not shown fails nothing."""
    try:
        sent = await send_events(context.engine, moment())
        say = translator(context.settings.language)
        figures = await in_thread(portfolio_figures, context.engine, today, say)
    except GrantError as error:
        log.warning("nothing published: %s", in_one_line(error))
        return 0
    await write_overview(figures, today, say)
    return sent
