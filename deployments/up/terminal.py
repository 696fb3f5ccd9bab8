"""Keep the terminal for what a person should read, and send everything else of this process to a log file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

LARGEST_LOG_BYTES = 20_000_000


class Log:
    """A log file that the process's output goes to; it keeps one older part of itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def keep_small(self) -> None:
        """Set the file aside when it has grown large; child processes go on writing to it."""
        if os.fstat(self.descriptor).st_size > LARGEST_LOG_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.ftruncate(self.descriptor, 0)


@contextmanager
def quiet_terminal(path: Path) -> Iterator[tuple[TextIO, Log]]:
    """Send standard output and error, also of child processes, to the log; yield the terminal and the log.

    Prefect, its libraries and every run print to these two. Both are given back at the end of the block.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    log = Log(path)
    os.dup2(log.descriptor, 1)
    os.dup2(log.descriptor, 2)
    try:
        with os.fdopen(os.dup(kept[0]), "w", encoding="utf-8") as terminal:
            yield terminal, log
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original in zip((1, 2), kept, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
        os.close(log.descriptor)
