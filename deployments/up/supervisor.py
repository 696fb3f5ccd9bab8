"""Hold a home, start Grantline's processes in order, look after them, and stop them again."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine

from deployments.migrations.upgrade import upgrade_schema
from deployments.up.deploy import WORK_POOL
from deployments.up.due_letters import DueLetters
from deployments.up.home import (
    PREFECT_DATABASE,
    hold_home,
    prefect_home,
    process_environment,
    set_aside_damaged,
)
from deployments.up.prefect_api import PrefectApi, api_of
from deployments.up.service import PAUSES_SECONDS, Service, start_process
from deployments.up.web import LOOPBACK, port_of, require_free, said_of_addresses
from models.errors import DatabaseUnready
from models.rules.dates.calendar import offices_in
from tasks.round.days import day_off, is_completed
from tasks.settings import Settings
from tasks.store.database import open_engine, reading
from tasks.store.secrets import share
from tasks.watch.alarms import Alarm, Alarming, tell_admin

log = logging.getLogger(__name__)

_PREFECT = (sys.executable, "-m", "prefect")
_GRANTS = (sys.executable, "-m", "deployments.cli.main")
# Runs at once; a small machine has little more than two cores, and a run is a process.
RUNS_AT_ONCE = 3
DEPLOYS_AGAIN_SECONDS = 60
LOOKS_EVERY_SECONDS = 60
# When the round is scheduled for the last time that day (prefect.yaml), and how long it may take.
LAST_ROUND, ROUND_WITHIN = time(12, 40), timedelta(hours=1)


@dataclass(slots=True)
class Supervisor:
    """The processes of a running Grantline: Prefect's server and worker, and the portal.

    With `sample` its portfolio is loaded as of `day`, and the day's round is run at the start.
    """

    settings: Settings
    engine: Engine
    environment: Mapping[str, str]
    port: int
    day: date
    sample: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> int:
        """Run until SIGINT or SIGTERM; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        server, worker, portal = services = self._services()
        await self._set_aside_damaged()
        opening = asyncio.create_task(self._open(server, worker, portal))
        self.tasks += [opening, asyncio.create_task(self._watch_over(services))]
        stopped = asyncio.create_task(self.stop.wait())
        await asyncio.wait([stopped, opening], return_when=asyncio.FIRST_COMPLETED)
        if opening.done() and (error := opening.exception()):
            click.echo(f"Grantline did not start: {error}")
            self.stop.set()
        await stopped
        click.echo("Stopping ...")
        # The worker first: it still tells the server. The server last.
        for service in (worker, portal, server):
            await service.stop()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return 1 if opening.done() and not opening.cancelled() and opening.exception() else 0

    async def _open(self, server: Service, worker: Service, portal: Service) -> None:
        """Start the services, each as soon as what it needs is there, and say when all are ready."""
        api = api_of(self.environment)
        self._keep(server)
        if self.sample:
            from deployments.sample.portfolio import load_sample  # a start without it needs none of it

            await asyncio.to_thread(load_sample, self.engine, self.day, datetime.now(UTC))
        self._keep(portal)
        letters = DueLetters(self.settings, self.engine, self.environment, self._log("deliver"))
        self.tasks.append(asyncio.create_task(letters.keep_leaving()))
        await server.ready.wait()
        # Before a worker is there that runs anything.
        cut_off = await asyncio.to_thread(api.end_left_over_runs)
        await self._deploy()
        self._keep(worker)
        await worker.ready.wait()
        await portal.ready.wait()
        click.echo(await asyncio.to_thread(said_of_addresses, self.engine, self.settings, self.port + 1))
        await asyncio.to_thread(self._start_round, api, cut_off)

    def _start_round(self, api: PrefectApi, cut_off: list[dict[str, Any]]) -> None:
        """Run the round that was cut off once more, which repeats nothing, or the sample's first."""
        daily_round = api.deployment_id("daily-round/daily-round")
        rounds = [run for run in cut_off if run["deployment_id"] == daily_round]
        if rounds:
            api.start_run(daily_round, rounds[-1]["parameters"])
        elif self.sample:
            api.start_run(daily_round, {"on": self.day.isoformat()})

    def _keep(self, service: Service) -> None:
        self.tasks.append(asyncio.create_task(service.keep(), name=service.name))

    async def _deploy(self) -> None:
        """Make Prefect's deployments, unless they are there; try again as long as it fails."""
        command, log_file = (*_GRANTS, "deploy"), self._log("deploy")
        while True:
            process = await start_process(command, log_file, self.environment)
            if not (code := await process.wait()):
                return
            click.echo(f"the deployments were not made ({code}). The log is {log_file}")
            await asyncio.sleep(DEPLOYS_AGAIN_SECONDS)

    def _services(self) -> tuple[Service, Service, Service]:
        """Return Prefect's server, its worker and the portal."""
        uvicorn = (sys.executable, "-m", "uvicorn", "--factory", "deployments.up.prefect_app:create")
        quiet = ("--log-level", "warning", "--no-access-log", "--timeout-graceful-shutdown", "3")
        server = (*uvicorn, "--host", LOOPBACK, "--port", str(self.port + 1), *quiet)
        how = ("--pool", WORK_POOL, "--type", "process", "--name", "grants-up", "--limit", str(RUNS_AT_ONCE))
        worker = (*_PREFECT, "worker", "start", *how, "--with-healthcheck", "--install-policy", "never")
        portal = (*_GRANTS, "portal", "--port", str(self.port))
        host = self.settings.portal_host
        portal_at = f"http://{f'[{host}]' if ':' in host else host}:{self.port}"
        return (
            self._service("server", server, f"http://{LOOPBACK}:{self.port + 1}/api/health"),
            # At once: asked to end, it would wait for its runs, and they for a server.
            self._service("worker", worker, f"http://{LOOPBACK}:{self.port + 2}/health", dies_by="KILL"),
            # Without its database it answers 503, and lives.
            self._service("portal", portal, f"{portal_at}/healthz", frozenset({200, 503})),
        )

    def _service(
        self,
        name: str,
        command: tuple[str, ...],
        health: str,
        alive: frozenset[int] = frozenset({200}),
        dies_by: str = "TERM",
    ) -> Service:
        log_file = self._log(name)
        return Service(name, command, health, log_file, self.environment, click.echo, alive, dies_by)

    def _log(self, name: str) -> Path:
        return self.settings.home / "logs" / f"{name}.log"

    async def _set_aside_damaged(self) -> None:
        home = prefect_home(self.settings)
        database = home / PREFECT_DATABASE
        damaged = await asyncio.to_thread(set_aside_damaged, database)
        if damaged is not None:
            about = Alarming.PREFECT_DAMAGED()
            kept = Alarming.PREFECT_STARTS_OVER(path=damaged)
            lost = Alarming.ONLY_RUNS_LOST()
            click.echo(f"{about}. {kept} {lost}")
            await self._tell(Alarm(about, [kept, lost]))

    async def _watch_over(self, services: tuple[Service, ...]) -> None:
        """Tell the administrator, once a day, of a service that ends again and again, and of a round that did not run.

        Prefect's automations tell of rounds too; this is the way that needs no Prefect.
        """
        began = datetime.now(UTC)
        while True:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            for service in services:
                if service.short_lives >= len(PAUSES_SECONDS):
                    about = Alarming.PART_ENDS(name=service.name)
                    await self._tell(Alarm(about, [Alarming.LOG_IS(path=service.log)]))
            if await asyncio.to_thread(self.round_is_missing, began, datetime.now(UTC)):
                hint = Alarming.RUNS_SAY_WHY()
                await self._tell(Alarm(Alarming.ROUND_NOT_COMPLETED(), [hint]))

    def round_is_missing(self, began: datetime, now: datetime) -> bool:
        """Return whether the day's round should have been completed, by a Grantline that runs since `began`."""
        here = now.astimezone(self.settings.zone)
        last = datetime.combine(here, LAST_ROUND, here.tzinfo)
        if began > last or now < last + ROUND_WITHIN or day_off(here.date(), self.settings.country):
            return False
        try:
            with reading(self.engine) as connection:
                return not is_completed(connection, here.date())
        except DatabaseUnready as error:
            log.warning("the round was not looked for: %s", error)
            return False

    async def _tell(self, alarm: Alarm) -> None:
        now = datetime.now(UTC)
        try:
            await tell_admin(self.settings, alarm, today=now.astimezone(self.settings.zone).date(), now=now)
        except OSError as error:
            log.warning("the alarm is not on file: %s", type(error).__name__)


