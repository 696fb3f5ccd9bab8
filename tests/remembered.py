"""Fill a database as something long did the first time: what it wrote is kept, and copied from then on."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

Copy = Callable[[Engine], None]
_copies: dict[tuple[str, str], Copy] = {}
# The migrations write this one's row into every database.
_FOUNDATION = "foundation"


def remembered(engine: Engine, name: str, fill: Callable[[], object]) -> None:
    """Fill the database as `fill` does, which runs once a process and kind; it always runs where there are rows."""
    known = (engine.dialect.name, name)
    if _has_rows(engine):
        fill()
    elif known in _copies:
        _copies[known](engine)
    else:
        fill()
        _copies[known] = _of_sqlite(engine) if engine.dialect.name == "sqlite" else _of_postgres(engine)


@lru_cache(maxsize=1)
def _any_row() -> str:
    tables = [f'EXISTS (SELECT 1 FROM "{name}")' for name in SQLModel.metadata.tables if name != _FOUNDATION]
    return f"SELECT {' OR '.join(tables)}"


def _has_rows(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(_any_row()).scalar())


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="grantline-kept-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _of_sqlite(engine: Engine) -> Copy:
    kept = _folder() / f"{len(_copies)}.db"

    def copy(into: Engine, is_back: bool) -> None:
        with closing(into.raw_connection()) as raw, closing(sqlite3.connect(kept)) as file:
            database: Any = raw.driver_connection
            file.backup(database) if is_back else database.backup(file)

    copy(engine, False)
    return partial(copy, is_back=True)


def _cursor(connection: Connection) -> Any:
    """Return a cursor of the driver's own, which can copy."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _of_postgres(engine: Engine) -> Copy:
    kept: dict[str, list[bytes]] = {}
    with engine.connect() as connection, _cursor(connection) as cursor:
        for table in SQLModel.metadata.sorted_tables:
            if table.name == _FOUNDATION:
                continue
            with cursor.copy(f'COPY "{table.name}" TO STDOUT') as rows:
                kept[table.name] = [bytes(row) for row in rows]
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        numbers = [{"name": name, "last": last} for name, last in cursor.fetchall()]

    def copy(into: Engine) -> None:
        with into.begin() as connection:
            # Past the triggers: they have let these rows in once.
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            with _cursor(connection) as cursor:
                for name, rows in kept.items():
                    if rows:
                        with cursor.copy(f'COPY "{name}" FROM STDIN') as sink:
                            sink.write(b"".join(rows))
            connection.execute(text("SELECT setval(quote_ident(:name)::regclass, :last)"), numbers)

    return copy
