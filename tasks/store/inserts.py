"""Insert rows, except those that are there already by a unique constraint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows that are not there yet."""
    connection.execute(new_only(connection.dialect.name, table), rows)


def new_only(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that inserts the rows that are not there yet, for either database."""
    if dialect == "postgresql":
        # Imported only for that database: it brings its drivers along.
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
