"""Say what an engine's transactions are for: whether they are undone, played, heard, counted, or a form's act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Work:
    """What holds of every transaction of an engine.

    A `dry` one is undone at its end, and one for which `undone_if` holds then; `look` is called in each right before.
    Of a `rehearsal` nobody outside is told, and its files of figures are in `figures`, None for the home's. The notices
    that it makes become the keys of `heard`. Its counts are of the round of the day `counted_on`. The `form` that acts
    in it is kept as a row with these columns.
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
# The one option of ours that goes down to the connection. What writes a notice, a count or a form's key stands ten
# calls below what knows of it, in the transaction that must hold both: no argument is passed through all of them.
_OPTION = "grants_work"


def work_of(at: Engine | Connection) -> Work:
    """Return what an engine's, or a connection's, transactions are for."""
    work: Work = at.get_execution_options().get(_OPTION, _NOTHING_SPECIAL)
    return work


def working(engine: Engine, **changes: Any) -> Engine:
    """Return the engine as one of which something else holds, too: `changes` are fields of `Work`."""
    return engine.execution_options(**{_OPTION: replace(work_of(engine), **changes)})


def go_on(connection: Connection, **changes: Any) -> None:
    """Let something else hold of the rest of a connection's transaction."""
    connection.execution_options(**{_OPTION: replace(work_of(connection), **changes)})