def run_embedded(settings: Settings, *, port: int | None = None, sample: bool = False) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code.

    The portal is at `port`, on the loopback address unless the settings say another; Prefect's server and the
    worker's health check are at the two ports after it, on the loopback address only. Raises PortTaken, HomeInUse
    when another process runs from the home, DatabaseUnready for a database that is newer, BadInput for a sample in a
    database that is not its own.
    """
    portal_port = port or port_of(settings)
    if port is not None and "portal_url" not in settings.model_fields_set:
        # Letters must lead to where the portal is.
        settings = settings.model_copy(update={"portal_url": f"http://{LOOPBACK}:{portal_port}"})
    with hold_home(settings.home, portal_port):
        require_free(settings.portal_host, portal_port)
        require_free(LOOPBACK, portal_port + 1)
        require_free(LOOPBACK, portal_port + 2)
        for folder in (prefect_home(settings), settings.home / "logs"):
            folder.mkdir(mode=0o700, exist_ok=True)
        engine = open_engine(settings.database)
        upgrade_schema(engine)
        if sample:
            from deployments.sample.portfolio import require_room

            require_room(engine)
        share(engine, settings)
        click.echo("Starting Grantline ...")
        now = datetime.now(UTC)
        # On a weekend the sample's day is the Friday before: there is something to read at once.
        day = offices_in(settings.country).on_or_before(now.astimezone(settings.zone).date())
        environment = process_environment(settings, portal_port, os.environ)
        supervisor = Supervisor(settings, engine, environment, portal_port, day, sample)
        return asyncio.run(supervisor.run())
