"""`grants up`: start Prefect's server and worker, the portal and the delivery of letters; end all when one ends.

It restarts nothing: that is the task of systemd or a container (`deployments/systemd`,
`deployments/containers`).
"""

import os
import signal
import sys
from datetime import UTC, date, datetime

import click
from sqlalchemy import Engine

from deployments.migrations.upgrade import upgrade_schema
from deployments.up.deploy import WORK_POOL
from deployments.up.home import hold_home, prefect_home, process_environment, require_sound
from deployments.up.prefect_api import api_of
from deployments.up.processes import Processes
from deployments.up.web import LOOPBACK, find_status, port_of, require_free, said_of_addresses
from models.rules.dates.calendar import offices_in
from tasks.settings import Settings
from tasks.store.database import open_engine
from tasks.store.secrets import share

_GRANTS = (sys.executable, "-m", "deployments.cli.main")
_SERVER = (sys.executable, "-m", "uvicorn", "--factory", "deployments.up.prefect_app:create")
_QUIET = ("--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3")
# Runs at once; a small machine has little more than two cores, and each run is a process.
_WORKER = (sys.executable, "-m", "prefect", "worker", "start", "--pool", WORK_POOL, "--type", "process")
_RUNS = ("--name", "grants-up", "--limit", "3", "--install-policy", "never")
STARTS_WITHIN_SECONDS = 120.0


def run_everything(settings: Settings, *, port: int | None = None, sample: bool = False) -> int:
    """Run everything until Ctrl-C or SIGTERM, which returns 0, or until a process ends, which is PartEnded.

    The portal is at `port`, on the loopback address unless the settings give another; Prefect's
    server is at the port after it, on the loopback address only. Raises PortTaken, HomeInUse if
    another process runs from the home, DatabaseUnready for a database that is newer or damaged,
    PrefectAway for a damaged one of Prefect's, and BadInput for a sample in a database that is not
    its own.
    """
    portal_port = port or port_of(settings)
    if port is not None and "portal_url" not in settings.model_fields_set:
        # Links in letters must lead to the portal.
        settings = settings.model_copy(update={"portal_url": f"http://{LOOPBACK}:{portal_port}"})
    with hold_home(settings.home, portal_port):
        require_free(settings.portal_host, portal_port)
        require_free(LOOPBACK, portal_port + 1)
        for folder in (prefect_home(settings), settings.home / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)
        require_sound(settings)
        engine = open_engine(settings.database)
        upgrade_schema(engine)
        if sample:
            from deployments.sample.portfolio import ORGANISATION, require_room

            require_room(engine)
            if "organisation" not in settings.model_fields_set:
                settings = settings.model_copy(update={"organisation": ORGANISATION})
        share(engine, settings)
        click.echo("Starting Grantline ...")
        return _run(settings, engine, portal_port, sample=sample)


def _run(settings: Settings, engine: Engine, port: int, *, sample: bool) -> int:
    environment = process_environment(settings, port, os.environ)
    processes = Processes(settings.home / "logs", environment)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        at = ("--host", LOOPBACK, "--port", str(port + 1))
        processes.start("server", *_SERVER, *at, *_QUIET)
        day = _load_sample(settings, engine) if sample else None
        processes.start("portal", *_GRANTS, "portal", "--port", str(port))
        processes.start("letters", *_GRANTS, "deliver", "--keep-on")
        processes.do("deploy", *_GRANTS, "deploy")
        # Asked to end, it would wait for its runs, and they for a server: it is killed with this process.
        processes.start("worker", *_WORKER, *_RUNS, dies_by="KILL")
        host = f"[{settings.portal_host}]" if ":" in settings.portal_host else settings.portal_host
        portal = f"http://{host}:{port}/healthz"
        # Without its database it answers 503, and keeps running.
        processes.wait_until(lambda: find_status(portal) in (200, 503), "portal", STARTS_WITHIN_SECONDS)
        click.echo(said_of_addresses(engine, settings, port + 1))
        if day is not None:
            api = api_of(environment)
            api.start_run(api.deployment_id("daily-round/daily-round"), {"on": day.isoformat()})
        processes.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        click.echo("Stopping ...")
        processes.stop()


def _load_sample(settings: Settings, engine: Engine) -> date:
    """Load the sample as of today, and return its day: on a weekend the Friday before, which has a round."""
    from deployments.sample.portfolio import load_sample  # a start without the sample needs none of it

    now = datetime.now(UTC)
    day = offices_in(settings.country).on_or_before(settings.local_date(now))
    load_sample(engine, day, now)
    return day
