"""Hand the letters that are due to the mail server, or keep them in the portal's mailbox."""

from __future__ import annotations

import logging

import httpx
from prefect import State, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.states import Completed, Failed

from flows.workroom import in_one_line, in_thread, log_place, moment, open_workroom
from models.errors import GrantError
from models.reading.plain_text import without_addresses
from tasks.outbox.deliver import DeliveryReport, deliver_due

log = logging.getLogger(__name__)

DEPLOYMENT = "deliver-letters/deliver-letters"
_ON_ITS_WAY = (StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)


@flow(name="deliver-letters", flow_run_name="deliver letters")
async def deliver_letters() -> State:
    """Hand over every letter that is due, and note what became of each."""
    try:
        room = await in_thread(open_workroom)
        report = await deliver_due(room.engine, room.settings, moment)
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
    """Ask for a run of the delivery now, rather than at its schedule's next time.

    Returns False where none was asked for: one is on its way already; or there is no such deployment, or no server.
    The letters leave with that run or with the next.
    """
    try:
        async with get_client() as client:
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            on_its_way = await client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
                flow_run_filter=FlowRunFilter(
                    state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(_ON_ITS_WAY))),
                    expected_start_time=FlowRunFilterExpectedStartTime(before_=moment()),
                ),
                limit=1,
            )
            if on_its_way:
                return False
            await client.create_flow_run_from_deployment(deployment.id, name="deliver letters")
    except ObjectNotFound:
        return False
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no delivery asked for: %s", type(error).__name__)
        return False
    return True
