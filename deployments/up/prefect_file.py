"""Read prefect.yaml into deployments for the runner that `grants up` holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.types.entrypoint import EntrypointType
from pydantic import BaseModel, ConfigDict, Field

from deployments.shipped_files import PREFECT_FILE


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScheduleEntry(_Strict):
    """When a deployment runs by itself. No `active`: an administrator's pause stays."""

    cron: str
    timezone: str
    slug: str
    day_or: bool = True


class LimitEntry(_Strict):
    """How many runs of a deployment there may be at once, and what happens to one more."""

    limit: int
    collision_strategy: Literal["CANCEL_NEW", "ENQUEUE"]


class DeploymentEntry(_Strict):
    """A deployment as prefect.yaml describes it, for `prefect deploy` and for the embedded runner alike."""

    name: str
    entrypoint: str
    description: str
    tags: tuple[str, ...]
    work_pool: dict[str, str]
    schedules: tuple[ScheduleEntry, ...] = ()
    concurrency_limit: LimitEntry | None = None


class PrefectFile(_Strict):
    """The file as a whole; `definitions` only holds its anchors."""

    prefect_version: str = Field(alias="prefect-version")
    name: str
    pull: tuple[Any, ...]
    definitions: dict[str, Any]
    deployments: tuple[DeploymentEntry, ...]


def read_prefect_file(path: Path = PREFECT_FILE) -> PrefectFile:
    """Return the deployments that the file describes; a ValidationError names what is wrong in it."""
    return PrefectFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def runner_deployment(entry: DeploymentEntry, timezone: str) -> RunnerDeployment:
    """Return the deployment for a runner in this process: no work pool, and the office's own time zone."""
    flow: Flow[Any, Any] = load_flow_from_entrypoint(entry.entrypoint)
    deployment = RunnerDeployment.from_flow(
        flow,
        name=entry.name,
        description=entry.description,
        tags=list(entry.tags),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    deployment.schedules = [_schedule(schedule, timezone) for schedule in entry.schedules]
    if entry.concurrency_limit:
        strategy = ConcurrencyLimitStrategy(entry.concurrency_limit.collision_strategy)
        deployment.concurrency_limit = entry.concurrency_limit.limit
        deployment.concurrency_options = ConcurrencyOptions(collision_strategy=strategy)
    # Said outright, so that a deployment that once had a work pool comes back to this runner.
    deployment.work_pool_name = deployment.work_queue_name = None
    return deployment


def _schedule(entry: ScheduleEntry, timezone: str) -> DeploymentScheduleCreate:
    cron = CronSchedule(cron=entry.cron, timezone=timezone, day_or=entry.day_or)
    return DeploymentScheduleCreate(schedule=cron, slug=entry.slug)
