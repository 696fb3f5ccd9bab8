"""End processes of a `grants up`: those that outlived it when it was killed, and those that hang while it runs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from deployments.up.portal_crew import MARK

# How long a run may take to put down what it holds, such as a letter half handed over.
PATIENCE_SECONDS = 5.0
_LOOKS_EVERY_SECONDS = 0.1
_RUN = b"PREFECT__FLOW_RUN_ID="


def end_orphans(prefect_home: Path, patience: float = PATIENCE_SECONDS) -> int:
    """End every process of a `grants up` with the embedded Prefect at that home; return how many there were.

    The caller holds the home's lock, so no living `grants up` has any there. The portal's workers end by themselves
    too, soon after it.
    """
    found = parts_of(prefect_home)
    end_parts(prefect_home, found, patience)
    return len(found)


def end_parts(prefect_home: Path, processes: Collection[int], patience: float = PATIENCE_SECONDS) -> None:
    """Ask the processes to end, and kill what has not after `patience` seconds; those of others are left alone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = [process for process in processes if process in parts_of(prefect_home)]
        for process in left:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)
        deadline = time.monotonic() + patience
        while any(process in left for process in parts_of(prefect_home)) and time.monotonic() < deadline:
            time.sleep(_LOOKS_EVERY_SECONDS)


def parts_of(prefect_home: Path) -> dict[int, str]:
    """Return the processes of a `grants up` at that home, with the id of the run that each is; the portal's have none.

    They are known by their environment, which nothing else on the machine has; where there is no /proc to read it
    from, none is found.
    """
    ours, worker = f"PREFECT_HOME={prefect_home}".encode(), "=".join(MARK).encode()
    found = {}
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = path.read_bytes().split(b"\0")
        except OSError:
            # Another user's, or gone meanwhile.
            continue
        run = next((one.removeprefix(_RUN).decode() for one in variables if one.startswith(_RUN)), "")
        if ours in variables and (run or worker in variables):
            found[int(path.parent.name)] = run
    return found
