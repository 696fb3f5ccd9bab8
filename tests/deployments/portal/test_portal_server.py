"""Serve the portal as `grants portal` does: its workers, its stop, and connections that end in the middle."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from deployments.portal.app import make_app
from deployments.up.web import find_status
from tests.browser_scenes import listening, served
from tests.builders import a_database
from tests.portal_scenes import settings_for
from tests.source_tree import ROOT
from tests.waiting import until

WITHIN = 60.0


def children_of(process: int) -> list[int]:
    """Return the portal's workers; multiprocessing's own helper is not one."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [
        int(one) for one in found if "resource_tracker" not in Path(f"/proc/{one}/cmdline").read_text("utf-8")
    ]


@contextmanager
def a_portal(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run `grants portal` on a new database."""
    engine = a_database(folder)
    engine.dispose()
    known = {"GRANTS_HOME": str(folder), "GRANTS_DATABASE_URL": str(engine.url)} | settings
    command = [sys.executable, "-m", "deployments.cli.main", "portal", "--port", str(port)]
    with subprocess.Popen(
        command, env=os.environ | known, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_portal_replaces_a_killed_worker_and_answers_meanwhile(tmp_path: Path, free_port: int) -> None:
    health = f"http://127.0.0.1:{free_port}/healthz"
    with a_portal(tmp_path, free_port, GRANTS_PORTAL_WORKERS="2") as process:
        until(lambda: find_status(health) == 200 and len(children_of(process.pid)) == 2, "the workers")
        workers = children_of(process.pid)
        os.kill(workers[0], signal.SIGKILL)
        assert find_status(health) == 200
        until(lambda: len({*children_of(process.pid)} - {*workers}) == 1, "another worker")
        process.terminate()
        assert process.wait(WITHIN) == 0
    assert find_status(health) is None


@pytest.mark.usefixtures("english")
def test_portal_listens_where_the_settings_say_and_refuses_a_port_that_is_taken(
    tmp_path: Path, free_port: int
) -> None:
    elsewhere = {"GRANTS_PORTAL_HOST": "127.0.0.2", "GRANTS_PORTAL_URL": "https://grants.example.org"}
    with a_portal(tmp_path, free_port, **elsewhere) as process:
        until(lambda: find_status(f"http://127.0.0.2:{free_port}/healthz") == 200, "the portal")
        assert find_status(f"http://127.0.0.1:{free_port}/healthz") is None
        with a_portal(tmp_path, free_port, **elsewhere) as second:
            assert second.wait(WITHIN) == 2
            assert second.stderr is not None
            said = second.stderr.read()
        assert f"port {free_port}: Address already in use; choose another with --port" in said
        assert len(said.splitlines()) == 1
        assert process.poll() is None


def test_visitor_who_hangs_up_in_a_form_leaves_no_error_in_the_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with listening() as (listener, address):
        app = make_app(settings_for(tmp_path, portal_url=address), a_database(tmp_path))
        with served(app, listener):
            kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nemail"
            with socket.create_connection(listener.getsockname()) as line:
                line.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n" + kind)
                httpx2.get(f"{address}/healthz")
            httpx2.get(f"{address}/healthz")
    assert "".join(capfd.readouterr()) == ""


def test_private_addresses_are_in_no_log(tmp_path: Path, free_port: int) -> None:
    base, private = f"http://127.0.0.1:{free_port}", ("/t/forged", "/login/x", "/undo/x", "/c/x.ics")
    with a_portal(tmp_path, free_port) as process:
        until(lambda: find_status(f"{base}/healthz") == 200, "the portal")
        for path in private:
            httpx2.get(base + path)
            httpx2.post(base + path, data={"nonce": "x"})
        (database,) = tmp_path.glob("*.db")
        with sqlite3.connect(database) as connection:
            connection.execute("DROP TABLE alembic_version")
        assert httpx2.get(f"{base}/healthz").status_code == 503
        process.terminate()
        _, said = process.communicate(timeout=WITHIN)
    assert "the portal's database is not ready" in said
    assert [path for path in private if path in said] == []
