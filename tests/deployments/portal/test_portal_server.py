"""Serve the portal: its health and figures, its stop, and connections that end in the middle."""

import socket
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from deployments.cli.doctor import Doctor
from deployments.portal.app import make_app
from tasks.round.days import Counts, RoundDay, begin_round, complete_round
from tasks.store.database import transaction
from tasks.watch.last_findings import keep_findings
from tasks.words.translator import translator
from tests.browser_scenes import listening, served
from tests.builders import a_database, a_letter, a_person
from tests.grant_scenes import at
from tests.portal_scenes import settings_for


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
