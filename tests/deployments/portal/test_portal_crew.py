"""Keep the portal's workers alive for real: killed, stopped, and never able to start."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from deployments.up.portal_crew import PortalCrew
from deployments.up.server_thread import listen_on
from tests.builders import a_database
from tests.source_tree import ROOT

WITHIN = 60.0


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.05)


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}/stat").exists()


@contextmanager
def a_crew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PortalCrew, str]]:
    """Two workers on a database, and the address at which they answer."""
    engine = a_database(tmp_path)
    engine.dispose()
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    listener = listen_on(0)
    crew = PortalCrew(listener, 2)
    crew.start()
    try:
        until(lambda: crew.started, "the workers")
        yield crew, f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for process in crew.processes:
            os.kill(process, signal.SIGCONT)
        crew.ask_to_stop()
        crew.join(WITHIN)


def test_links_asked_for_are_counted_for_all_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_crew(tmp_path, monkeypatch) as (crew, address), httpx2.Client(base_url=address) as client:
        found = []
        for working, resting, times in ((0, 1, 12), (1, 0, 14)):
            os.kill(crew.processes[working], signal.SIGCONT)
            os.kill(crew.processes[resting], signal.SIGSTOP)
            for _ in range(times):
                nonce = re.search(r'name="nonce" value="([^"]+)"', client.get("/login").text)
                assert nonce is not None
                form = {"nonce": nonce[1], "email": "nobody@example.org"}
                # Closed after its answer, a connection may be taken by the other worker only while that rests not.
                found.append(client.post("/login", data=form, headers={"connection": "close"}).status_code)
    # A client may ask once more every half minute, so on a slow machine one or two more.
    assert found[:20] == [200] * 20
    assert found[-4:] == [429] * 4


def test_crew_replaces_a_killed_worker_and_answers_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_database(tmp_path)
    engine.dispose()
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    listener = listen_on(0)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/healthz"
    crew = PortalCrew(listener, 2)
    crew.start()
    try:
        until(lambda: crew.started, "the workers")
        first, second = crew.processes
        os.kill(first, signal.SIGKILL)
        until(lambda: not crew.started, "the end of the worker")
        with urllib.request.urlopen(address, timeout=WITHIN) as answer:
            assert answer.read() == b"ok\n"
        until(lambda: crew.started, "another worker")
        third, fourth = crew.processes
        assert (fourth, third != first, crew.died) == (second, True, False)
    finally:
        crew.ask_to_stop()
        crew.join(WITHIN)
    assert [is_there(one) for one in (first, second, third)] == [False, False, False]
    assert crew.died is False


def test_crew_gives_up_when_no_worker_can_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_TIMEZONE", "Nowhere/Town")
    crew = PortalCrew(listen_on(0), 1)
    crew.start()
    until(lambda: crew.died, "the crew to give up")
    crew.ask_to_stop()
    crew.join(WITHIN)
    assert crew.started is False


def test_portal_of_the_bench_that_cannot_start_does_not_say_that_it_is_ready(
    tmp_path: Path, free_port: int
) -> None:
    known = os.environ | {"GRANTS_HOME": str(tmp_path), "GRANTS_DATABASE_URL": "oracle://nowhere"}
    command = (sys.executable, "-m", "tests.bench.portal_process", str(free_port))
    done = subprocess.run(command, env=known, cwd=ROOT, capture_output=True, timeout=WITHIN)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"GRANTS_DATABASE_URL names 'oracle'" in done.stderr  # a worker says it, not the process itself
    assert b"a worker of the portal ended" in done.stderr
