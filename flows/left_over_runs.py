"""Mark as crashed the runs that have run for longer than any run may."""

from datetime import datetime, timedelta
from typing import Any

import httpx
from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import PrefectException
from prefect.states import Crashed

from flows.runs import OUR_TAGS, ROUND_SECONDS, log_line


def end_left_over_runs(now: datetime) -> None:
    """Mark our runs as crashed that have run too long: their process died without a word.

    A run that began late, since no worker was there, is as young as its state: Prefect keeps its
    scheduled time.
    """
    alive = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    latest = now - timedelta(seconds=ROUND_SECONDS)
    scheduled_long_ago = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=alive)),
        expected_start_time=FlowRunFilterExpectedStartTime(before_=latest),
    )
    try:
        with get_client(sync_client=True) as client:
            for run in _read_runs(client, scheduled_long_ago):
                if run.state is None or run.state.timestamp > latest or not _is_ours(client, run):
                    continue
                state: State[Any] = Crashed(message="It is older than its timeout: its process is gone")
                client.set_flow_run_state(run.id, state, force=True)
                log_line(f"marked as crashed: {run.name}")
    except (PrefectException, httpx.HTTPError) as error:
        log_line(f"no runs were marked as crashed: {type(error).__name__}")


def _read_runs(client: SyncPrefectClient, wanted: FlowRunFilter) -> list[FlowRun]:
    """Return all runs that the filter finds, page by page; others may use the server too."""
    runs: list[FlowRun] = []
    while True:
        page = client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.ID_DESC, offset=len(runs))
        if not page:
            return runs
        runs += page


def _is_ours(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Return whether one of our deployments started the run, or the run that it is part of."""
    if run.parent_task_run_id is None:
        return not OUR_TAGS.isdisjoint(run.tags)
    part = client.read_task_run(run.parent_task_run_id)
    return part.flow_run_id is not None and _is_ours(client, client.read_flow_run(part.flow_run_id))
