"""Hold a home for `grants up`, bring its database up to date, and run the supervisor."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

from deployments.migrations.upgrade import upgrade_schema
from deployments.up.home import hold_home, prefect_home, process_environment
from deployments.up.supervisor import Supervisor, say
from deployments.up.web import LOOPBACK, port_of, require_free
from models.rules.dates.calendar import offices_in
from tasks.settings import Settings
from tasks.store.database import open_engine
from tasks.store.secrets import share


def run_embedded(settings: Settings, *, port: int | None = None, sample: bool = False) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code.

    The portal is at `port`, on the loopback address unless the settings say another; Prefect's server and the
    worker's health check are at the two ports after it, on the loopback address only. Raises PortTaken, HomeInUse
    when another process runs from the home, DatabaseUnready for a database that is newer.
    """
    portal_port = port or port_of(settings)
    settings = _at_home(settings, portal_port, chosen=port is not None)
    with hold_home(settings.home, portal_port):
        require_free(settings.portal_host, portal_port)
        require_free(LOOPBACK, portal_port + 1)
        require_free(LOOPBACK, portal_port + 2)
        for folder in (prefect_home(settings), settings.home / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)
        engine = open_engine(settings.database)
        upgrade_schema(engine)
        share(engine, settings)
        say("Starting Grantline ...")
        now = datetime.now(UTC)
        # On a weekend the sample's day is the Friday before: there is something to read at once.
        day = offices_in(settings.country).on_or_before(now.astimezone(settings.zone).date())
        environment = process_environment(settings, portal_port, os.environ)
        supervisor = Supervisor(settings, engine, environment, portal_port, day, sample)
        return asyncio.run(supervisor.run())


def _at_home(settings: Settings, portal_port: int, *, chosen: bool) -> Settings:
    changes: dict[str, object] = {"home": settings.home.absolute()}
    if chosen and "portal_url" not in settings.model_fields_set:
        # Letters must lead to where the portal is.
        changes["portal_url"] = f"http://{LOOPBACK}:{portal_port}"
    return settings.model_copy(update=changes)
