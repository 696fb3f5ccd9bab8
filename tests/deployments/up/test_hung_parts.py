"""End processes that hang for real: stopped while they hold SQLite's write lock, and left alone while they work."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deployments.up.hung_parts import HungParts
from deployments.up.portal_crew import MARK
from tasks.store.database import transaction
from tests.builders import a_database, a_person

HOME = Path("/nowhere") / f"prefect-{os.getpid()}"
OURS = dict([MARK])
BEGIN = """
import sys, time
from pathlib import Path
from sqlalchemy import text
from tasks.store.database import open_engine, transaction
engine = open_engine(sys.argv[1])
while True:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE person SET name = name || 'x'"))
        print("writes", flush=True)
        time.sleep(float(sys.argv[2]))
"""


@contextmanager
def a_writer(url: str, *, seconds: float, marks: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that writes again and again, in transactions of so many seconds; the first is under way."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN, url, str(seconds)],
        env=os.environ | {"PREFECT_HOME": str(HOME)} | marks,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "writes\n"
            yield process
        finally:
            process.kill()


def looks(file: Path, seconds: float) -> list[int]:
    """Look for so long, or until some are ended; return the processes that were, which hung for a second."""
    hung = HungParts(HOME, file, holds_at_most=1.0)
    ended: list[int] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until and not ended:
        ended = asyncio.run(hung.look(datetime.now(UTC)))
        time.sleep(0.05)
    return ended


@pytest.mark.parametrize(
    ("seconds", "marks", "stops", "is_ended"),
    [
        pytest.param(60, OURS, True, True, id="stopped midway"),
        pytest.param(60, OURS, False, True, id="waits midway"),
        pytest.param(0.1, OURS, False, False, id="writes again and again"),
        pytest.param(60, {}, True, False, id="somebody else's"),
    ],
)
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux tells who holds a lock")
def test_process_that_hangs_with_the_write_lock_is_ended(
    tmp_path: Path, seconds: float, marks: dict[str, str], stops: bool, is_ended: bool
) -> None:
    with ExitStack() as stack:
        engine = a_database(tmp_path)
        stack.callback(engine.dispose)
        with transaction(engine) as connection:
            a_person(connection)
        process = stack.enter_context(a_writer(str(engine.url), seconds=seconds, marks=marks))
        if stops:
            process.send_signal(signal.SIGSTOP)
        assert looks(Path(engine.url.database or ""), 60 if is_ended else 2.5) == (
            [process.pid] if is_ended else []
        )
        if is_ended:
            assert process.wait(60) < 0
            with transaction(engine) as connection:
                a_person(connection)
