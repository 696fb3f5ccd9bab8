"""Hand the letters that are due to the mail server, or keep them in the portal's mailbox."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from prefect import State, flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterEndTime,
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

    Returns False where none was asked for: one is on its way already, and another would only be cancelled; or there
    is no such deployment, or no server. The letters leave with that run or with the next.
    """
    try:
        async with get_client() as client:
            by_now = FlowRunFilterExpectedStartTime(before_=moment())
            if await _is_there(client, _ON_ITS_WAY, expected_start_time=by_now):
                return False
            deployment = await client.read_deployment_by_name(DEPLOYMENT)
            # Named at once: where a delivery begins meanwhile, this one is cancelled before its flow could name it.
            await client.create_flow_run_from_deployment(deployment.id, name="deliver letters")
    except ObjectNotFound:
        return False
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no delivery asked for: %s", type(error).__name__)
        return False
    return True


async def delivery_ended(since: datetime) -> bool:
    """Return whether a run of the delivery has come to its own end since; False too where no server says so."""
    ended = (StateType.COMPLETED, StateType.FAILED)
    return await _is_seen(ended, end_time=FlowRunFilterEndTime(after_=since))


async def delivery_runs() -> bool:
    """Return whether a run of the delivery is at work; False too where no server says so."""
    return await _is_seen((StateType.RUNNING,))


async def _is_seen(states: Sequence[StateType], **when: Any) -> bool:
    try:
        async with get_client() as client:
            return await _is_there(client, states, **when)
    except (PrefectException, httpx.HTTPError):
        return False


async def _is_there(client: PrefectClient, states: Sequence[StateType], **when: Any) -> bool:
    """Return whether there is a run of the delivery in one of the states; `when` are filters of its times."""
    deployment = await client.read_deployment_by_name(DEPLOYMENT)
    found = await client.read_flow_runs(
        deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment.id])),
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states))), **when
        ),
        limit=1,
    )
    return bool(found)
