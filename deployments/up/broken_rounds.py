"""Run a day's round again that failed or broke off: what was in its way may be gone, and it repeats nothing."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import PrefectException

from tasks.prefect.automations import SOURCES_SILENT

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 60.0
# How long after each of a day's failures, in minutes; what has failed so often waits for a person, who was told.
RESTS_MINUTES = (5, 15, 30, 60, 120)
_NEWEST = 50


@dataclass(slots=True)
class BrokenRounds:
    """The daily rounds of a running Grantline, of which one that ended badly is tried again on the same day."""

    daily_round: UUID
    zone: ZoneInfo
    tried: int = 0

    async def keep_mending(self) -> None:
        """Look every minute, for ever."""
        while True:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            try:
                await self.look(datetime.now(UTC))
            except (PrefectException, httpx.HTTPError) as error:
                log.warning("the last round was not looked at: %s", type(error).__name__)

    async def look(self, now: datetime) -> bool:
        """Ask for another run if today's newest one ended badly long enough ago; return whether one was asked for."""
        newest = await self._newest(now)
        if newest is None or newest.state is None or newest.expected_start_time is None:
            return False
        # Sources that failed are asked again the next morning, and who can mend them was told.
        is_through = newest.state.type is StateType.COMPLETED or newest.state.name == SOURCES_SILENT
        if is_through or not self._is_of_today(newest.expected_start_time, now):
            self.tried = 0
        elif (
            newest.state.type in (StateType.FAILED, StateType.CRASHED)
            and self.tried < len(RESTS_MINUTES)
            and now - newest.state.timestamp >= timedelta(minutes=RESTS_MINUTES[self.tried])
        ):
            self.tried += 1
            async with get_client() as client:
                await client.create_flow_run_from_deployment(self.daily_round, parameters=newest.parameters)
            return True
        return False

    async def _newest(self, now: datetime) -> FlowRun | None:
        by_now = FlowRunFilterExpectedStartTime(before_=now)
        async with get_client() as client:
            found = await client.read_flow_runs(
                deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[self.daily_round])),
                flow_run_filter=FlowRunFilter(expected_start_time=by_now),
                sort=FlowRunSort.EXPECTED_START_TIME_DESC,
                limit=_NEWEST,
            )
        # One for a single grant, by hand, is not the day's: whoever started it sees what it came to.
        return next((run for run in found if not run.parameters.get("grant")), None)

    def _is_of_today(self, at: datetime, now: datetime) -> bool:
        return at.astimezone(self.zone).date() == now.astimezone(self.zone).date()
