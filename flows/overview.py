"""Publish what an administrator reads in Prefect: the events of the grants' lives, and where each grant stands."""

import logging
from asyncio import to_thread
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import httpx
from prefect import State, flow
from prefect.exceptions import PrefectException
from prefect.states import Completed
from sqlalchemy import select

from flows.context import (
    Installation,
    RunContext,
    add_to_name,
    in_one_line,
    moment,
    name_run,
    open_context,
    refused,
    require_portals,
)
from models.errors import GrantError
from models.tables.columns import table_of
from models.tables.money import Instalment
from models.vocabulary import DecisionKind, Role
from tasks.overview.portfolio import portfolio_figures
from tasks.overview.titles import list_titles
from tasks.overview.waiting import WaitingDecisions, find_waiting, word_waiting
from tasks.prefect.artifacts import Pages, send_events
from tasks.prefect.automations import keep_automations
from tasks.prefect.forms import Forms, find_forms, name_planned_runs, word_forms, word_part, word_run
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.words.names import word_name
from tasks.words.translator import Translator, translator

log = logging.getLogger(__name__)

SECONDS = 600
# A list of more helps nobody to choose: the step is typed then.
MOST_STEPS = 300


@flow(name="overview", flow_run_name=name_run, timeout_seconds=SECONDS)
async def overview(installation: Installation | None = None) -> State:
    """Publish what changed: asked for after somebody did something.

    Args:
        installation: What the portal works on.
    """
    try:
        await to_thread(require_portals, installation)
        context = await to_thread(open_context)
        await keep_forms(context)
        said = word_run("published", await publish(context))
    except GrantError as error:
        return refused(error)
    await add_to_name(said)
    return Completed(message=said)


async def publish(context: RunContext) -> int:
    """Send events and write the overview of today; return how many events. What is not shown fails nothing."""
    today = context.day_of(None)
    try:
        sent = await send_events(context.engine, moment())
        say = translator(context.settings.language)
        figures = await to_thread(portfolio_figures, context.engine, today, say)
        waiting = await to_thread(_waiting, context, today, moment(), say)
    except GrantError as error:
        log.warning("nothing published: %s", in_one_line(error))
        return 0
    pages = await pages_of(context.settings, today)
    await pages.write_overview(figures)
    await pages.write_waiting(waiting)
    return sent


async def keep_forms(context: RunContext) -> None:
    """Keep the automations, word the forms in the office's language with what there is to choose, name planned runs."""
    try:
        await keep_automations()
        choices = await to_thread(_choices, context)
        await word_forms(translator(context.settings.language), choices)
        await name_planned_runs(context.settings.zone)
    except (GrantError, PrefectException, httpx.HTTPError) as error:
        log.warning("forms and automations stay as they are: %s", type(error).__name__)


def _choices(context: RunContext) -> Mapping[str, Sequence[str]]:
    say = translator(context.settings.language)
    with reading(context.engine) as connection:
        parts = connection.execute(select(table_of(Instalment).c.number).distinct()).scalars()
        return {
            "asked_by": [word_name(say, "role", role) for role in Role],
            "decided_by": [word_name(say, "role", one) for one in ("committee", "funder")],
            "kind": [word_name(say, "decision", kind) for kind in DecisionKind],
            "instalment": [word_part(say, number) for number in sorted(parts)],
            "step": list_titles(connection, say, MOST_STEPS),
        }


def _waiting(context: RunContext, today: date, now: datetime, say: Translator) -> WaitingDecisions:
    with reading(context.engine) as connection:
        return word_waiting(connection, find_waiting(connection, today, now), say)


async def pages_of(settings: Settings, today: date) -> Pages:
    """Return how the pages of now are written."""
    try:
        forms = await find_forms()
    except (PrefectException, httpx.HTTPError):
        forms = Forms({})
    at = moment().astimezone(settings.zone)
    return Pages(at, today, settings.portal_url.rstrip("/"), forms, translator(settings.language))
