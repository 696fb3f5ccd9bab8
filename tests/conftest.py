"""Keep the tests apart: their own settings and homes, no network beyond this machine, repeatable examples."""

from __future__ import annotations

import atexit
import fcntl
import gc
import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import AdaptedConnection, Engine, Pool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from tests.database_kinds import KINDS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.mail_server import MailServer
    from tests.outbox_scenes import StandingClock

# What a test writes need not outlive the machine: files lie in memory where it lends enough of it, as a container's
# 64 MB are not. Nothing waits for a disk there.
_MEMORY = Path("/dev/shm")  # noqa: S108
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 4 << 30:
    os.environ["TMPDIR"] = tempfile.tempdir = str(_MEMORY)

# Before anything imports Prefect, which reads its settings once; child processes inherit these too.
_HOME = Path(tempfile.mkdtemp(prefix="grantline-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith(("GRANTS_", "PREFECT_"))]:
    del os.environ[_name]
# A file without a setting, since a developer's own may lie in the working folder.
_NO_SETTINGS = _HOME / "none.env"
_NO_SETTINGS.touch()
os.environ |= {
    "GRANTS_SETTINGS": str(_NO_SETTINGS),
    "GRANTS_HOME": str(_HOME / "grants"),
    "PREFECT_HOME": str(_HOME / "prefect"),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    # Where the embedded PostgreSQL keeps its lock; without a login session there is none, and it warns.
    "XDG_RUNTIME_DIR": str(_HOME / "run"),
}
(_HOME / "run").mkdir(mode=0o700)
# It does not make its own folder there, and would take the common one: the lock of who came first shuts out others.
(_HOME / "run/python_PostgresServer").mkdir()
# What took long to make is kept for all processes of a run, in the folder of the one that started them.
os.environ.setdefault("GRANTLINE_KEPT", str(_HOME / "kept"))

# "house" gives every run the same fifty examples; `--hypothesis-profile=hunt` looks for thousands of new ones.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None, max_examples=50)
hypothesis.settings.register_profile("hunt", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile("house")


class LeftTheMachine(RuntimeError):
    """A test spoke to an address that is not on this machine."""


def _stay_here(event: str, args: tuple[object, ...]) -> None:
    # A RuntimeError, not an OSError: code that expects an unreachable server must not take this for one.
    if event not in {"socket.connect", "socket.sendto"} or not isinstance(args[1], tuple):
        return
    host = str(args[1][0]).partition("%")[0]
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here:
        raise LeftTheMachine(f"{event} to {host}")


sys.addaudithook(_stay_here)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let a run's first process rewrite the assertions of all tests and keep them; the others wait and read them."""
    gc.disable()
    kept = Path(os.environ["GRANTLINE_KEPT"])
    kept.mkdir(exist_ok=True)
    is_first = os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0"
    with (kept / "collection.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if is_first else fcntl.LOCK_SH)
        return (yield)


# Prefect's server for the flows, and the syntax trees of all files, are made once for all tests of the folder.
_TOGETHER = {"tests/flows", "tests/house"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file, and of a folder that shares what is dear, in one of a run's processes.

    A test that names a group of its own, as long ones do, is in that.
    """
    for item in items if "PYTEST_XDIST_WORKER" in os.environ else ():
        if item.get_closest_marker("xdist_group") is not None:
            continue
        file = item.nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        item.add_marker(pytest.mark.xdist_group(folder if folder in _TOGETHER else file))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Hold that groups are kept; let the collector of garbage pass over what stays: all modules of program and tests.

    A pytest that xdist does not know yet would drop the groups without a word, and each server start in all processes.
    """
    if session.items and session.config.getoption("loadgroup", default=False):
        assert "@" in session.items[0].nodeid, "pytest-xdist takes no groups with this pytest"
    gc.collect()
    gc.freeze()
    # A process keeps millions of objects: to look through them after each 10,000 new ones was a seventh of its time.
    gc.set_threshold(100_000)
    gc.enable()


@pytest.fixture(autouse=True, scope="module")
def _collector_looks_at_this_file_alone() -> None:
    """Let the collector of garbage pass over what the files before have left: caches, modules, statements."""
    gc.collect()
    gc.freeze()


_connected: set[ConnectionPoolEntry] = set()


@event.listens_for(Pool, "connect")
def _note_connection(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    if not isinstance(connection, AdaptedConnection):  # an event loop's own
        _connected.add(entry)


@pytest.fixture(autouse=True)
def _databases_are_closed() -> Iterator[None]:
    """Close what a test connected to: newer Pythons warn of a connection that is left to the garbage collector."""
    yield
    while _connected:
        entry = _connected.pop()
        if not entry.in_use:
            entry.invalidate()


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """An office whose language is English: what commands complain of is said in it."""
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")


@pytest.fixture(params=KINDS)
def engine_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database: each in turn, save where a folder or a file says that SQLite will do."""
    return str(request.param)


@pytest.fixture
def shared_keys(engine_kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that PostgreSQL asks for, since several machines may use it."""
    if engine_kind == "postgresql":
        monkeypatch.setenv("GRANTS_SECRET_KEYS", "the key of the tests' machines")


@pytest.fixture
def engine(engine_kind: str, tmp_path: Path, shared_keys: None) -> Iterator[Engine]:
    """A migrated database without rows."""
    # Imported here, so that tests without a database do not wait for one.
    from tests.builders import a_database
    from tests.databases import a_postgres_database

    opened = a_database(tmp_path) if engine_kind == "sqlite" else a_postgres_database()
    yield opened
    opened.dispose()


@pytest.fixture
def own_engine(engine_kind: str, tmp_path: Path, shared_keys: None) -> Iterator[Engine]:
    """A new, migrated database that is the test's own: beside others, or where its schema changes."""
    from tests.builders import a_database
    from tests.databases import a_new_postgres_database

    opened = a_database(tmp_path) if engine_kind == "sqlite" else a_new_postgres_database()
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    """A new, migrated SQLite database, for what does not depend on the kind."""
    from tests.builders import a_database

    opened = a_database(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def commanded(sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A new, migrated SQLite database, with a folder and a home, that the commands find."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRANTS_DATABASE_URL", sqlite.url.render_as_string(hide_password=False))
    return sqlite


@pytest.fixture
def clock() -> StandingClock:
    """A clock that stands at the morning on which letters are queued."""
    from tests.outbox_scenes import StandingClock

    return StandingClock()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    """A mail server that takes every letter."""
    from tests.mail_server import MailServer

    with MailServer().running() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of a file: while it runs, its driver keeps an event loop in the thread."""
    from tests.browser_scenes import a_browser

    with a_browser() as chromium:
        yield chromium


@pytest.fixture
def free_port() -> int:
    """A loopback port on which nothing listens."""
    from tests.free_ports import find_free_ports

    return find_free_ports(1)


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, and the folder in it of the files that grants name."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "home" / "figures"
    folder.mkdir(parents=True)
    return folder
