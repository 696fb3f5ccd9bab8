"""Hand the letters that are due to the mail server, or keep them in the portal's mailbox."""

import logging
from asyncio import to_thread

import httpx
from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectException
from prefect.states import Completed, Failed

from flows.context import (
    Installation,
    PartFailed,
    add_to_name,
    moment,
    name_run,
    open_context,
    part_of_run,
    refused,
    require_portals,
)
from models.errors import OtherInstallation
from models.reading.plain_text import without_addresses
from tasks.outbox.deliver import DeliveryReport, deliver_due
from tasks.prefect.forms import word_run
from tasks.settings import language_set

log = logging.getLogger(__name__)

DEPLOYMENT = "deliver-letters/deliver-letters"
DELIVERY_SECONDS = 3_500


@flow(name="deliver-letters", flow_run_name=name_run, timeout_seconds=DELIVERY_SECONDS)
async def deliver_letters(installation: Installation | None = None) -> State:
    """Hand over every letter that is due, and note what became of each.

    Args:
        installation: What the portal works on.
    """
    try:
        await to_thread(require_portals, installation)
        report = await deliver_due_letters()
    except OtherInstallation as error:
        return refused(error)
    except PartFailed as error:
        return Failed(message=error.detail)
    await add_to_name(word_run("delivered", report))
    return Completed(message=without_addresses(report.said_in(language_set())))


@task(
    name="deliver due letters",
    task_run_name=lambda: word_run("title", "deliver-letters"),
    cache_policy=NO_CACHE,
)
async def deliver_due_letters() -> DeliveryReport:
    """Return what a delivery came to.

    Raises PartFailed where something stopped letters, the mailbox for returned mail could not be read, or nobody
    but the administrator could be told of a letter. A bounce is not that: it is the receiver's answer, and somebody
    else is told.
    """
    with part_of_run("delivery"):
        context = await to_thread(open_context)
        report = await deliver_due(context.engine, context.settings, moment)
    if (
        report.route_error
        or report.mailbox_error
        or report.poisoned
        or report.unrendered
        or report.failures_untold
    ):
        # What Prefect may keep: a server's reply can name a person.
        raise PartFailed("delivery", without_addresses(report.said_in(language_set())))
    return report


async def start_delivery() -> None:
    """Ask for a run of the delivery now; where there is no such deployment or no server, the next watch delivers."""
    try:
        async with get_client() as client:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            await client.create_flow_run_from_deployment(
                deployment.id, name=word_run("title", "deliver-letters")
            )
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no delivery asked for: %s", type(error).__name__)
