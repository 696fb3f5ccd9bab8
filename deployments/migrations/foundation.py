"""Know a database that an unreleased version made: by the hash of the first migration."""

import hashlib
from pathlib import Path

from sqlalchemy import Engine, Text, column, inspect, select, table

from models.errors import DatabaseUnready
from tasks.store.database import reading, shown_address
from tasks.store.database_faults import Stored

# Named here and not by its model, which `grants status` does not load.
_FOUNDATION = table("foundation", column("sha256", Text))
_FILE = Path(__file__).parent / "versions" / "0001_foundation.py"


def foundation_mark() -> str:
    """Return the hash of the first migration, which is the same in every released version."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()


def check_foundation(engine: Engine) -> None:
    """Raise DatabaseUnready for a database that another first migration made: nothing leads from it to this one."""
    with reading(engine) as connection:
        known = inspect(connection).has_table(_FOUNDATION.name)
        made_by = connection.execute(select(_FOUNDATION.c.sha256)).scalar() if known else None
    if made_by != foundation_mark():
        place = engine.url.database or shown_address(engine)
        raise DatabaseUnready(Stored.UNRELEASED(place=place))
