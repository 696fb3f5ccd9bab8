"""Hold the whole in one process for `grants up`: Prefect's server and runner, the portal and delivery."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from urllib.parse import urlsplit

from deployments.migrations.upgrade import upgrade_schema
from deployments.up.home_lock import hold_home
from deployments.up.orphans import end_orphans
from deployments.up.prefect_env import prefect_home, set_environment
from deployments.up.server_thread import LOOPBACK, listen_on
from deployments.up.terminal import quiet_terminal
from tasks.settings import Settings
from tasks.store.database import open_engine
from tasks.store.secrets import load_or_make

log = logging.getLogger(__name__)

DEFAULT_PORT = 8480


def run_embedded(settings: Settings, *, port: int | None = None, sample: bool = False) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code: 0 after a stop, 1 when a part died.

    The portal is at `port`, on the loopback address unless the settings say another; Prefect is at the port after
    it, on the loopback address only. Raises
    PortTaken, HomeInUse when another process runs from it, DatabaseUnready for a database that is newer.
    """
    portal_port = port or _port_of(settings)
    stray = said_of_letters(settings, portal_port)
    settings = _at_home(settings, portal_port, chosen=port is not None)
    with ExitStack() as stack:
        stack.enter_context(hold_home(settings.home, portal_port))
        # Before anything listens: a run that is ended must not tell the new server what it thinks of that.
        end_orphans(prefect_home(settings))
        portal = stack.enter_context(listen_on(portal_port, settings.portal_host))
        prefect = stack.enter_context(listen_on(portal_port + 1))
        engine = open_engine(settings.database)
        upgrade_schema(engine)
        load_or_make(settings)
        set_environment(settings, portal_port + 1)
        with quiet_terminal(settings.home / "logs" / "up.log") as (terminal, log_file):
            print("Starting Grantline ...", stray, sep="\n" if stray else "", file=terminal, flush=True)
            # Only now, with its environment set, may Prefect be imported.
            from deployments.up.whole import Whole

            whole = Whole(settings, engine, terminal, log_file, sample=sample)
            return asyncio.run(whole.run(portal, prefect))


def said_of_letters(settings: Settings, portal_port: int) -> str:
    """Return how letters of commands come to link to a portal at the port, where the settings say another's.

    Empty where they link to it, and where the portal is reached under a name: what stands before it knows the port.
    """
    address = urlsplit(settings.portal_url)
    if address.hostname not in (LOOPBACK, "localhost") or address.port == portal_port:
        return ""
    return f"set GRANTS_PORTAL_URL=http://{LOOPBACK}:{portal_port} in .env, so that letters of commands link here"


def _port_of(settings: Settings) -> int:
    """Return the port that GRANTS_PORTAL_URL names, if it is one of this machine's."""
    address = urlsplit(settings.portal_url)
    return (address.port if address.hostname in (LOOPBACK, "localhost") else None) or DEFAULT_PORT


def _at_home(settings: Settings, portal_port: int, *, chosen: bool) -> Settings:
    changes: dict[str, object] = {"home": settings.home.absolute()}
    if chosen and "portal_url" not in settings.model_fields_set:
        # Letters must lead to where the portal is.
        changes["portal_url"] = f"http://{LOOPBACK}:{portal_port}"
    return settings.model_copy(update=changes)
