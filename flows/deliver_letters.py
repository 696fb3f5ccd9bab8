"""Hand the letters that are due to the mail server, or keep them in the portal's mailbox."""

from __future__ import annotations

import logging

import httpx
from prefect import State, flow
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Completed, Failed

from flows.workroom import in_one_line, in_thread, log_place, moment, open_workroom, without_addresses
from models.errors import GrantError
from tasks.mail.delivery import DeliveryReport, deliver_due
from tasks.mail.post_office import pass_on_bounced, post_office_of

log = logging.getLogger(__name__)

DEPLOYMENT = "deliver-letters/deliver-letters"


@flow(name="deliver-letters", flow_run_name="deliver letters")
async def deliver_letters() -> State:
    """Hand over every letter that is due, and note what became of each."""
    try:
        room = await in_thread(open_workroom)
        post = await in_thread(post_office_of, room.settings)
        report = await deliver_due(room.engine, post.route, post.print, moment, zone=room.settings.zone)
        await in_thread(pass_on_bounced, room.engine, post, report, moment())
    except GrantError as error:
        return Failed(message=in_one_line(error))
    except Exception as error:  # noqa: BLE001  (its words may quote a letter)
        log_place(error, "delivery")
        return Failed(message=in_one_line(error))
    # A bounce is the receiver's answer, and someone else has the steps now; here only what stops letters counts.
    if report.route_error or report.poisoned or report.spoiled:
        return Failed(message=said_of(report))
    return Completed(message=said_of(report))


def said_of(report: DeliveryReport) -> str:
    """Return what a delivery came to in one line that Prefect may keep: a server's reply can name a person."""
    return without_addresses(str(report))


async def start_delivery() -> bool:
    """Ask for a run of the delivery, so that a round's letters need not wait for its schedule.

    Returns False where there is no such deployment, or no server: the letters leave with the next run.
    """
    try:
        async with get_client() as client:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            # Named at once: where a delivery runs already, this one is cancelled before its flow could name it.
            await client.create_flow_run_from_deployment(deployment.id, name="deliver letters")
    except ObjectNotFound:
        return False
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no delivery asked for: %s", type(error).__name__)
        return False
    return True
