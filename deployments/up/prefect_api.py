"""The calls to Prefect's API, with the standard library alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError

from deployments.up.web import ask_json

_CONFLICT = 409
_MOST = 200  # the most deployments, and the most runs, in one answer


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """The API of the server at an address that ends in /api, and its "name:password", if it has one."""

    url: str
    auth: str = ""

    def _ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        return ask_json(f"{self.url}{path}", body, auth=self.auth, method=method)

    def make_work_pool(self, name: str) -> None:
        """Make the work pool for a process worker, unless it exists."""
        try:
            self._ask("/work_pools/", {"name": name, "type": "process"})
        except HTTPError as error:
            with error:
                if error.code != _CONFLICT:
                    raise

    def deployment_id(self, name: str) -> str:
        """Return the id of the deployment, named as flow/deployment."""
        return str(self._ask(f"/deployments/name/{name}")["id"])

    def deployments(self) -> list[dict[str, Any]]:
        """Return the deployments: name, version, job variables and more."""
        deployments: list[dict[str, Any]] = self._ask("/deployments/filter", {"limit": _MOST})
        return deployments

    def start_run(self, deployment_id: str, parameters: Mapping[str, object]) -> None:
        """Start a run of the deployment now."""
        self._ask(f"/deployments/{deployment_id}/create_flow_run", {"parameters": parameters})


def api_of(environment: Mapping[str, str]) -> PrefectApi:
    """Return the API that the environment of Prefect's own commands names."""
    return PrefectApi(environment["PREFECT_API_URL"], environment.get("PREFECT_API_AUTH_STRING", ""))
