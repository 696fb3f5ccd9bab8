"""Start child processes, each with its log, notice when one ends, and end them all."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import NoReturn

from models.errors import PartEnded
from models.message import Message

STOPS_WITHIN_SECONDS = 10.0
_LOOKS_EVERY_SECONDS = 0.2
# On Linux the kernel tells a child when its parent dies, even by SIGKILL. Elsewhere the service
# manager must. By its name: a worker on another machine has it in a place of its own.
_SETPRIV = "setpriv" if shutil.which("setpriv") else ""


class Ended(Message):
    """Why everything stops."""

    WITH_A_CODE = "%(name)s ended with %(code)s, and everything with it; the end of %(log)s says: %(last)s"
    SILENT = "%(name)s does not answer within %(seconds)s s; the end of %(log)s says: %(last)s"


def dies_with_us(by: str) -> tuple[str, ...]:
    """Return a prefix for a child's command, so that it gets a signal when its parent dies."""
    return (_SETPRIV, "--pdeathsig", by, "--") if _SETPRIV else ()


class Processes:
    """The children, in the order in which they were started; their logs are in a folder, one for each."""

    def __init__(self, logs: Path, environment: Mapping[str, str]) -> None:
        self._logs = logs
        self._environment = environment
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str, dies_by: str = "TERM") -> None:
        """Start a child that runs until it is stopped; it gets the signal `dies_by` if this process dies."""
        with self._log(name).open("ab") as log:
            self._children[name] = subprocess.Popen(  # noqa: S603
                (*dies_with_us(dies_by), *command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def do(self, name: str, *command: str) -> None:
        """Run a child until it has finished; PartEnded if it fails, or another one ends meanwhile."""
        self.start(name, *command)
        child = self._children[name]
        while child.poll() is None:
            self.look(without=name)
            sleep(_LOOKS_EVERY_SECONDS)
        if child.returncode:
            raise self._ended(name)
        del self._children[name]

    def wait_until(self, answers: Callable[[], bool], name: str, seconds: float) -> None:
        """Wait until a child answers; PartEnded if one ends, or it takes too long."""
        until = monotonic() + seconds
        while not answers():
            self.look()
            if monotonic() > until:
                where = {"log": self._log(name), "last": self._last(name)}
                raise PartEnded(Ended.SILENT(name=name, seconds=int(seconds), **where))
            sleep(_LOOKS_EVERY_SECONDS)

    def wait(self) -> NoReturn:
        """Wait until a child ends, and raise PartEnded."""
        while True:
            self.look()
            sleep(_LOOKS_EVERY_SECONDS)

    def look(self, without: str = "") -> None:
        """Raise PartEnded if a child has ended."""
        for name, child in self._children.items():
            if name != without and child.poll() is not None:
                raise self._ended(name)

    def stop(self) -> None:
        """Ask each to end, the last started first, and kill those that do not, with all that they started."""
        for child in reversed(self._children.values()):
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(STOPS_WITHIN_SECONDS)
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _ended(self, name: str) -> PartEnded:
        where = {"log": self._log(name), "last": self._last(name)}
        return PartEnded(Ended.WITH_A_CODE(name=name, code=self._children[name].returncode, **where))

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _last(self, name: str) -> str:
        """Return the last line of a child's log."""
        lines = self._log(name).read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "-")
