"""End what outlived a killed `grants up`: runs, whose server is gone, and the portal's workers, who hold its port."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from deployments.up.portal_crew import MARK

# How long a run may take to put down what it holds, such as a letter half handed over.
PATIENCE_SECONDS = 5.0
_LOOKS_EVERY_SECONDS = 0.1


def end_orphans(prefect_home: Path, patience: float = PATIENCE_SECONDS) -> int:
    """End every process of a `grants up` with the embedded Prefect at that home; return how many there were.

    The caller holds the home's lock, so no living `grants up` has any there. They are known by their environment,
    which nothing else on the machine has; where there is no /proc to read it from, nothing is ended. The portal's
    workers end by themselves too, soon after it.
    """
    found = _left_of(prefect_home)
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [process for process in found if process in _left_of(prefect_home)]
        for process in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while any(process in left for process in _left_of(prefect_home)) and time.monotonic() < deadline:
            time.sleep(_LOOKS_EVERY_SECONDS)
    return len(found)


def _left_of(prefect_home: Path) -> list[int]:
    ours, worker = f"PREFECT_HOME={prefect_home}".encode(), "=".join(MARK).encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = path.read_bytes().split(b"\0")
        except OSError:
            # Another user's, or gone meanwhile.
            continue
        is_run = any(one.startswith(b"PREFECT__FLOW_RUN_ID=") for one in variables)
        if ours in variables and (is_run or worker in variables):
            found.append(int(path.parent.name))
    return found
