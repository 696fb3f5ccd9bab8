"""Serve the portal as `grants portal` does: its workers, its stop, and connections that end in the middle."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from deployments.cli.doctor import Doctor
from deployments.portal.app import make_app
from deployments.up.web import find_status
from tasks.round.days import Counts, RoundDay, begin_round, complete_round
from tasks.store.database import transaction
from tasks.watch.last_findings import keep_findings
from tasks.words.translator import translator
from tests.browser_scenes import listening, served
from tests.builders import a_database, a_letter, a_person
from tests.grant_scenes import at
from tests.portal_scenes import settings_for
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


def test_doctor_asks_by_the_letters_address_whose_portal_answers_there(tmp_path: Path) -> None:
    engine, other = a_database(tmp_path), a_database(tmp_path)
    with transaction(other) as connection:
        connection.execute(text("UPDATE foundation SET database_id = 'another'"))

    def found(database: Engine) -> tuple[bool, str]:
        checked = Doctor(settings, database, datetime.now(UTC)).check()
        return next((one.ok, one.said.partition(" (")[0]) for one in checked if one.what == "portal")

    with listening() as (listener, address):
        settings = settings_for(tmp_path, portal_url=address)
        with served(make_app(settings, engine), listener):
            assert found(engine) == (True, f"{address} answers, from this database")
            wrong = f"{address} is not the portal of this database; is GRANTS_PORTAL_URL right?"
            assert found(other) == (False, wrong)
    assert found(engine) == (False, f"{address} does not answer")


DAY = date(2010, 10, 8)


def test_metrics_count_letters_answers_and_the_last_round(tmp_path: Path) -> None:
    engine, now = a_database(tmp_path), at(DAY, 7)
    with TestClient(
        make_app(settings_for(tmp_path), engine, lambda: now + timedelta(minutes=2)),
        "http://127.0.0.1",
        client=("127.0.0.1", 5000),
    ) as client:
        assert "grantline_last_round_timestamp_seconds 0\n" in client.get("/metrics").text
        with transaction(engine) as connection:
            a_letter(connection, a_person(connection), next_attempt_at=now)
        day = RoundDay(DAY, now)
        begin_round(engine, day)
        complete_round(engine, day, Counts())
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "# TYPE grantline_letters gauge" in lines
    assert 'grantline_letters{state="queued"} 1' in lines
    assert 'grantline_letters{state="bounced"} 0' in lines
    assert "grantline_oldest_due_letter_seconds 120" in lines
    assert f"grantline_last_round_timestamp_seconds {now.timestamp():.0f}" in lines
    assert not [line for line in lines if line.startswith("grantline_mail_up")]  # no watch has asked yet
    (answers,) = [line for line in lines if line.startswith("grantline_portal_answers_total{")]
    assert answers.startswith('grantline_portal_answers_total{status="2xx",process="')
    assert answers.endswith(" 1")
    engine.dispose()


def test_monitors_hear_since_when_no_letter_can_leave(tmp_path: Path) -> None:
    engine, settings, say = a_database(tmp_path), settings_for(tmp_path), translator("sv")
    app = make_app(settings, engine)
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        for since, up in (("2010-10-08T09:05+02:00", 0), ("", 1)):
            looked = at(DAY, 10)
            keep_findings(settings.watch_folder, [], {}, looked.isoformat(), DAY, say, {}, since)
            lines = client.get("/metrics").text.splitlines()
            assert f"grantline_mail_up {up}" in lines
            assert f"grantline_last_watch_timestamp_seconds {looked.timestamp():.0f}" in lines
            health = client.get("/healthz")
            # A load balancer asks whether the pages work, and they do.
            assert (health.status_code, health.text.splitlines()[0]) == (200, "ok")
            assert (f"The mail server has not worked since {since}." in health.text) is bool(since)
    engine.dispose()


def test_metrics_are_not_there_for_others(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    app = make_app(settings_for(tmp_path), engine)
    for host in ("192.0.2.7", "testclient"):
        with TestClient(app, "http://127.0.0.1", client=(host, 5000)) as client:
            assert client.get("/metrics").status_code == 404
    engine.dispose()
