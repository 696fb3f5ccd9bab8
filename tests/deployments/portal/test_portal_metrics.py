"""What the portal shows to a monitor on its machine, and to nobody else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from deployments.portal.app import make_app
from tasks.round.days import Counts, RoundDay, begin_round, complete_round
from tasks.store.database import transaction
from tests.builders import a_database, a_letter, a_person
from tests.grant_scenes import at
from tests.portal_scenes import settings_for

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
    (answers,) = [line for line in lines if line.startswith("grantline_portal_answers_total{")]
    assert answers.startswith('grantline_portal_answers_total{status="2xx",process="')
    assert answers.endswith(" 1")
    engine.dispose()


def test_metrics_are_not_there_for_others(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    app = make_app(settings_for(tmp_path), engine)
    for host in ("192.0.2.7", "testclient"):
        with TestClient(app, "http://127.0.0.1", client=(host, 5000)) as client:
            assert client.get("/metrics").status_code == 404
    engine.dispose()
