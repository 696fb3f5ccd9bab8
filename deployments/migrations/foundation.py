"""Say by what the first migration is known again, until a version is released."""

import hashlib
from pathlib import Path

from sqlalchemy import Connection, Engine, Text, column, inspect, select, table

from models.errors import DatabaseUnready
from tasks.store.database import reading, shown_address
from tasks.store.database_faults import Stored
from tasks.store.triggers.statements import guarded_by

# Named here and not by its model, which `grants status` does not load.
_FOUNDATION = table("foundation", column("sha256", Text))
_FILE = Path(__file__).parent / "versions" / "0001_foundation.py"


def foundation_mark(connection: Connection) -> str:
    """Return the hash of the first migration's tables and of the triggers of this kind of database."""
    return hashlib.sha256(_FILE.read_bytes() + guarded_by(connection).encode()).hexdigest()


def check_foundation(engine: Engine) -> None:
    """Raise DatabaseUnready for a database that another first migration made: nothing leads from it to this one."""
    with reading(engine) as connection:
        known = inspect(connection).has_table(_FOUNDATION.name)
        made_by = connection.execute(select(_FOUNDATION.c.sha256)).scalar() if known else None
        mark = foundation_mark(connection)
    if made_by != mark:
        place = engine.url.database or shown_address(engine)
        raise DatabaseUnready(Stored.UNRELEASED(place=place))
