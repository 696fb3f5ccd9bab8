"""What the supervisor asks of Prefect's API: end what a stop left, make the work pool, start a run."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.error import HTTPError

from deployments.up.web import get_json, post_json

_LEFT_OVER = ["RUNNING", "PENDING", "CANCELLING"]
_CRASHED = {"type": "CRASHED", "name": "Crashed", "message": "Grantline was stopped while this ran"}
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """The API of the server at an address that ends in /api."""

    url: str

    def end_left_over_runs(self) -> int:
        """Mark runs as crashed that look alive while no worker is there; return how many there were."""
        ended = 0
        while runs := post_json(
            f"{self.url}/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": _LEFT_OVER}}}}
        ):
            for run in runs:
                post_json(f"{self.url}/flow_runs/{run['id']}/set_state", {"state": _CRASHED, "force": True})
            ended += len(runs)
        return ended

    def make_work_pool(self, name: str) -> None:
        """Make the work pool for a process worker, unless it is there."""
        try:
            post_json(f"{self.url}/work_pools/", {"name": name, "type": "process"})
        except HTTPError as error:
            with error:
                if error.code != _CONFLICT:
                    raise

    def start_run(self, deployment: str, parameters: dict[str, str]) -> None:
        """Ask for a run of the deployment, named as flow/deployment, now."""
        found = get_json(f"{self.url}/deployments/name/{deployment}")
        post_json(f"{self.url}/deployments/{found['id']}/create_flow_run", {"parameters": parameters})
