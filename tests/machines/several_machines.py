"""Harm several machines in a day's work: nothing is told twice, nothing is lost, and the day completes by itself."""

import os
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from models.tables.letter import Letter
from tasks.people.links import sign_link
from tests.bench.grant_lives import measured_days
from tests.grant_scenes import rows
from tests.hostile_files import a_pdf
from tests.machines.processes import (
    KEYS,
    Machines,
    bring_up,
    program,
    restart_postgres,
    start_api,
    start_redis,
)
from tests.mail_server import MailServer
from tests.waiting import until

DUE = int(os.environ.get("DUE", "300"))
ON = measured_days(datetime.now(UTC).date()).on
NOTICES = f"SELECT count(*) FROM notice WHERE told_on = '{ON}'"
DOUBLED = "SELECT count(*) - count(DISTINCT (step_id, due_on, rung, person_id)) FROM notice"


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with bring_up(tmp_path_factory.mktemp("machines")) as found:
        yield found


@pytest.fixture(scope="module")
def told(machines: Machines) -> int:
    """How many notices the day's round writes in one process, without Prefect."""
    machines.fill(5 * DUE, DUE, ON)
    done = machines.run("one", "grants", "round", "--on", str(ON))
    assert done.returncode in (0, 1), done.stderr
    return machines.count(NOTICES)


def begin_round(machines: Machines) -> str:
    machines.fill(5 * DUE, DUE, ON)
    return machines.begin_run("daily-round", on=str(ON))


def hold_that_the_day_is_whole(machines: Machines, run: str, told: int, seconds: float) -> None:
    ended = ("Completed", "SourcesSilent", "Failed", "Crashed", "TimedOut")
    until(lambda: machines.state(run) in ended, f"the round's end: {machines.state(run)}", seconds)
    assert machines.state(run) == "Completed"
    assert machines.count(NOTICES) == told >= DUE
    assert machines.count(DOUBLED) == 0
    assert machines.count("SELECT count(*) FROM day_round WHERE completed_at IS NOT NULL") >= 1


def rounds_begun(machines: Machines) -> int:
    return sum(machines.said_by(f"worker-{number}").count("for flow 'daily-round'") for number in (1, 2))


def test_round_completes_over_servers_that_go_and_come_back(machines: Machines, told: int) -> None:
    before = rounds_begun(machines)
    run = begin_round(machines)
    until(lambda: rounds_begun(machines) > before, "the round", 600)
    machines.kill("api-2")
    machines.kill("redis")
    restart_postgres(machines)
    start_redis(machines)
    start_api(machines, 2)
    hold_that_the_day_is_whole(machines, run, told, 900)


def test_delivery_is_shared_and_one_that_dies_loses_and_doubles_nothing(
    machines: Machines, told: int
) -> None:
    # The one that the round before asked for would keep letters in the mailbox.
    until(lambda: machines.unfinished("deliver-letters") == 0, "the round's delivery", 600)
    machines.fill(5 * DUE, DUE, ON)
    machines.run("one", "grants", "round", "--on", str(ON))
    letters = machines.count("SELECT count(*) FROM letter WHERE status = 'queued'")
    mail = MailServer(delay=0.02)
    with mail.running():
        settings = {f"GRANTS_{name.upper()}": str(value) for name, value in mail.settings.items()}
        settings |= {"GRANTS_SMTP_CONNECTIONS": "2"}
        for number, name in ((1, "one"), (2, "two")):
            environment = machines.environment(name) | settings
            machines.start(f"delivery-{number}", *program("grants"), "deliver", env=environment)
        mail.when(lambda: len(mail.accepted) > letters // 10, 300)
        machines.kill("delivery-1")
        machines.running.pop("delivery-2").wait(900)
        waits = "SELECT count(*) FROM letter WHERE status IN ('queued', 'claimed', 'handing_over')"
        until(lambda: _delivered(machines, settings) and machines.count(waits) == 0, "the rest", 600)
    ids = mail.message_ids()
    assert len(ids) == len(set(ids))
    unconfirmed = machines.count("SELECT count(*) FROM letter WHERE status = 'unconfirmed'")
    assert unconfirmed <= 2
    assert letters - unconfirmed <= len(ids) <= letters


def _delivered(machines: Machines, settings: dict[str, str]) -> bool:
    return machines.run("two", "grants", "deliver", **settings).returncode in (0, 1)


def test_each_server_leads_to_the_pages_and_keeps_the_browser_at_home(machines: Machines) -> None:
    for name in ("api-1", "api-2"):
        page = httpx.get(f"http://127.0.0.1:{machines.ports[name]}/due")
        assert (page.status_code, page.headers["location"].startswith("/artifacts")) == (307, True)
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_link_made_on_one_machine_opens_on_the_other(machines: Machines) -> None:
    letter = next(one for one in reversed(rows(machines.engine, Letter)) if one.link_key)
    link = f"/t/{sign_link(letter.link_key, (KEYS,))}"
    for number in (1, 2):
        page = httpx.get(f"http://127.0.0.1:{machines.ports[f'portal-{number}']}{link}", timeout=60)
        assert page.status_code == 200
    for name in ("one", "two"):
        assert "ok       machines" in machines.run(name, "grants", "doctor").stdout


def test_file_answered_on_one_machine_is_in_the_bundle_of_the_other(
    machines: Machines, tmp_path: Path
) -> None:
    query = (
        'SELECT s.key, g.reference, p.email FROM step s JOIN "grant" g ON g.id = s.grant_id'
        " JOIN person p ON p.id = s.owner_id WHERE s.status = 'open' AND s.kind = 'report' AND g.id >= 1000 LIMIT 1"
    )
    with machines.engine.connect() as connection:
        key, reference, email = connection.exec_driver_sql(query).one()
    paper, zipped = tmp_path / "paper.pdf", tmp_path / "bundle.zip"
    paper.write_bytes(a_pdf())
    said = machines.run(
        "one", "grants", "answer", reference, key, "--by", email, "--nothing", "--file", str(paper)
    )
    assert said.returncode == 0, said.stderr
    made = machines.run("two", "grants", "export", "bundle", reference, "--out", str(zipped))
    assert "left out" not in made.stderr, made.stderr
    with zipfile.ZipFile(zipped) as bundle:
        assert [name for name in bundle.namelist() if name.endswith("paper.pdf")]
