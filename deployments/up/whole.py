"""Start the parts of `grants up` in order, look after them, and stop them again."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from time import monotonic
from typing import Any, TextIO
from uuid import UUID

import httpx
from prefect.exceptions import PrefectException
from sqlalchemy import Engine

from deployments.sample.portfolio import load_sample
from deployments.up.broken_rounds import BrokenRounds
from deployments.up.due_letters import DueLetters
from deployments.up.hung_parts import HungParts
from deployments.up.portal_crew import PortalCrew
from deployments.up.prefect_env import prefect_home
from deployments.up.prefect_pulse import feel_pulse
from deployments.up.prefect_server import (
    GrantsRunner,
    add_deployments,
    drop_left_overs,
    prefect_app,
    rescue,
    set_aside_damaged,
    start_run,
)
from deployments.up.server_thread import ServerThread
from deployments.up.terminal import Log
from models.errors import GrantError
from models.rules.dates.calendar import offices_in
from models.sentence import Sentence
from tasks.commands.files.documents import sweep_documents, vault_of
from tasks.mail.alarm_mail import Alarm, tell_admin
from tasks.people.sign_in import login_address
from tasks.prefect.automations import keep_automations
from tasks.round.days import is_unfinished
from tasks.settings import Settings
from tasks.store.database import reading

log = logging.getLogger(__name__)

STARTS_WITHIN_SECONDS = 120.0
LOOKS_EVERY_SECONDS = 0.1
STOPS_WITHIN_SECONDS = 15.0
_SERVERS_LATE, _RUNNER_LATE = (
    Sentence("The servers did not start in %(seconds)s seconds", seconds=round(STARTS_WITHIN_SECONDS)),
    Sentence("The runner did not start in %(seconds)s seconds", seconds=round(STARTS_WITHIN_SECONDS)),
)
RUNNER_RESTS_SECONDS = (1, 1, 2, 5, 10, 30, 30)
# A runner that was at work for so long ended by some accident; one that was not may end again.
RUNNER_LIVED_SECONDS = 300.0
_RESTART = Sentence(
    "Until a service manager, or you, has started it again, no letter leaves and no page answers."
)
_NOT_LOST = Sentence("Only the list of past runs is lost; a schedule that was paused runs again.")
_API_TROUBLE = (PrefectException, httpx.HTTPError)


class PartDied(GrantError):
    """A part of Grantline ended by itself."""

    def __init__(self, why: Sentence) -> None:
        self.why = why
        super().__init__(str(why))


class StopAsked(Exception):
    """Ctrl-C or SIGTERM came while the parts were starting."""


@dataclass(slots=True)
class Whole:
    """The parts of a running Grantline: Prefect's server in a thread, the portal in processes of its own, the runner
    and delivery on this loop.
    """

    settings: Settings
    engine: Engine
    terminal: TextIO
    log_file: Log
    sample: bool
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    servers: list[ServerThread | PortalCrew] = field(default_factory=list)
    tasks: dict[asyncio.Task[None], Sentence] = field(default_factory=dict)  # and what it is if one ends
    runner: GrantsRunner | None = None
    ids: dict[str, UUID] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)  # what was cut off and is run again

    async def run(self, portal: socket.socket, prefect: socket.socket) -> int:
        """Run until a signal comes or a part dies; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        code = 0
        try:
            await self._start(portal, prefect)
            self._say(await asyncio.to_thread(self._addresses, prefect))
            await self._look_after()
        except StopAsked:
            pass
        except PartDied as error:
            self._say(f"{error}. The log is {self.log_file.path}")
            about = Sentence("Grantline ended: %(why)s", why=error.why)
            log_is = Sentence("The log is %(path)s.", path=self.log_file.path)
            await self._tell(Alarm(about, [log_is, _RESTART]))
            code = 1
        finally:
            self._say("Stopping ...")
            await self._stop()
        return code

    async def _start(self, portal: socket.socket, prefect: socket.socket) -> None:
        drop_left_overs(prefect_home(self.settings))
        damaged = await asyncio.to_thread(set_aside_damaged, prefect_home(self.settings))
        if damaged is not None:
            kept = Sentence("It lies in %(path)s; Grantline goes on with a new one.", path=damaged)
            self._say(f"Prefect's database was damaged. {kept} {_NOT_LOST}")
            await self._tell(Alarm(Sentence("Prefect's database was damaged"), [kept, _NOT_LOST]))
        self._serve(ServerThread("Prefect", prefect_app(), prefect))
        await asyncio.to_thread(sweep_documents, self.engine, vault_of(self.settings.home), datetime.now(UTC))
        self._serve(PortalCrew(portal, self.settings.portal_workers))
        today = datetime.now(UTC).astimezone(self.settings.zone).date()
        day = offices_in(self.settings.country).on_or_before(today)
        if self.sample:
            await asyncio.to_thread(load_sample, self.engine, day, datetime.now(UTC))
        await self._until(lambda: all(server.started for server in self.servers), _SERVERS_LATE)
        self._keep(Sentence("The runner stopped"), self._keep_runner())
        await self._until(lambda: self.runner is not None and self.runner.started, _RUNNER_LATE)
        leaving = DueLetters(self.settings, self.engine, self.stop).keep_leaving()
        self._keep(Sentence("Delivery stopped"), leaving)
        rounds = BrokenRounds(self.ids["daily-round"], self.settings.zone)
        self._keep(Sentence("Rounds were no longer looked after"), rounds.keep_mending())
        hung = HungParts(prefect_home(self.settings), self._sqlite_file())
        self._keep(Sentence("Processes that hang were no longer ended"), hung.keep_ending())
        self._keep(Sentence("Prefect ran nothing any more"), feel_pulse())
        # On a weekend the sample's day is the Friday before: there is something to read at once.
        broke_off = await asyncio.to_thread(self._round_broke_off, day)
        if (self.sample or broke_off) and "daily-round" not in self.again:
            await start_run(self.ids["daily-round"], {"on": day.isoformat()})

    def _serve(self, server: ServerThread | PortalCrew) -> None:
        server.start()
        self.servers.append(server)

    def _keep(self, ended: Sentence, doing: Coroutine[Any, Any, None]) -> None:
        """Keep doing something that has no end; `ended` is what is said if it comes to one."""
        self.tasks[asyncio.create_task(doing, name=str(ended))] = ended

    async def _until(self, ready: Callable[[], bool], late: Sentence) -> None:
        began = monotonic()
        while not ready():
            self._check_servers()
            if self.stop.is_set():
                raise StopAsked
            if monotonic() - began > STARTS_WITHIN_SECONDS:
                raise PartDied(late)
            await asyncio.sleep(LOOKS_EVERY_SECONDS)

    def _check_servers(self) -> None:
        for server in self.servers:
            if server.died:
                raise PartDied(_stopped(server))

    async def _look_after(self) -> None:
        """Return when a stop is asked for; PartDied when a part ends by itself."""
        while not self.stop.is_set():
            self._check_servers()
            for task, ended in self.tasks.items():
                if task.done():
                    log.error("a part ended", exc_info=task.exception())
                    raise PartDied(ended)
            self.log_file.keep_small()
            await asyncio.wait([asyncio.create_task(self.stop.wait())], timeout=1)

    async def _keep_runner(self) -> None:
        """Keep a runner at work: one that gave up, as Prefect's do when the server is slow, is replaced."""
        short_lives = 0
        while short_lives < len(RUNNER_RESTS_SECONDS):
            began = monotonic()
            self.runner = GrantsRunner(prefect_home(self.settings), self.stop.set)
            try:
                self.ids = await add_deployments(self.runner, self.settings)
                self.again = await rescue(self.ids, datetime.now(UTC))
                await keep_automations()
                await self.runner.start()
            except Exception:
                log.exception("the runner ended")
            if self.stop.is_set():
                return
            short_lives = short_lives + 1 if monotonic() - began < RUNNER_LIVED_SECONDS else 0
            if short_lives < len(RUNNER_RESTS_SECONDS):
                await asyncio.sleep(RUNNER_RESTS_SECONDS[short_lives])

    def _sqlite_file(self) -> Path | None:
        is_sqlite = self.engine.dialect.name == "sqlite" and self.engine.url.database
        return Path(self.engine.url.database or "") if is_sqlite else None

    def _round_broke_off(self, day: date) -> bool:
        with reading(self.engine) as connection:
            return is_unfinished(connection, day)

    async def _stop(self) -> None:
        if self.runner is not None and self.runner.started:
            try:
                await asyncio.wait_for(self.runner.astop(), STOPS_WITHIN_SECONDS)
            except (TimeoutError, *_API_TROUBLE) as error:
                log.warning("the runner did not stop in time: %s", type(error).__name__)
        if self.tasks:
            await asyncio.wait([*self.tasks][:1], timeout=STOPS_WITHIN_SECONDS)
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for server in reversed(self.servers):
            server.ask_to_stop()
            await asyncio.to_thread(server.join, STOPS_WITHIN_SECONDS)

    async def _tell(self, alarm: Alarm) -> None:
        now = datetime.now(UTC)
        try:
            await tell_admin(self.settings, alarm, today=now.astimezone(self.settings.zone).date(), now=now)
        except OSError as error:
            log.warning("the alarm is not on file: %s", type(error).__name__)

    def _say(self, text: str) -> None:
        print(text, file=self.terminal, flush=True)

    def _addresses(self, prefect: socket.socket) -> str:
        """Return where everything is; whoever can read this terminal may sign in."""

        def enter(page: str) -> str:
            return login_address(self.engine, self.settings, None, datetime.now(UTC), page)

        letters = (
            f"  Mailbox   {enter('/mailbox')}\n            (no mail server is set: nothing leaves)"
            if self.settings.captures
            else f"  Letters   through {self.settings.smtp_host}"
        )
        return "\n".join(
            (
                "",
                "Grantline is running.",
                "",
                f"  Portal    {enter('/')}",
                letters,
                f"  Prefect   http://127.0.0.1:{prefect.getsockname()[1]}",
                f"  Data      {self.settings.home}",
                "",
                'These addresses sign in once, within 30 minutes; "grants login" prints another.',
                "Ctrl-C stops it.",
                "",
            )
        )


def _stopped(server: ServerThread | PortalCrew) -> Sentence:
    return Sentence("The portal stopped") if isinstance(server, PortalCrew) else Sentence("Prefect stopped")
