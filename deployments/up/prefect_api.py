"""What the supervisor asks of Prefect's API, and what it deploys there."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import flows
from deployments.shipped_files import PREFECT_FILE
from deployments.up.service import dies_with_us
from deployments.up.web import ask_json

_LEFT_OVER = ["RUNNING", "PENDING", "CANCELLING"]
_CRASHED = {"type": "CRASHED", "name": "Crashed", "message": "Grantline was stopped while this ran"}
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """The API of the server at an address that ends in /api, and its "name:password", if it has one."""

    url: str
    auth: str = ""

    def _ask(self, path: str, body: object = None) -> Any:
        return ask_json(f"{self.url}{path}", body, auth=self.auth)

    def end_left_over_runs(self) -> list[dict[str, object]]:
        """Mark runs as crashed that look alive while no worker is there; return them."""
        ended: list[dict[str, object]] = []
        alive = {"flow_runs": {"state": {"type": {"any_": _LEFT_OVER}}}}
        while runs := self._ask("/flow_runs/filter", alive):
            for run in runs:
                self._ask(f"/flow_runs/{run['id']}/set_state", {"state": _CRASHED, "force": True})
            ended += runs
        return ended

    def make_work_pool(self, name: str) -> None:
        """Make the work pool for a process worker, unless it is there."""
        try:
            self._ask("/work_pools/", {"name": name, "type": "process"})
        except HTTPError as error:
            with error:
                if error.code != _CONFLICT:
                    raise

    def variable(self, name: str) -> Any:
        """Return the value of a variable; None where there is none."""
        found = self._ask("/variables/filter", {"variables": {"name": {"any_": [name]}}})
        return found[0]["value"] if found else None

    def deployment_id(self, name: str) -> str:
        """Return the id of the deployment, named as flow/deployment."""
        return str(self._ask(f"/deployments/name/{name}")["id"])

    def start_run(self, deployment_id: str, parameters: Mapping[str, object]) -> None:
        """Ask for a run of the deployment, now."""
        self._ask(f"/deployments/{deployment_id}/create_flow_run", {"parameters": parameters})


# The zone of the shipped schedules; an office's own stands in the file that is deployed.
_SHIPPED_ZONE = "timezone: Europe/Stockholm"
_RUN = "python -m prefect.engine"
_SHIPPED_RUN = f"command: {_RUN}"


def deployments_in(timezone: str) -> str:
    """Return the deployments, as prefect.yaml describes them, with their schedules in a time zone.

    A run ends with its worker: without a server it would go on asking for one, for minutes.
    """
    text = PREFECT_FILE.read_text(encoding="utf-8").replace(_SHIPPED_ZONE, f"timezone: {timezone}")
    return text.replace(_SHIPPED_RUN, f"command: {' '.join(dies_with_us('KILL'))} {_RUN}")


def hash_of_deployments(text: str) -> str:
    """Return by what deployments are known that are made by this text, this program and this Prefect."""
    sources = [path.read_bytes() for path in sorted(Path(flows.__path__[0]).glob("*.py"))]
    parts = [text.encode(), metadata.version("prefect").encode(), *sources]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
