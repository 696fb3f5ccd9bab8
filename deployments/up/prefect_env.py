"""The environment of the Prefect that `grants up` holds: set before Prefect is first imported."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from tasks.settings import Settings

# Variables that would send the embedded Prefect elsewhere.
_FOREIGN = (
    "PREFECT_PROFILE",
    "PREFECT_API_KEY",
    "PREFECT_PROFILES_PATH",
    "PREFECT_API_DATABASE_CONNECTION_URL",
)


# The embedded Prefect's database, in its home.
PREFECT_DATABASE = "prefect.db"


def prefect_home(settings: Settings) -> Path:
    """Return the folder of the embedded Prefect's own files."""
    return settings.home.absolute() / "prefect"


def set_environment(
    settings: Settings, prefect_port: int, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Point Prefect at the embedded server, and its runs at this home.

    What makes it the embedded one is set whatever was there; the rest only where nobody has set it.
    """
    for name in _FOREIGN:
        environment.pop(name, None)
    home = prefect_home(settings)
    forced = {
        "GRANTS_HOME": str(settings.home.absolute()),
        "GRANTS_PORTAL_URL": settings.portal_url,
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{prefect_port}/api",
        "PREFECT_UI_URL": f"http://127.0.0.1:{prefect_port}",
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{home / PREFECT_DATABASE}",
        # A missing server must be an error, not a second server.
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        # Leases in memory would hold a deployment's one slot for ever after a kill.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    environment.update(forced)
    for name, value in _defaults(home).items():
        environment.setdefault(name, value)


def _defaults(home: Path) -> dict[str, str]:
    ninety_days = str(90 * 24 * 3600)
    return {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # The V2 interface calls a third party from the browser.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(home / "ui"),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": ninety_days,
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P30D",
        "PREFECT_LOGGING_COLORS": "false",
    }
