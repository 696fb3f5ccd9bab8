"""Open transactions on both databases: what a reader sees, what a failure leaves, and two who begin at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest
from sqlalchemy import Engine, event, inspect, text
from sqlalchemy.exc import InternalError

from deployments.migrations.upgrade import upgrade_schema
from models.errors import DatabaseUnready, DiskFull
from tasks.store.database import dry_run, open_engine, reading, require_schema, transaction, unit_of_work
from tests.builders import a_database, a_person
from tests.databases import a_new_postgres_database, an_empty_postgres_database
from tests.waiting import pause

COUNT = text("SELECT count(*) FROM person")


def count(engine: Engine) -> int:
    """Return how many people there are."""
    with reading(engine) as connection:
        return int(connection.execute(COUNT).scalar_one())


def test_reader_sees_one_picture_while_others_write(engine: Engine) -> None:
    with reading(engine) as connection:
        before = connection.execute(COUNT).scalar_one()
        with transaction(engine) as other:
            a_person(other)
        assert connection.execute(COUNT).scalar_one() == before
    assert count(engine) == before + 1


def test_reader_cannot_write_on_postgresql() -> None:
    engine = a_new_postgres_database()
    with reading(engine) as connection, pytest.raises(InternalError, match="read-only transaction"):
        a_person(connection)
    # The connection goes back to the pool as it came.
    with transaction(engine) as connection:
        a_person(connection)
    assert count(engine) == 1
    engine.dispose()


def test_failure_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with transaction(engine) as connection:
            a_person(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count(engine) == 0


def test_dry_run_leaves_nothing(engine: Engine) -> None:
    with transaction(dry_run(engine)) as connection:
        a_person(connection)
        assert connection.execute(COUNT).scalar_one() == 1
    with unit_of_work(dry_run(engine)) as session:
        a_person(session.connection())
    assert count(engine) == 0
    with unit_of_work(engine) as session:
        a_person(session.connection())
    assert count(engine) == 1


def test_writers_wait_for_each_other(engine: Engine) -> None:
    """Both read before they write: on SQLite a late BEGIN would fail one of them."""
    start = Barrier(4)

    def work(_number: int) -> None:
        start.wait()
        for _ in range(5):
            with transaction(engine) as connection:
                connection.execute(COUNT)
                a_person(connection)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert count(engine) == 20


def _sqlite(folder: Path) -> Callable[[], Engine]:
    return lambda: open_engine(f"sqlite:///{folder}/new.db")


def _postgresql(_folder: Path) -> Callable[[], Engine]:
    url = an_empty_postgres_database().url.render_as_string(hide_password=False)
    return lambda: open_engine(url)


@pytest.mark.parametrize("kind", [_sqlite, _postgresql], ids=["sqlite", "postgresql"])
def test_two_who_migrate_at_once_make_it_once(
    kind: Callable[[Path], Callable[[], Engine]], tmp_path: Path
) -> None:
    engines = [kind(tmp_path)] * 3
    start = Barrier(len(engines))

    def work(make: Callable[[], Engine]) -> str:
        engine = make()
        start.wait()
        try:
            upgrade_schema(engine)
            require_schema(engine)
        except DatabaseUnready as error:
            return str(error)
        finally:
            engine.dispose()
        return "made"

    with ThreadPoolExecutor(len(engines)) as pool:
        came = list(pool.map(work, engines))
    engine = engines[0]()
    require_schema(engine)
    # Who makes the same SQLite file at the same moment may be told to try again; it is never half made.
    may_wait = engine.dialect.name == "sqlite"
    assert "made" in came
    assert all(one == "made" or (may_wait and "locked by another writer" in one) for one in came)
    assert "journal_event" in inspect(engine).get_table_names()
    engine.dispose()


def test_writer_is_let_in_between_two_turns_of_another(tmp_path: Path) -> None:
    """Who has waited for long is not overtaken by a round that writes again and again."""
    engine = a_database(tmp_path)
    overtaken = []
    for _ in range(3):
        waits, came, turns = Event(), Event(), 0

        def wait(waits: Event = waits, came: Event = came) -> None:
            waits.set()
            with transaction(engine):
                came.set()

        with ThreadPoolExecutor(1) as pool:
            with transaction(engine):
                done = pool.submit(wait)
                waits.wait()
                pause(0.1)
            while not came.wait(0.01):
                turns += 1
                with transaction(engine):
                    pause(0.02)
            done.result()
        overtaken.append(turns)
    assert sum(overtaken) <= 3
    engine.dispose()


@pytest.mark.parametrize(
    ("asked", "patience"),
    [("", ("30", "10", "3", "30000")), ("tcp_user_timeout=5000&keepalives_idle=7", ("7", "10", "3", "5000"))],
)
def test_host_of_postgresql_that_is_gone_is_not_waited_for(asked: str, patience: tuple[str, ...]) -> None:
    """The address has the last word on how long."""
    address = an_empty_postgres_database().url.update_query_string(asked)
    engine = open_engine(address.render_as_string(hide_password=False))
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        said = driver.info.get_parameters()
    names = ("keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    assert tuple(said.get(name) for name in names) == patience
    engine.dispose()


def test_damaged_file_is_told_in_one_line(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/new.db")
    upgrade_schema(engine)
    engine.dispose()
    path = tmp_path / "new.db"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x00" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(DatabaseUnready, match="damaged; restore the file from a backup"):
        require_schema(engine)
    engine.dispose()


def test_full_disk_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/full.db")
    upgrade_schema(engine)
    with transaction(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    event.listen(
        engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}")
    )
    engine.dispose()
    full = pytest.raises(DiskFull, match="The disk is full; free some space")
    with full, transaction(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE filler AS SELECT zeroblob(1000000) AS much")
    engine.dispose()
