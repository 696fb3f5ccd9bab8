"""Move everything to another database: from SQLite to PostgreSQL, or back."""

from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    bindparam,
    delete,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlmodel import SQLModel

from deployments.migrations.upgrade import make_own_file, run_migrations
from models.errors import BadInput
from models.tables.columns import table_of
from models.tables.journal import Foundation
from tasks.store.database import reading, shown_address, transaction
from tasks.store.database_faults import Stored
from tasks.store.journal import broken_links
from tasks.store.triggers.statements import find_drift, put_back

_BATCH = 1000


def move_rows(source: Engine, target: Engine) -> dict[str, int]:
    """Copy every row into the empty target, in one transaction there; return how many each table has.

    Nobody can write to the source meanwhile. Raises BadInput, and leaves the target empty, where it
    has tables already, or where the journal, the counts or the triggers do not hold there.
    """
    _require_empty(target)
    make_own_file(target)
    with transaction(source) as old, transaction(target) as new:
        _stop_writers(old)
        tables = copy_rows(old, new)
        moved = {table.name: _count(table, old) for table in tables}
        if moved != {table.name: _count(table, new) for table in tables}:
            raise BadInput(Stored.MOVED_NOT_WHOLE(place=shown_address(target)))
        if any(broken_links(new)) or any(find_drift(new)):
            raise BadInput(Stored.MOVED_BROKEN(place=shown_address(source)))
    return moved


def copy_rows(old: Connection, new: Connection) -> list[Table]:
    """Make the tables in an empty database, copy every row there, then make the triggers; return the tables."""
    run_migrations(new)  # it also makes the models' tables known
    new.execute(delete(table_of(Foundation)))
    tables = SQLModel.metadata.sorted_tables
    for table in tables:
        _copy(table, old, new)
    put_back(new)
    return tables


def _require_empty(target: Engine) -> None:
    file = target.url.database or ""
    if target.dialect.name == "sqlite" and not Path(file).exists():
        return  # connecting would make it, for everybody to read
    with reading(target) as connection:
        if inspect(connection).get_table_names():
            raise BadInput(Stored.NOT_EMPTY(place=shown_address(target)))


def _stop_writers(old: Connection) -> None:
    """Let others only read until the end of the transaction; SQLite's transaction does so by itself."""
    if old.dialect.name == "postgresql":
        names = ", ".join(f'"{name}"' for name in inspect(old).get_table_names())
        old.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def _copy(table: Table, old: Connection, new: Connection) -> None:
    # A row may name a later one of its own table, as a manager: it is told so once all are there.
    own = [
        column for column in table.columns if any(key.column.table is table for key in column.foreign_keys)
    ]
    in_order = select(table).order_by(*table.primary_key)
    rows = old.execute(in_order, execution_options={"yield_per": _BATCH})
    for batch in rows.mappings().partitions():
        without = dict.fromkeys(column.name for column in own)
        new.execute(table.insert(), [{**row, **without} for row in batch])
    for column in own:
        _name_own_rows(column, old, new)
    if new.dialect.name == "postgresql" and "id" in table.columns:
        last = select(func.max(table.c.id)).scalar_subquery()
        new.execute(select(func.setval(func.pg_get_serial_sequence(f'"{table.name}"', "id"), last)))


def _name_own_rows(column: Column[Any], old: Connection, new: Connection) -> None:
    table = column.table
    pairs = select(table.c.id.label("of"), column.label("names")).where(column.is_not(None))
    named = [dict(row) for row in old.execute(pairs).mappings()]
    if named:
        those = update(table).where(table.c.id == bindparam("of"))
        new.execute(those.values({column: bindparam("names")}), named)


def _count(table: Table, connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
