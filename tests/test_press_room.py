"""Printing beside: the same letters, whatever becomes of either process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.letter_outcome import Printed
from tasks.database import open_engine, reading
from tasks.press_room import press_room
from tests.bench.grant_lives import measured_days
from tests.bench.portfolio_rows import Size, build_portfolio
from tests.bench.stopwatch import GRANTS, ROOT, grants, surroundings
from tests.letter_scenes import PRESS
from tests.mail_server import STALL, Fault, MailServer

DAY = date(2010, 10, 8)
MOMENT = "2030-01-01T08:00+00:00"  # after the letters were written, and the same in every delivery
TWO_PROCESSORS = "import os; os.sched_getaffinity = lambda pid: {0, 1}"
ONE_PROCESSOR = "import os; os.sched_getaffinity = lambda pid: {0}"
# Whether the deliverer itself has printed: it loads the press only for that.
SAY_WHO_PRINTS = "import atexit, sys; atexit.register(lambda: print('tasks.letterpress' in sys.modules))"
DEAD_AT_BIRTH = """
import os, signal
fork = os.fork
def stillborn():
    child = fork()
    if child:
        os.kill(child, signal.SIGKILL)
    return child
os.fork = stillborn
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which a morning's letters wait."""
    path = tmp_path_factory.mktemp("press") / "written.db"
    build_portfolio(path, Size(50, 20), measured_days(DAY))
    grants("round", "--on", DAY.isoformat(), env=surroundings(path))
    return path


@pytest.fixture
def database(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(written, tmp_path / "grants.db"))


def command(*setup: str) -> list[str]:
    return [sys.executable, "-c", "\n".join((*setup, GRANTS[2])), "deliver", "--on", MOMENT]


def delivered(database: Path, *setup: str) -> tuple[list[bytes], str]:
    """Return the letters that arrived, sorted, and the last word that the command said."""
    with MailServer().running() as server:
        env = surroundings(database, server.port)
        done = subprocess.run(command(*setup), env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return sorted(letter.content for letter in server.accepted), done.stdout.split()[-1]


def test_letters_printed_beside_are_those_printed_here(database: Path, written: Path) -> None:
    beside, printed_beside = delivered(database, TWO_PROCESSORS, SAY_WHO_PRINTS)
    shutil.copy(written, database)
    here, printed_here = delivered(database, ONE_PROCESSOR, SAY_WHO_PRINTS)

    assert (printed_beside, printed_here) == ("False", "True")
    assert len(beside) == 21
    assert beside == here


def test_letters_are_printed_here_when_the_press_beside_has_died(database: Path) -> None:
    letters, printed_here = delivered(database, TWO_PROCESSORS, DEAD_AT_BIRTH, SAY_WHO_PRINTS)

    assert (len(letters), printed_here) == (21, "True")


def test_error_beside_is_met_here(database: Path) -> None:
    setup = (TWO_PROCESSORS, "os.environ['GRANTS_MAIL_FROM'] = 'nobody at all'")
    env = surroundings(database)
    done = subprocess.run(command(*setup), env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert "GRANTS_MAIL_FROM" in done.stderr


def test_press_beside_ends_when_its_deliverer_is_killed(database: Path) -> None:
    with MailServer(faults=[Fault("dot", STALL)]).running() as server:
        env = surroundings(database, server.port)
        with subprocess.Popen(
            command(TWO_PROCESSORS), env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as deliverer:
            server.when(lambda: len(server.commands_of("DATA")) > 0)
            deliverer.kill()
            # The end of its output comes only once no process holds it any more.
            deliverer.communicate(timeout=20)
    assert deliverer.returncode == -9


@pytest.fixture
def other_thread() -> Iterator[None]:
    """A thread that is alive during the test."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("other_thread")
def test_process_with_other_threads_is_never_forked(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    engine = open_engine(f"sqlite:///{database}")
    with press_room(engine, PRESS) as room, reading(engine) as connection:
        letter_ids = (
            connection.exec_driver_sql("SELECT id FROM letter WHERE status = 'queued'").scalars().all()
        )
        printed = room.print(connection, letter_ids, datetime(2010, 10, 8, 8, tzinfo=UTC))
    engine.dispose()

    assert [type(one) for one in printed] == [Printed] * 21
