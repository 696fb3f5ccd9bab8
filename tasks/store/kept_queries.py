"""Ask the queries that pages ask again and again, without making anything of them anew each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Dialect, Row, Select
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from tasks.store.database import AnyRow

Query = Select[Any] | CompoundSelect[Any]
Convert = Callable[[Any], Any]
# For more values in lists than a page has, what SQLAlchemy does is the smaller part, and keeping it would take room.
_MOST_LISTED = 64


class _Slot(NamedTuple):
    """Where a value of the statement comes from: a named value, or one of a list's; else it is always `value`."""

    name: str
    given: str | None
    place: int | None
    convert: Convert | None
    value: Any = None


class _Kept(NamedTuple):
    """A query as the driver has it, for lists of the same lengths, and what makes rows of its tuples."""

    statement: str
    slots: tuple[_Slot, ...]
    positional: bool
    make_row: Callable[[Sequence[Any]], AnyRow]


def ask(connection: Connection, query: Query, given: Mapping[str, Any]) -> list[AnyRow]:
    """Return the rows of a query that was made once; a value of an expanding parameter is a list.

    What SQLAlchemy does around a statement takes several times as long as SQLite does for the few rows of a page.
    Here the query's text, and what its columns' types make of values, are kept: by the query itself, so never give it
    one that is made anew each time. Errors are SQLAlchemy's.
    """
    lengths = tuple([(name, len(value)) for name, value in given.items() if isinstance(value, list)])
    # Somebody may listen, who is told of every statement.
    if sum(map(itemgetter(1), lengths)) > _MOST_LISTED or connection.engine.dispatch.before_cursor_execute:
        return list(connection.execute(query, given).all())
    kept = _keep(connection.dialect, query, lengths)
    values, cursor = _values(kept, given), None
    try:
        cursor = connection.connection.cursor()
        cursor.execute(kept.statement, values)
        found = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        # Not by asking once more: PostgreSQL would say no more than that the transaction is aborted.
        connection._handle_dbapi_exception(error, kept.statement, values, cursor, None)
    cursor.close()
    return [kept.make_row(row) for row in found]


def ask_first(connection: Connection, query: Query, given: Mapping[str, Any]) -> AnyRow | None:
    """Return the first row of such a query; None when there is none."""
    rows = ask(connection, query, given)
    return rows[0] if rows else None


def _values(kept: _Kept, given: Mapping[str, Any]) -> Any:
    found = []
    for _, source, place, convert, value in kept.slots:
        if source is not None:
            value = given[source] if place is None else given[source][place]  # noqa: PLW2901
            if convert is not None:
                value = convert(value)  # noqa: PLW2901
        found.append(value)
    return found if kept.positional else dict(zip((slot.name for slot in kept.slots), found, strict=True))


@lru_cache(maxsize=1024)
def _keep(dialect: Dialect, query: Query, lengths: tuple[tuple[str, int], ...]) -> _Kept:
    compiled = _compiled(dialect, query)
    named = {name for name, bind in compiled.binds.items() if bind.required}
    # The values that it is made with here say nothing: they are given each time.
    made = compiled.construct_expanded_state(dict.fromkeys(named) | {name: [0] * n for name, n in lengths})
    parts = {
        part: (name, place)
        for name, expanded in made.parameter_expansion.items()
        for place, part in enumerate(expanded)
    }

    def slot(name: str) -> _Slot:
        source, place = parts.get(name, (name, None))
        # What is made new, of lists, has its own; of the others their types say it.
        convert = made.processors.get(name) or _binder(compiled.binds[source].type, dialect)
        if source in named:
            return _Slot(name, source, place, convert)
        value = made.parameters[name]
        return _Slot(name, None, None, None, convert(value) if convert else value)

    names: Iterable[str] = made.parameters if made.positiontup is None else made.positiontup
    return _Kept(
        made.statement, tuple(map(slot, names)), made.positiontup is not None, _row_maker(dialect, query)
    )


@lru_cache(maxsize=512)
def _compiled(dialect: Dialect, query: Query) -> SQLCompiler:
    compiled = query.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101  (of a query it is one)
    return compiled


def _row_maker(dialect: Dialect, query: Query) -> Callable[[Sequence[Any]], AnyRow]:
    columns = query.selected_columns
    convert: list[Any] = [_reader(column.type, dialect) for column in columns]
    data = SimpleResultMetaData(columns.keys(), _processors=convert if any(convert) else None)
    return partial(Row, data, data._effective_processors, data._key_to_index)


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
