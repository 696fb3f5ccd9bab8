"""Hold a home for one running Grantline, with a note of where it runs that outlives it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deployments.up.web import Starting
from models.errors import HomeInUse

_NAME = "up.lock"


@dataclass(frozen=True, slots=True)
class RunNote:
    """Where `grants up` runs from a home, or ran last: the portal's port, and whether it still does."""

    port: int
    running: bool


@contextmanager
def hold_home(home: Path, port: int) -> Iterator[None]:
    """Hold the home for this process, and note the portal's port; HomeInUse when another process has it.

    The lock falls with the process, however it ends; the note stays.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / _NAME).open("a+", encoding="utf-8") as lock:
        if not _lock(lock, fcntl.LOCK_EX):
            lock.seek(0)
            process = lock.read().partition(" ")[0].strip() or "unknown"
            raise HomeInUse(Starting.HOME_IN_USE(home=home, process=process))
        lock.truncate(0)
        lock.write(f"{os.getpid()} {port}")
        lock.flush()
        yield


def read_note(home: Path) -> RunNote | None:
    """Return where Grantline runs from the home, or ran last; None when it never did."""
    try:
        with (home / _NAME).open(encoding="utf-8") as lock:
            port = lock.read().partition(" ")[2].strip()
            # Who runs holds the lock for itself alone.
            running = not _lock(lock, fcntl.LOCK_SH)
    except OSError:
        return None
    return RunNote(int(port), running) if port.isascii() and port.isdecimal() else None


def _lock(file: IO[str], how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
