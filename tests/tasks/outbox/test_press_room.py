"""Printing beside: the same letters, whatever becomes of either process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.facts.letter_outcome import Printed
from tasks.mail.press_room import press_room
from tasks.store.database import open_engine, reading
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
SAY_WHO_PRINTS = "import atexit, sys; atexit.register(lambda: print('tasks.mail.letterpress' in sys.modules))"
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
# Prints in a press room of its own; plays each scene, which does something to the process beside, in a fork.
STAGE = f"""
import errno, json, os, pickle, signal, sys, traceback
from datetime import UTC, datetime
from models.press_settings import PressSettings
from tasks.mail import press_room as rooms
from tasks.store.database import open_engine, reading
{TWO_PROCESSORS}
fork, children = os.fork, []
def noted():
    children.append(fork())
    return children[-1]
os.fork = noted
engine = open_engine(sys.argv[1])
press = PressSettings("https://bidrag.example.org", "bidrag@example.org", ("a key",), "Europe/Stockholm")
def printed(room):
    with reading(engine) as connection:
        ids = connection.exec_driver_sql("SELECT id FROM letter WHERE status = 'queued' ORDER BY id").scalars().all()
        found = room.print(connection, ids, datetime(2030, 1, 1, 8, tzinfo=UTC))
    assert len(found) == 21
    return found
expected = printed(rooms.PressRoom(press))
engine.dispose()
def played(scene):
    read, write = os.pipe()
    child = fork()
    if not child:
        try:
            exec(scene)
            os.write(write, b"played")
        except BaseException:
            os.write(write, traceback.format_exc()[-4000:].encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as said:
        found = said.read()
    os.waitpid(child, 0)
    return found
print(json.dumps({{name: played(scene) for name, scene in json.load(sys.stdin).items()}}))
"""
SCENES = {
    "killed between two batches": """
with rooms.press_room(engine, press) as room:
    assert printed(room) == expected
    os.kill(children[0], signal.SIGKILL)
    assert printed(room) == printed(room) == expected
""",
    "stuck": """
rooms.PATIENCE = 0.5
with rooms.press_room(engine, press) as room:
    os.kill(children[0], signal.SIGSTOP)
    assert printed(room) == printed(room) == expected
""",
    "killed in the middle of an answer": """
asks, answers = os.pipe(), os.pipe()
if not noted():
    os.read(asks[0], 1)
    os.write(answers[1], pickle.dumps(expected)[:5000])
    os._exit(0)
os.close(answers[1])
beside = rooms.Beside(children[0], os.fdopen(asks[1], "wb"), os.fdopen(answers[0], "rb"))
room = rooms.PressRoom(press, beside)
assert printed(room) == printed(room) == expected
os.waitpid(children[0], 0)
""",
    "no room for another process": """
def full():
    raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
os.fork = full
engine.dispose()
before = os.listdir("/dev/fd")
with rooms.press_room(engine, press) as room:
    assert os.listdir("/dev/fd") == before
    assert printed(room) == expected
""",
    "children are not waited for": """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
with rooms.press_room(engine, press) as room:
    assert printed(room) == expected
    os.kill(children[0], signal.SIGKILL)
    assert printed(room) == expected
""",
}


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
            server.when(lambda: len(server.begun) > 0)
            deliverer.kill()
            # The end of its output comes only once no process holds it any more.
            deliverer.communicate(timeout=60)
    assert deliverer.returncode == -9


@pytest.fixture(scope="module")
def played(written: Path) -> dict[str, str]:
    """Play all scenes; return what each came to."""
    script = [sys.executable, "-c", STAGE, f"sqlite:///{written}"]
    done = subprocess.run(
        script, cwd=ROOT, input=json.dumps(SCENES), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("scene", SCENES)
def test_whatever_becomes_of_the_press_beside_every_letter_is_printed(
    played: dict[str, str], scene: str
) -> None:
    assert played[scene] == "played"


def letter_states(database: Path) -> Counter[str]:
    """Count the morning's letters by their states."""
    engine = open_engine(f"sqlite:///{database}")
    with reading(engine) as connection:
        found = Counter(
            connection.exec_driver_sql("SELECT status FROM letter WHERE letter_on = '2010-10-08'").scalars()
        )
    engine.dispose()
    return found


@contextmanager
def delivering(database: Path, server: MailServer) -> Iterator[subprocess.Popen[str]]:
    """Deliver in a process group of its own; the block begins when a letter is being handed over."""
    env = surroundings(database, server.port)
    with subprocess.Popen(
        command(TWO_PROCESSORS),
        env=env,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as deliverer:
        server.when(lambda: len(server.begun) > 0)
        yield deliverer


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_delivery_told_to_stop_finishes_what_is_begun(
    database: Path, number: signal.Signals, code: int
) -> None:
    with MailServer(delay=1.5).running() as server, delivering(database, server) as deliverer:
        os.killpg(deliverer.pid, number)
        # The end of its output comes only once no process holds it any more.
        said, _ = deliverer.communicate(timeout=60)

    taken = len(server.accepted)
    assert letter_states(database) == {"accepted": taken, "queued": 21 - taken}
    assert 0 < taken <= 11  # one a connection, and one that came right before
    assert f"the delivery was stopped: {taken} accepted" in said
    assert deliverer.returncode == code


def test_delivery_told_again_to_stop_waits_for_no_server(database: Path) -> None:
    silent = MailServer(faults=[Fault("dot", STALL)])
    with silent.running() as server, delivering(database, server) as deliverer:
        os.killpg(deliverer.pid, signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            deliverer.wait(1)
        os.killpg(deliverer.pid, signal.SIGINT)
        said, _ = deliverer.communicate(timeout=60)

    assert (deliverer.returncode, said.split()[-1]) == (130, "stopped")
    assert set(letter_states(database)) == {"unconfirmed", "queued"}


def test_delivery_told_three_times_to_stop_waits_for_no_database(database: Path) -> None:
    silent = MailServer(faults=[Fault("dot", STALL)])
    with silent.running() as server, delivering(database, server) as deliverer:
        # Each connection has a letter that is marked: nothing is being written.
        server.when(lambda: len(server.begun) == 10)
        blocker = sqlite3.connect(database, isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            os.killpg(deliverer.pid, signal.SIGINT)
            with pytest.raises(subprocess.TimeoutExpired):
                deliverer.wait(1)
        os.killpg(deliverer.pid, signal.SIGINT)
        # The end of its output comes only once no process holds it any more.
        deliverer.communicate(timeout=60)
        blocker.close()

    assert deliverer.returncode == -signal.SIGINT
    assert letter_states(database) == {"handing_over": 10, "claimed": 11}


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
