"""Open the database; the one place where a transaction begins."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError as SqliteError
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, Row, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from models.errors import DatabaseUnready, DiskFull, SettingInvalid
from models.message import Common
from tasks.store.database_faults import Stored
from tasks.store.engine_options import options_of, with_options

if TYPE_CHECKING:
    from sqlmodel import Session

# A row of a Core query, whose columns are known where it is made and used.
AnyRow = Row[*tuple[object, ...]]

# The migration that this code is written for; a test compares it with the newest one.
SCHEMA_REVISION = "0007"
# How long a writer waits for another one, in seconds.
BUSY_SECONDS = 30
# How often it looks whether it is its turn. SQLite's own pauses grow to a tenth of a second. A
# connection that has waited long would be overtaken by later ones, and by a round that keeps
# writing.
_LOOKS_AGAIN = 0.002

# The primary part of an SQLite error code.
_PRIMARY = 0xFF

# A database host that has gone does not answer, and TCP alone would wait for hours; with these,
# half a minute to a minute.
_TCP_PATIENCE = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

# PostgreSQL has no BEGIN IMMEDIATE: writers that extend the journal's chain queue on this advisory
# lock instead.
JOURNAL_LOCK = 7_201_009
SCHEMA_LOCK = 7_201_010

_BATCH = 500
_One = TypeVar("_One")


def in_batches(ids: Sequence[_One]) -> Iterator[Sequence[_One]]:
    """Yield the ids in batches: each database limits the values in one statement."""
    for first in range(0, len(ids), _BATCH):
        yield ids[first : first + _BATCH]


def open_engine(url: str) -> Engine:
    """Return an engine for a `sqlite:///` or `postgresql+psycopg://` address; otherwise SettingInvalid."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # a ValueError if the port is no number
        raise SettingInvalid(Stored.NO_ADDRESS(url=url)) from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        postgresql = parsed.set(drivername="postgresql+psycopg")
        patience = {name: value for name, value in _TCP_PATIENCE.items() if name not in parsed.query}
        return create_engine(
            postgresql,
            connect_args=patience,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    if backend != "sqlite":
        raise SettingInvalid(Stored.NO_ADDRESS(url=url))
    if not parsed.database or ":memory:" in parsed.database:
        raise SettingInvalid(Stored.KEEPS_NOTHING(url=url))
    how = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    # Rows name people, so errors, which are logged, do not quote them.
    engine = create_engine(parsed.set(drivername="sqlite"), connect_args=how, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late and is never IMMEDIATE, so we begin ourselves.
    connection.isolation_level = None
    # 16 MB of pages, not 2: indexes that an import or a round goes over stay in memory.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")


def _driver_of(connection: Connection) -> Any:
    # SQLAlchemy takes ten times as long over a statement, and transactions are many.
    return connection.connection.dbapi_connection


def _begin_writing(connection: Connection) -> None:
    """Begin a writing transaction once it is this connection's turn."""
    if connection.dialect.name != "sqlite":
        return
    driver = _driver_of(connection)
    until = monotonic() + BUSY_SECONDS
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except SqliteError as error:
                if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY:
                    break
                sleep(_LOOKS_AGAIN)
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose error is SQLAlchemy's
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open a writing transaction, committed at the end of the block and rolled back by an exception.

    Raises DatabaseUnready if another writer holds a SQLite database for longer than BUSY_SECONDS.
    """
    with _one_line_errors(engine), engine.connect() as connection, connection.begin() as begun:
        _begin_writing(connection)
        yield connection
        if _seen_dry(connection):
            begun.rollback()


def dry_run(engine: Engine, look: Callable[[Connection], None] | None = None) -> Engine:
    """Return the engine with transactions that are undone at their end.

    `look` is called in each of them right before, to read what was written.
    """
    return with_options(engine, dry=True, look=look)


def undone_if(engine: Engine, condition: Callable[[], bool]) -> Engine:
    """Return the engine with transactions that are undone if the condition holds at their end."""
    return with_options(engine, undone_if=condition)


def _seen_dry(connection: Connection) -> bool:
    """Return whether the transaction is undone, after `look` has seen it."""
    options = options_of(connection)
    if options.look is not None:
        options.look(connection)
    return options.dry or (options.undone_if is not None and options.undone_if())


def rehearsal(engine: Engine, figures: Path | None = None) -> Engine:
    """Return the engine for a rehearsal: nobody outside may be told what happens in it.

    `figures` is the folder of the files that its grants name, if not the home's.
    """
    return with_options(engine, rehearsal=True, figures=figures)


def figures_folder(engine: Engine) -> Path | None:
    """Return the folder of a rehearsal's figures; None for the home's."""
    return options_of(engine).figures


def is_dry(engine: Engine) -> bool:
    """Return whether the engine's transactions are undone."""
    return options_of(engine).dry


def is_rehearsed(engine: Engine) -> bool:
    """Return whether it is a rehearsal, as a replay."""
    return options_of(engine).rehearsal


def tells_nobody(engine: Engine) -> bool:
    """Return whether the engine's transactions are undone or rehearsed."""
    options = options_of(engine)
    return options.dry or options.rehearsal


@contextmanager
def unit_of_work(engine: Engine, *, many: bool = False) -> Iterator[Session]:
    """Open a writing transaction as a session, for a command that changes a few rows, or `many` grants."""
    from sqlmodel import Session  # imported here, so that readers do not wait for it

    with (
        _one_line_errors(engine),
        Session(engine, expire_on_commit=False) as session,
        session.begin() as begun,
    ):
        _begin_writing(session.connection())
        if many and engine.dialect.name == "sqlite":
            # 64 MB: otherwise pages that change again and again are written to disk in between, and read back.
            session.connection().exec_driver_sql("PRAGMA cache_size=-64000")
        yield session
        session.flush()
        if _seen_dry(session.connection()):
            begun.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a reading transaction: one consistent picture, and no writer waits for it."""
    with _one_line_errors(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # Otherwise each statement would see the commits before it, not before the first.
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            if engine.dialect.name == "sqlite":
                _driver_of(connection).execute("BEGIN")
            yield connection


@contextmanager
def _one_line_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        # SQLite only says "database error" about a file that is no database, or is damaged.
        if not isinstance(error, OperationalError) and type(error) is not DatabaseError:
            raise
        raise _unready(engine, error) from error


def _unready(engine: Engine, error: DatabaseError) -> DatabaseUnready:
    """Return the error for the database's code, worded for the person who must repair it."""
    place = _place(engine)
    code = getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY
    message = _UNREADY.get(code)
    if code == sqlite3.SQLITE_FULL or (
        engine.dialect.name == "sqlite" and message in (None, Stored.UNOPENED) and _is_full(place)
    ):
        return DiskFull(place)
    if message is not None:
        return DatabaseUnready(message(place=place))
    reason = str(error.orig).splitlines()[0] if error.orig else Stored.NO_ANSWER()
    return DatabaseUnready(Common.AT(place=place, why=reason))


# The meaning of each SQLite error code.
_UNREADY = {
    sqlite3.SQLITE_BUSY: Stored.LOCKED,
    sqlite3.SQLITE_LOCKED: Stored.LOCKED,
    sqlite3.SQLITE_READONLY: Stored.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Stored.UNOPENED,
    sqlite3.SQLITE_NOTADB: Stored.NO_DATABASE,
    sqlite3.SQLITE_CORRUPT: Stored.DAMAGED,
}


def check_pages(connection: Connection, place: str) -> None:
    """Raise DatabaseUnready for an SQLite file with a damaged page; PostgreSQL has pg_amcheck."""
    if connection.dialect.name == "sqlite":
        result = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
        if result != "ok":
            raise DatabaseUnready(Stored.DAMAGED(place=place))


def _is_full(path: str) -> bool:
    """Return whether the disk next to the file is full, which SQLite calls an I/O error."""
    folder = Path(path).parent
    return folder.exists() and shutil.disk_usage(folder).free < 65_536


def shown_address(engine: Engine) -> str:
    """Return a database's address without its password, fit to be shown."""
    url = engine.url
    shown = {name: value for name, value in url.query.items() if "password" not in name}
    return url.set(query=shown).render_as_string(hide_password=True)


def _place(engine: Engine) -> str:
    return engine.url.database or shown_address(engine)


def schema_revision(engine: Engine) -> str | None:
    """Return the database's schema revision, or None without tables; DatabaseUnready if unreadable."""
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and file != ":memory:" and not Path(file).exists():
        # Connecting would leave an empty file behind.
        return None
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def require_schema(engine: Engine) -> None:
    """Raise DatabaseUnready unless the schema is the one this code is written for, or a newer one that admits it."""
    revision = schema_revision(engine)
    if revision is None:
        missing = engine.dialect.name == "sqlite" and not Path(_place(engine)).exists()
        raise DatabaseUnready((Stored.NOT_THERE if missing else Stored.NO_TABLES)(place=_place(engine)))
    if revision < SCHEMA_REVISION:
        raise DatabaseUnready(Stored.OLDER(place=_place(engine), revision=revision))
    if revision > SCHEMA_REVISION and not _admits(engine):
        raise DatabaseUnready(Stored.NEWER(place=_place(engine), revision=revision))


def _admits(engine: Engine) -> bool:
    """Return whether a newer database admits this program, as its additions do no harm."""
    with reading(engine) as connection:
        oldest = connection.execute(text("SELECT admits FROM foundation")).scalar()
    return oldest is not None and str(oldest) <= SCHEMA_REVISION
