"""Make Prefect's deployments: schedules in the office's time zone and week, and the variables of each run."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import click
import yaml
from sqlalchemy import Engine

import flows
from deployments.shipped_files import PREFECT_FILE
from deployments.up.home import prefect_home
from deployments.up.prefect_api import PrefectApi, api_of
from deployments.up.processes import dies_with_us
from deployments.up.web import Starting, find_status
from models.errors import PrefectAway
from models.programme.countries import weekend_of
from tasks.installation import installation_mark, write_installation
from tasks.settings import Settings

WORK_POOL = "grantline"
OVERVIEW = "overview/overview"
MONDAY_TO_FRIDAY = "1-5"
ANSWERS_WITHIN_SECONDS = 120.0


def deploy(settings: Settings, engine: Engine, environment: Mapping[str, str]) -> bool:
    """Make the work pool and the deployments, unless they are up to date; return whether they were made.

    The automations are updated each time: an earlier deploy may have stopped before them. The
    environment is that of Prefect's own commands. Raises DatabaseUnready, and PrefectAway if
    Prefect's server does not answer within two minutes or Prefect refuses.
    """
    variables = write_installation(installation_mark(settings, engine))
    described = describe_deployments(settings.timezone, settings.country, variables)
    api = api_of(environment)
    _wait_for(api)
    versions = {one["name"]: one["version"] for one in api.deployments()}
    folder = prefect_home(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    differ = any(versions.get(one["name"]) != one["version"] for one in described["deployments"])
    if differ:
        api.make_work_pool(WORK_POOL)
        file = folder / "prefect.yaml"
        file.write_text(yaml.safe_dump(described, sort_keys=False), encoding="utf-8")
        command = ("-m", "prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file))
        _run(command, folder, environment)
        # Its pages exist before the first round.
        api.start_run(api.deployment_id(OVERVIEW), {})
    _run(("-m", "flows.automations"), folder, environment)
    return differ


def describe_deployments(timezone: str, country: str, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the deployments of prefect.yaml, with the variables of each run.

    Their schedules are in the time zone; those of Monday to Friday are on the country's working
    days. A run ends with its worker: without a server it would go on asking for one, for minutes.
    Each has a version, which changes with any of this, with the program or with Prefect.
    """
    described: dict[str, Any] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))
    job = described["definitions"]["pool"]["job_variables"]
    job["command"] = " ".join((*dies_with_us("KILL"), _RUN))
    job["env"] = dict(variables)
    for one in described["deployments"]:
        for schedule in one.get("schedules", ()):
            schedule["timezone"] = timezone
            schedule["cron"] = schedule["cron"].replace(MONDAY_TO_FRIDAY, _working_weekdays(country))
    version = _hash_of(yaml.safe_dump(described))
    for one in described["deployments"]:
        one["version"] = version
    return described


_RUN = "python -m prefect.engine"


def _working_weekdays(country: str) -> str:
    """Return the weekdays outside a country's weekend, as cron counts them: Sunday is 0."""
    weekend = weekend_of(country.partition("-")[0])
    return ",".join(str(day) for day in sorted((day + 1) % 7 for day in range(7) if day not in weekend))


def _hash_of(text: str) -> str:
    """Return a digest of deployments made from this text, by this program and this Prefect."""
    sources = [path.read_bytes() for path in sorted(Path(flows.__path__[0]).glob("*.py"))]
    parts = [text.encode(), metadata.version("prefect").encode(), *sources]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _wait_for(api: PrefectApi) -> None:
    deadline = monotonic() + ANSWERS_WITHIN_SECONDS
    while find_status(f"{api.url}/health") != 200:
        if monotonic() > deadline:
            raise PrefectAway(Starting.NO_PREFECT(address=api.url))
        sleep(1)


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """Run Python in a folder; raises PrefectAway, with its stderr, if that fails."""
    done = subprocess.run(  # noqa: S603
        (sys.executable, *command), env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        click.echo(done.stdout + done.stderr, err=True)
        raise PrefectAway(Starting.NOT_DEPLOYED(code=done.returncode))
