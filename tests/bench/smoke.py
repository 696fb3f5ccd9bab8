"""Run the bench's parts on a few grants, so that it cannot rot; nothing here is timed."""

import json
import sqlite3
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tasks.store.database import open_engine, reading
from tasks.store.journal import broken_links
from tests.bench.__main__ import read_names
from tests.bench.bare_floor import run_floor
from tests.bench.grant_lives import Days, measured_days
from tests.bench.measures import Bench
from tests.bench.opened_grants import measure
from tests.bench.portfolio_rows import Size, build_portfolio
from tests.bench.stopwatch import CommandFailed, grants, run, surroundings
from tests.mail_server import MailServer

DAYS = measured_days(date(2010, 10, 8))


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of fifty grants, of which twenty have a step to tell on the day."""
    path = tmp_path_factory.mktemp("bench") / "portfolio.db"
    build_portfolio(path, Size(50, 20), DAYS)
    return path


@pytest.fixture
def bench(portfolio: Path, tmp_path: Path) -> Bench:
    return Bench(tmp_path, DAYS)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("today", "days"),
    [
        (date(2010, 10, 8), Days(date(2010, 10, 7), date(2010, 10, 8))),
        (date(2010, 10, 9), Days(date(2010, 10, 7), date(2010, 10, 8))),
        (date(2010, 12, 24), Days(date(2010, 12, 22), date(2010, 12, 23))),
    ],
    ids=["a Friday", "a Saturday", "Christmas Eve"],
)
def test_measured_day_is_a_working_day(today: date, days: Days) -> None:
    assert measured_days(today) == days


def test_built_grants_hold_together(portfolio: Path) -> None:
    copied = rows(portfolio, 'SELECT id FROM "grant" WHERE id >= 1000')
    steps = rows(portfolio, "SELECT count(*) FROM step WHERE grant_id >= 1000 GROUP BY grant_id")
    owners = "SELECT count(DISTINCT owner_id) FROM step WHERE next_action_on = '2010-10-08'"

    assert len(copied) == 50
    assert steps == [(12,)] * 50
    assert rows(portfolio, owners) == [(20,)]
    assert rows(portfolio, "PRAGMA foreign_key_check") == []
    with reading(open_engine(f"sqlite:///{portfolio}")) as connection:
        assert list(broken_links(connection)) == []


def test_measured_round_tells_and_delivers_what_is_due(portfolio: Path, bench: Bench) -> None:
    with MailServer().running() as server:
        env = surroundings(bench.copy(portfolio), server.port)
        told = json.loads(grants("round", "--on", "2010-10-08", "--deliver", "--json", env=env).said)

    assert (told["due"], told["reminded"], told["escalated"], told["failed"]) == (20, 18, 2, 0)
    # Twenty owners, one manager of both late ones, and on a Friday seven heads.
    assert told["delivery"]["accepted"] == told["letters"] == len(server.accepted) == 28


def test_measured_import_opens_every_grant(tmp_path: Path) -> None:
    assert measure(tmp_path / "opened.db", 1) == 12


def test_floor_sends_the_same_number_of_letters(portfolio: Path, bench: Bench) -> None:
    with MailServer().running() as server:
        sent = run_floor(bench.copy(portfolio), DAYS.on, 22, server.port)

    assert (sent, len(server.accepted)) == (22, 22)
    assert all(b"multipart" in letter.content for letter in server.accepted)


def test_bench_measures_all_unless_some_are_named() -> None:
    assert read_names([]) == ["round", "idle", "opening", "pages"]
    assert read_names(["idle"]) == ["idle"]
    with pytest.raises(SystemExit):
        read_names(["nothing"])


def test_command_that_does_not_end_is_stopped() -> None:
    with pytest.raises(CommandFailed, match=r"stopped after 0\.3 s"):
        run((sys.executable, "-c", "import time; time.sleep(60)"), {}, longest=0.3)
