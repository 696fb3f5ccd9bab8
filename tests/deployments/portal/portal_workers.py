"""Kill one of the workers of `grants portal`: `make test-office` does, since the portal starts twice."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from deployments.up.web import find_status
from tests.builders import a_database
from tests.source_tree import ROOT
from tests.waiting import until

WITHIN = 240.0


def children_of(process: int) -> list[int]:
    """Return the portal's workers; multiprocessing's own helper is not one."""
    found = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [
        int(one) for one in found if "resource_tracker" not in Path(f"/proc/{one}/cmdline").read_text("utf-8")
    ]


@contextmanager
def a_portal(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run `grants portal` on a new database, or the one that another has there."""
    if not (file := folder / "grants.db").exists():
        engine = a_database(folder)
        engine.dispose()
        Path(str(engine.url.database)).rename(file)
    known = {"GRANTS_HOME": str(folder), "GRANTS_DATABASE_URL": f"sqlite:///{file}"} | settings
    command = [sys.executable, "-m", "deployments.cli.main", "portal", "--port", str(port)]
    with subprocess.Popen(
        command, env=os.environ | known, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def test_portal_replaces_a_killed_worker_listens_where_it_is_told_and_logs_no_private_address(
    tmp_path: Path, free_port: int
) -> None:
    base, health = f"http://127.0.0.2:{free_port}", f"http://127.0.0.2:{free_port}/healthz"
    elsewhere = {"GRANTS_PORTAL_HOST": "127.0.0.2", "GRANTS_PORTAL_URL": "https://grants.example.org"}
    elsewhere |= {"GRANTS_PORTAL_WORKERS": "2", "GRANTS_LANGUAGE": "en"}
    private = ("/t/forged", "/login/x", "/undo/x", "/c/x.ics")
    with a_portal(tmp_path, free_port, **elsewhere) as process:
        until(lambda: find_status(health) == 200, "the portal", WITHIN)
        until(lambda: len(children_of(process.pid)) == 2, "the workers", WITHIN)
        assert find_status(f"http://127.0.0.1:{free_port}/healthz") is None
        workers = children_of(process.pid)
        os.kill(workers[0], signal.SIGKILL)
        assert find_status(health) == 200
        with a_portal(tmp_path, free_port, **elsewhere) as second:
            assert second.wait(WITHIN) == 2
            assert second.stderr is not None
            (refused,) = second.stderr.read().splitlines()
        assert f"port {free_port}: Address already in use; choose another with --port" in refused
        until(lambda: len({*children_of(process.pid)} - {*workers}) == 1, "another worker", WITHIN)
        for path in private:
            httpx2.get(base + path)
            httpx2.post(base + path, data={"nonce": "x"})
        (database,) = tmp_path.glob("*.db")
        with sqlite3.connect(database) as connection:
            connection.execute("DROP TABLE alembic_version")
        assert httpx2.get(health).status_code == 503
        process.terminate()
        _, said = process.communicate(timeout=WITHIN)
        assert process.returncode == 0
    assert find_status(health) is None
    assert "the portal's database is not ready" in said
    assert [path for path in private if path in said] == []
