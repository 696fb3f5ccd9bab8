"""Where a simulation's databases are kept: copies of a file, or of a database of the tests' PostgreSQL server."""

from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from tests.builders import a_database, an_engine
from tests.databases import a_copy_of, a_new_postgres_database, drop_database


class Files:
    """SQLite files in a folder. Processes are killed, machines are not: nothing needs to be on the disk."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, count(1)

    def new(self) -> Engine:
        """Return a migrated database without rows."""
        return a_database(self._folder)

    def keep(self, engine: Engine) -> Any:
        """Return the database as it stands, nobody being connected to it: the file's bytes."""
        engine.dispose()  # SQLite folds its log into the file
        return Path(str(engine.url.database)).read_bytes()

    def copy(self, kept: Any) -> Engine:
        """Return an engine on a copy of what was kept."""
        path = self._folder / f"life-{next(self._numbers)}.db"
        path.write_bytes(kept)
        engine = an_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _hurry)
        return engine

    def drop(self, engine: Engine) -> None:
        """Delete the file."""
        engine.dispose()
        for end in ("", "-wal", "-shm"):
            Path(f"{engine.url.database}{end}").unlink(missing_ok=True)

    def forget(self, kept: Any) -> None:
        """Forget what was kept: the caller had it."""


class Databases:
    """Databases of the tests' PostgreSQL server."""

    kind = "postgresql"

    def new(self) -> Engine:
        """Return a migrated database without rows."""
        return a_new_postgres_database()

    def keep(self, engine: Engine) -> Any:
        """Return the database as it stands: the name of a copy."""
        engine.dispose()
        kept = a_copy_of(str(engine.url.database))
        kept.dispose()
        return str(kept.url.database)

    def copy(self, kept: Any) -> Engine:
        """Return an engine on a copy of what was kept."""
        return a_copy_of(kept)

    def drop(self, engine: Engine) -> None:
        """Close the database and forget it."""
        engine.dispose()
        self.forget(str(engine.url.database))

    def forget(self, kept: Any) -> None:
        """Drop a database, also with others connected to it."""
        drop_database(kept)


Store = Files | Databases


def store_of(kind: str, folder: Path) -> Store:
    """Return the store of a kind of database."""
    return Files(folder) if kind == "sqlite" else Databases()


def _hurry(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")
