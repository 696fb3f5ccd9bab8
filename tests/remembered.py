"""Fill a database as something long did the first time: what it wrote is kept, and copied from then on."""

import fcntl
import os
import pickle
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

# The migrations write this one's row into every database.
_FOUNDATION = "foundation"


def kept_file(name: str, make: Callable[[Path], object]) -> Path:
    """Return the file that `make` writes: once in a run of the tests, by whichever of its processes asks first."""
    path = Path(os.environ["GRANTLINE_KEPT"]) / quote(name, safe="")
    path.parent.mkdir(exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            written = path.with_suffix(".part")
            make(written)
            written.rename(path)
    return path


def remembered(engine: Engine, name: str, fill: Callable[[], object]) -> None:
    """Fill the database as `fill` does, which runs once a run and kind; it always runs where there are rows."""
    if _has_rows(engine):
        fill()
        return
    filled = False

    def make(path: Path) -> None:
        nonlocal filled
        fill()
        filled = True
        if engine.dialect.name == "sqlite":
            _copy_sqlite(engine, path, is_back=False)
        else:
            path.write_bytes(pickle.dumps(_from_postgres(engine)))

    kept = kept_file(f"{engine.dialect.name} {name}", make)
    if filled:
        return
    if engine.dialect.name == "sqlite":
        _copy_sqlite(engine, kept, is_back=True)
    else:
        _into_postgres(engine, *pickle.loads(kept.read_bytes()))  # noqa: S301 - written above


@lru_cache(maxsize=1)
def _any_row() -> str:
    tables = [f'EXISTS (SELECT 1 FROM "{name}")' for name in SQLModel.metadata.tables if name != _FOUNDATION]
    return f"SELECT {' OR '.join(tables)}"


def _has_rows(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.exec_driver_sql(_any_row()).scalar())


def _copy_sqlite(engine: Engine, kept: Path, *, is_back: bool) -> None:
    with closing(engine.raw_connection()) as raw, closing(sqlite3.connect(kept)) as file:
        database: Any = raw.driver_connection
        file.backup(database) if is_back else database.backup(file)


def _cursor(connection: Connection) -> Any:
    """Return a cursor of the driver's own, which can copy."""
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _from_postgres(engine: Engine) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Return the rows of each table, and where each sequence stands."""
    kept = {}
    with engine.connect() as connection, _cursor(connection) as cursor:
        for table in SQLModel.metadata.sorted_tables:
            with cursor.copy(f'COPY "{table.name}" TO STDOUT') as rows:
                kept[table.name] = b"".join(bytes(row) for row in rows)
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        return kept, [{"name": name, "last": last} for name, last in cursor.fetchall()]


def _into_postgres(into: Engine, kept: dict[str, bytes], numbers: list[dict[str, Any]]) -> None:
    with into.begin() as connection:
        # Past the triggers: they have let these rows in once.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(f"DELETE FROM {_FOUNDATION}")
        with _cursor(connection) as cursor:
            for name, rows in kept.items():
                if rows:
                    with cursor.copy(f'COPY "{name}" FROM STDIN') as sink:
                        sink.write(rows)
        connection.execute(text("SELECT setval(quote_ident(:name)::regclass, :last)"), numbers)
