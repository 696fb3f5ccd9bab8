"""Keep a child process alive: start it, ask whether it answers, start it again after a growing pause, stop it."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from deployments.up.web import find_status

# The pause after each short life in a row; a service is never given up.
PAUSES_SECONDS = (0, 1, 2, 5, 10, 30, 60)
SHORT_LIFE_SECONDS = 120.0
LOOKS_EVERY_SECONDS = 5.0
STARTS_WITHIN_SECONDS = 120.0
SILENT_SECONDS = 90.0
STOPS_WITHIN_SECONDS = 10.0
LARGEST_LOG_BYTES = 5_000_000
# On Linux the kernel tells a child when the supervisor dies, even by SIGKILL. Elsewhere that is the service manager's.
_SETPRIV = shutil.which("setpriv")


def dies_with_us(by: str) -> tuple[str, ...]:
    """Return what stands before a child's command for it to get a signal when who starts it dies."""
    return (_SETPRIV, "--pdeathsig", by, "--") if _SETPRIV else ()


@dataclass(slots=True, eq=False)
class Service:
    """A child that runs until it is stopped; `ready` is set while it lives and has answered 200 once.

    `alive` are the statuses of its health check that say that it works; silence for SILENT_SECONDS ends it. It
    `dies_by` a signal when this process dies.
    """

    name: str
    command: Sequence[str]
    health: str
    log: Path
    environment: Mapping[str, str]
    say: Callable[[str], None]
    alive: frozenset[int] = frozenset({200})
    dies_by: str = "TERM"
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    short_lives: int = 0
    _process: asyncio.subprocess.Process | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self) -> None:
        """Run the child, and another whenever it ends, until `stop`."""
        while not self._stopping.is_set():
            began = monotonic()
            code = await self._live()
            self.ready.clear()
            if self._stopping.is_set():
                return
            self.short_lives = self.short_lives + 1 if monotonic() - began < SHORT_LIFE_SECONDS else 0
            pause = PAUSES_SECONDS[min(self.short_lives, len(PAUSES_SECONDS) - 1)]
            self.say(f"{self.name} ended with {code}; it starts again in {pause} s. Its log is {self.log}")
            await asyncio.sleep(pause)

    async def _live(self) -> int:
        self._process = process = await start_process(
            self.command, self.log, self.environment, dies_by=self.dies_by
        )
        looking = asyncio.create_task(self._look(process))
        try:
            return await process.wait()
        finally:
            looking.cancel()
            _signal(process, signal.SIGKILL)  # what it started itself, as uvicorn's workers

    async def _look(self, process: asyncio.subprocess.Process) -> None:
        """Say when the child is ready, and end it when it was silent for long."""
        answered = monotonic()
        while True:
            status = await asyncio.to_thread(find_status, self.health)
            if status in self.alive:
                answered = monotonic()
            if status == 200:
                self.ready.set()
            elif monotonic() - answered > (SILENT_SECONDS if self.ready.is_set() else STARTS_WITHIN_SECONDS):
                self.say(f"{self.name} does not answer and is ended")
                await stop_process(process)
                return  # to be cancelled while it waits for the end does not end it, where both come at once
            keep_small(self.log)
            await asyncio.sleep(LOOKS_EVERY_SECONDS if self.ready.is_set() else 0.2)

    async def stop(self) -> None:
        """End the child, and start no other."""
        self._stopping.set()
        if self._process is not None:
            await stop_process(self._process)


async def start_process(
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    dies_by: str = "TERM",
) -> asyncio.subprocess.Process:
    """Start a child in a session of its own that ends when this process does; its output goes to the log."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *dies_with_us(dies_by),
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )


async def stop_process(process: asyncio.subprocess.Process) -> None:
    """Ask a child to end, and kill its session where it has not after STOPS_WITHIN_SECONDS."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOPS_WITHIN_SECONDS)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def keep_small(log: Path) -> None:
    """Set a log aside when it has grown large, keeping one older part; who writes to it goes on."""
    if log.stat().st_size > LARGEST_LOG_BYTES:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
