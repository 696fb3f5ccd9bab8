"""Say what an engine's transactions are for: undone at the end, rehearsed, heard, counted, or a form's act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Our own options of an engine: what all its transactions are for.

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


_NONE = EngineOptions()
# SQLAlchemy hands an engine's execution options to its connections. A notice, a count or a form's key is written ten
# calls below the one that knows them, in the same transaction: no argument is passed through all of these.
_KEY = "grants"


def options_of(at: Engine | Connection) -> EngineOptions:
    """Return our options of an engine or a connection."""
    options: EngineOptions = at.get_execution_options().get(_KEY, _NONE)
    return options


def with_options(engine: Engine, **changes: Any) -> Engine:
    """Return the engine with some of our options changed."""
    return engine.execution_options(**{_KEY: replace(options_of(engine), **changes)})


def set_options(connection: Connection, **changes: Any) -> None:
    """Change some of our options for the rest of a connection's transaction."""
    connection.execution_options(**{_KEY: replace(options_of(connection), **changes)})
