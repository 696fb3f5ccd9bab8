"""Mark an engine's transactions: as undone at the end, rehearsed, heard, counted in a round, or a form's act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Work:
    """The marks of every transaction of an engine.

    A `dry` one is undone at its end, and so is one for which `undone_if` is true then; `look` is called right before.
    Nobody outside is told of a `rehearsal`, and its files of figures are in `figures`, None for the home's. Those who
    are told in it become the keys of `heard`. Its counts are added to the round of `counted_on`. The `form` behind it
    is kept as a row with these columns.
    """

    dry: bool = False
    look: Callable[[Connection], None] | None = None
    undone_if: Callable[[], bool] | None = None
    rehearsal: bool = False
    figures: Path | None = None
    heard: dict[Any, None] | None = None
    counted_on: date | None = None
    form: Mapping[str, object] | None = None


_NOTHING_SPECIAL = Work()
# An option of the engine, which its connections have too. A notice, a count or a form's key is written ten calls below
# the one that knows the marks, in the same transaction: no argument is passed through all of them.
_OPTION = "grants_work"


def work_of(at: Engine | Connection) -> Work:
    """Return the marks of an engine's, or a connection's, transactions."""
    work: Work = at.get_execution_options().get(_OPTION, _NOTHING_SPECIAL)
    return work


def working(engine: Engine, **changes: Any) -> Engine:
    """Return the engine with other marks: `changes` are fields of `Work`."""
    return engine.execution_options(**{_OPTION: replace(work_of(engine), **changes)})


def go_on(connection: Connection, **changes: Any) -> None:
    """Give the rest of a connection's transaction other marks."""
    connection.execution_options(**{_OPTION: replace(work_of(connection), **changes)})
