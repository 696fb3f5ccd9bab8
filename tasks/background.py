"""Let the portal go first where this process shares a machine with it: a person waits there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# Of 19 that there are: a round still comes to its turn beside a portal that is never at rest.
NICENESS = 10


def let_others_first() -> None:
    """Lower the priority of this process, and of what it starts; twice is once."""
    threads = Path("/proc/self/task")  # to Linux, a priority is a thread's own
    for thread in [int(path.name) for path in threads.iterdir()] if threads.exists() else [0]:
        with suppress(ProcessLookupError):
            now = os.getpriority(os.PRIO_PROCESS, thread)
            os.setpriority(os.PRIO_PROCESS, thread, max(now, NICENESS))
