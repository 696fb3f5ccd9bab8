"""What Prefect ran, as its own pages and API tell it."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.waiting import until

API = "http://127.0.0.1:8481/api"
_WITHIN = 60.0
_ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class Run:
    """A run: of which flow or deployment, what it is called in lists, how it ended and what its state says."""

    id: str
    deployment: str
    name: str
    state: str
    message: str


def is_deployed(deployment: str) -> bool:
    """Whether Prefect has the deployment; False while no server answers."""
    try:
        return httpx.get(_address_of(deployment), timeout=_WITHIN).status_code == 200
    except httpx.HTTPError:
        return False


def ask(deployment: str, **parameters: object) -> Run:
    """Ask for a run, as an administrator presses Run, and return it when it has ended."""
    found = httpx.get(_address_of(deployment), timeout=_WITHIN).raise_for_status().json()
    asked = httpx.post(
        f"{API}/deployments/{found['id']}/create_flow_run", json={"parameters": parameters}, timeout=_WITHIN
    )
    return wait_for(str(asked.raise_for_status().json()["id"]))


def wait_for(run: str) -> Run:
    """Return a run when it has ended."""

    def ended() -> dict[str, Any] | None:
        row: dict[str, Any] = httpx.get(f"{API}/flow_runs/{run}", timeout=_WITHIN).raise_for_status().json()
        return row if row["state"]["type"] in _ENDED else None

    return _run_of(until(ended, f"run {run} to end", 300), "")


def runs_of(flow: str) -> list[Run]:
    """Return the runs of a flow that are at their end, oldest first; waits for those under way."""

    def all_ended() -> list[dict[str, Any]] | None:
        wanted = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_ASC"}
        rows = httpx.post(f"{API}/flow_runs/filter", json=wanted, timeout=_WITHIN).raise_for_status().json()
        begun = [row for row in rows if row["state"]["name"] != "Scheduled" or not row["auto_scheduled"]]
        return begun if all(row["state"]["type"] in _ENDED for row in begun) else None

    rows = until(all_ended, f"the runs of {flow}", 300)
    return [_run_of(row, flow) for row in rows]


def _address_of(deployment: str) -> str:
    return f"{API}/deployments/name/{deployment}/{deployment}"


def _run_of(row: dict[str, Any], deployment: str) -> Run:
    state = row["state"]
    return Run(str(row["id"]), deployment, str(row["name"]), str(state["name"]), str(state["message"] or ""))
