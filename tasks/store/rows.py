"""Read rows as what they are: models of whole tables, or shapes with the columns that are wanted; set what differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from operator import attrgetter
from typing import Any, ClassVar, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, FromClause, Label
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar


class Dataclass(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


Model = TypeVar("Model")
Shape = TypeVar("Shape", bound=Dataclass)


def load_models(
    connection: Connection, query: SelectOfScalar[Model], given: Mapping[str, object] | None = None
) -> list[Model]:
    """Return the rows of a query for one whole table, to be read and not changed."""
    with Session(connection) as session:
        return list(session.exec(query, params=dict(given or {})))


def columns_of(
    shape: type[Dataclass], *tables: FromClause, **named: ColumnElement[Any]
) -> list[Label[object]]:
    """Return the columns that fill a shape, by its fields: each from the first table that has it, or as it is named."""
    found = {one.name: named.get(one.name) for one in fields(shape)}
    return [
        (next(table.c[name] for table in tables if name in table.c) if column is None else column).label(name)
        for name, column in found.items()
    ]


def shape_rows(shape: type[Shape], rows: Iterable[object]) -> list[Shape]:
    """Return rows as frozen dataclasses, whose fields are named as the columns; AttributeError for one missing."""
    pick = attrgetter(*(one.name for one in fields(shape)))
    return [shape(*pick(row)) for row in rows]


def set_values(row: SQLModel, values: Mapping[str, object]) -> bool:
    """Set the values that differ; return whether any did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)
