"""Real grants, opened through the import and played through acts, for tests of everything that writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from tasks.database import reading


def dump(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, in the order of the tables' keys."""
    with reading(engine) as connection:
        return {
            name: [
                dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()
            ]
            for name, table in sorted(SQLModel.metadata.tables.items())
        }
