"""Make the rows of grants that are opened, and insert those of many grants together."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import TypeVar, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlmodel import SQLModel

from models.tables.columns import table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.letter import Notice
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.step import Answer, Figure, Step
from models.vocabulary import InstalmentStatus

Row = TypeVar("Row", bound=SQLModel)

# In the order in which they refer to each other.
_ORDER: tuple[type[SQLModel], ...] = (
    Grant,
    GrantRole,
    Decision,
    Step,
    Instalment,
    InstalmentCondition,
    Payment,
    Answer,
    Figure,
    Notice,
)
# The database accepts no award without its parts, and no part that has left: rows start like this
# and are updated.
_BEGUN: dict[type[SQLModel], dict[str, object]] = {
    Grant: {"award_minor": None},
    Instalment: {
        "status": InstalmentStatus.PLANNED,
        **dict.fromkeys(("amount_minor", "kept_minor", "claimed_minor", "paid_minor")),
        **dict.fromkeys(("requested_by_id", "confirmed_by_id")),
        **dict.fromkeys(("requested_on", "released_on", "claimed_on", "paid_on", "no_more_why")),
    },
}
_BLOCK = 512  # ids that PostgreSQL gives at a time


class NewRows:
    """Rows of grants that are being opened, with their ids; `write` puts them into the database.

    They have the attributes of their models and nothing else: the session does not know them.
    Nobody else may add rows to the same tables in the transaction between the first row and
    `write`.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[type[SQLModel], list[SQLModel]] = defaultdict(list)
        self._ids: dict[type[SQLModel], Iterator[int]] = {}

    def add(self, model: type[Row], values: Mapping[str, object]) -> Row:
        """Return a new row of the model, with the columns' defaults for missing values."""
        row = _plain(model, values)
        if hasattr(row, "id"):
            ids = self._ids.get(model)
            if ids is None:
                ids = self._ids[model] = _free_ids(self._connection, table_of(model))
            row.id = next(ids)
        self._rows[model].append(row)
        return row

    def write(self) -> None:
        """Insert the rows, and update awards and instalments to their final state."""
        moved: dict[type[SQLModel], list[dict[str, object]]] = {}
        for model in _ORDER:
            now = begun = [vars(row) for row in self._rows.pop(model, ())]
            if model in _BEGUN:
                begun = [row | _BEGUN[model] for row in now]
                moved[model] = [row for row, first in zip(now, begun, strict=True) if row != first]
            if now:
                self._connection.execute(insert(table_of(model)), begun)
        for model, columns in _BEGUN.items():
            if moved[model]:
                _move(self._connection, table_of(model), columns, moved[model])


def _move(
    connection: Connection, table: Table, columns: Iterable[str], rows: Sequence[Mapping[str, object]]
) -> None:
    """Set the columns to the rows' values."""
    change = update(table).where(table.c.id == bindparam("row_id"))
    values = change.values({name: bindparam(f"now_{name}") for name in columns})
    now = [{"row_id": row["id"], **{f"now_{name}": row[name] for name in columns}} for row in rows]
    connection.execute(values, now)


class _PlainRow:
    """A row as plain attributes: reading and setting one costs next to nothing."""


# Cached: an import makes 24 rows a grant, and looking these up takes a millisecond.
@lru_cache
def _defaults(model: type[SQLModel]) -> tuple[dict[str, object], dict[str, type[object]]]:
    """Return the columns' default values, and the makers of values that each row has for itself."""
    fields = model.model_fields.items()
    makers = {
        name: type(field.get_default(call_default_factory=True))
        for name, field in fields
        if field.default_factory
    }
    plain = {name: field.default for name, field in fields if name not in makers and not field.is_required()}
    return plain, makers


def _plain(model: type[Row], values: Mapping[str, object]) -> Row:
    """Return a row with the attributes of the model."""
    plain, makers = _defaults(model)
    row = _PlainRow()
    vars(row).update(plain)
    vars(row).update(values)
    for name, make in makers.items():
        if name not in values:
            vars(row)[name] = make()
    return cast(Row, row)


def _free_ids(connection: Connection, table: Table) -> Iterator[int]:
    """Yield ids for new rows of the table, as the database itself would give them."""
    if connection.dialect.name != "postgresql":
        # SQLite counts on from the highest, and has one writer.
        highest = connection.execute(select(func.max(table.c.id))).scalar()
        return count((highest or 0) + 1)
    return _sequence(connection, table)


def _sequence(connection: Connection, table: Table) -> Iterator[int]:
    name = func.pg_get_serial_sequence(f'"{table.name}"', "id")
    block = select(func.nextval(name)).select_from(func.generate_series(1, _BLOCK).alias())
    while True:
        yield from connection.execute(block).scalars()
