"""End the runs that outlived a killed `grants up`: their server is gone, and the next one runs them again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

# How long a run may take to put down what it holds, such as a letter half handed over.
PATIENCE_SECONDS = 5.0
_LOOKS_EVERY_SECONDS = 0.1


def end_orphans(prefect_home: Path, patience: float = PATIENCE_SECONDS) -> int:
    """End every run of the embedded Prefect at that home; return how many there were.

    The caller holds the home's lock, so no living `grants up` has runs there. A run is known by its environment,
    which nothing else on the machine has; where there is no /proc to read it from, nothing is ended.
    """
    found = _runs_of(prefect_home)
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [process for process in found if process in _runs_of(prefect_home)]
        for process in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while any(process in left for process in _runs_of(prefect_home)) and time.monotonic() < deadline:
            time.sleep(_LOOKS_EVERY_SECONDS)
    return len(found)


def _runs_of(prefect_home: Path) -> list[int]:
    ours = f"PREFECT_HOME={prefect_home}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = path.read_bytes().split(b"\0")
        except OSError:
            # Another user's, or gone meanwhile.
            continue
        if ours in variables and any(one.startswith(b"PREFECT__FLOW_RUN_ID=") for one in variables):
            found.append(int(path.parent.name))
    return found
