"""Hold a Prefect server and its runner in this process; imported only after the environment is set."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import prefect
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.server.api.server import create_app
from prefect.states import Cancelled, Crashed
from starlette.types import ASGIApp

from deployments.up.patient_api import PatientApi
from deployments.up.prefect_env import PREFECT_DATABASE
from deployments.up.prefect_file import read_prefect_file, runner_deployment
from tasks.settings import Settings

log = logging.getLogger(__name__)

# Runs at once; a small machine has little more than two cores, and a run is a process.
RUNS_AT_ONCE = 3
# A run that should have begun longer ago than this was missed while nothing ran.
MISSED_AFTER = timedelta(minutes=2)
_PAGE = 200
_RUNNER_FOLDER = "runner_storage"
_LEFT_OVER = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]


def prefect_app() -> ASGIApp:
    """Return Prefect's server, API and interface, with its services.

    Every page offers Prefect's newer interface, which calls a third party from the browser, where its files are
    found; no setting takes the offer away.
    """
    prefect.__ui_v2_static_path__ = Path(prefect.__ui_v2_static_path__) / "not-offered"
    return PatientApi(create_app(ephemeral=False))


def drop_left_overs(prefect_home: Path) -> None:
    """Forget the slots and the folder that a killed process held; nothing of ours runs before the server does."""
    for folder in ("concurrency_leases", _RUNNER_FOLDER):
        shutil.rmtree(prefect_home / folder, ignore_errors=True)


def set_aside_damaged(prefect_home: Path) -> Path | None:
    """Put Prefect's database out of the way if it is damaged, and return where it lies now; Prefect makes another.

    It holds runs, and which schedules an administrator has paused: nothing that Grantline could not do without. One
    damaged database is kept, the newest.
    """
    file = prefect_home / PREFECT_DATABASE
    if not file.exists() or _is_sound(file):
        return None
    for part in ("-wal", "-shm"):
        file.with_name(file.name + part).unlink(missing_ok=True)
    return file.replace(file.with_suffix(".damaged.db"))


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as connection:
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.OperationalError:
        return True  # out of reach, for whatever reason: Prefect says which
    except sqlite3.DatabaseError:
        return False
    return found == "ok"


class GrantsRunner(Runner):
    """Prefect's runner, which leaves the signals to the process that it is a part of, and works in its home."""

    def __init__(self, prefect_home: Path, on_signal: Callable[[], None]) -> None:
        super().__init__(name="grants-up", pause_on_shutdown=False, limit=RUNS_AT_ONCE)
        self._on_signal = on_signal
        # Prefect's own choice is one folder of the machine's, which only the first user to run anything may write to.
        self._tmp_dir = prefect_home / _RUNNER_FOLDER / self._tmp_dir.name

    def handle_sigterm(self, *_args: Any, **_kwargs: Any) -> None:
        """Pass the signal on: the whole stops, and the runner with it."""
        self._on_signal()


async def add_deployments(runner: Runner, settings: Settings) -> dict[str, UUID]:
    """Create or update every deployment of prefect.yaml; return their ids by name."""
    entries = read_prefect_file().deployments
    return {
        entry.name: await runner.aadd_deployment(runner_deployment(entry, settings.timezone))
        for entry in entries
    }


async def rescue(ids: Mapping[str, UUID], now: datetime) -> list[str]:
    """Put right what a killed process left: runs that look alive, taken slots, and a heap of missed runs.

    Return the names of the deployments whose run was cut off and is run again. A command is not: whoever gave it
    sees that it crashed, and what it did.
    """
    commands = {entry.name for entry in read_prefect_file().deployments if "command" in entry.tags}
    again = []
    async with get_client() as client:
        for name, deployment_id in ids.items():
            cut_off = await _end_left_over_runs(client, deployment_id)
            await _skip_missed_runs(client, deployment_id, now)
            await _free_slots(client, deployment_id)
            if cut_off and name not in commands:
                parameters = cut_off[-1].parameters
                await client.create_flow_run_from_deployment(deployment_id, parameters=parameters)
                again.append(name)
    return again


async def _end_left_over_runs(client: PrefectClient, deployment_id: UUID) -> list[FlowRun]:
    runs = await _runs(client, deployment_id, _LEFT_OVER)
    for run in runs:
        state: State[Any] = Crashed(message="Grantline was stopped while this ran")
        await client.set_flow_run_state(run.id, state, force=True)
    return runs


async def _skip_missed_runs(client: PrefectClient, deployment_id: UUID, now: datetime) -> None:
    """Leave the newest of the runs that were missed: it does what all of them would have done."""
    missed = [
        run
        for run in await _runs(client, deployment_id, [StateType.SCHEDULED])
        if run.auto_scheduled and run.expected_start_time and run.expected_start_time < now - MISSED_AFTER
    ]
    missed.sort(key=lambda run: run.expected_start_time or now)
    for run in missed[:-1]:
        state: State[Any] = Cancelled(message="Missed while Grantline was down; a later run does its work")
        await client.set_flow_run_state(run.id, state, force=True)


async def _free_slots(client: PrefectClient, deployment_id: UUID) -> None:
    with suppress(ObjectNotFound):
        await client.update_global_concurrency_limit(
            f"deployment:{deployment_id}", GlobalConcurrencyLimitUpdate(active_slots=0)
        )


async def _runs(client: PrefectClient, deployment_id: UUID, types: Sequence[StateType]) -> list[FlowRun]:
    found: list[FlowRun] = []
    while True:
        page = await client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(types)))
            ),
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment_id])),
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=_PAGE,
            offset=len(found),
        )
        found += page
        if len(page) < _PAGE:
            return found


async def start_run(
    deployment_id: UUID, parameters: dict[str, Any] | None = None, *, name: str | None = None
) -> UUID:
    """Ask for a run of the deployment, now, with a name until its flow has one for it; return the run's id."""
    async with get_client() as client:
        run = await client.create_flow_run_from_deployment(
            deployment_id, parameters=parameters or {}, name=name
        )
    return run.id
