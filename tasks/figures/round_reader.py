"""Share what was read from sources among the phases of a round: each file, query and address is read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from datetime import datetime

from tasks.figures.source_reading import SourceReader
from tasks.settings import load_settings

# A context's own, which its threads and task runs inherit: rounds beside each other share nothing.
_of_the_round: ContextVar[list[SourceReader] | None] = ContextVar("_of_the_round", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Let all gathering within read each file, query and address once, whichever phase asks; then forget it."""
    token = _of_the_round.set([])
    try:
        yield
    finally:
        _of_the_round.reset(token)


@contextmanager
def open_reader(now: datetime | None) -> Iterator[SourceReader]:
    """Give the round's reader, or one of its own outside a round; its lines to the outside are closed after it.

    `now` is None where it is not the real moment, as in a replay.
    """
    known = _of_the_round.get()
    readers = [] if known is None else known
    if not readers:
        readers.append(SourceReader(load_settings().home / "figures", now))
    with closing(readers[0]) as reader:
        yield reader
