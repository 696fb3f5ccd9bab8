"""Share what sources were asked for among the phases of a round: each file, query and address is read once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine

from tasks.settings import load_settings
from tasks.sources.alarms import SourcesAsked
from tasks.sources.reading import SourceReader
from tasks.store.database import figures_folder, tells_nobody


@dataclass(slots=True)
class _Round:
    """The reader of a round, and what came of asking."""

    asked: SourcesAsked = field(default_factory=SourcesAsked)
    reader: SourceReader | None = None


# A context's own, which its threads and task runs inherit: rounds at the same time share nothing.
_of_the_round: ContextVar[_Round | None] = ContextVar("_of_the_round", default=None)


@contextmanager
def sharing_sources() -> Iterator[SourcesAsked]:
    """Let all gathering within read each file, query and address once, whichever phase asks; then forget it.

    Give what comes of it: who can put a source right is told when all phases are through. Within another, it is that.
    """
    if (outer := _of_the_round.get()) is not None:
        yield outer.asked
        return
    whole = _Round()
    token = _of_the_round.set(whole)
    try:
        yield whole.asked
    finally:
        _of_the_round.reset(token)


@contextmanager
def open_reader(engine: Engine, now: datetime) -> Iterator[tuple[SourceReader, SourcesAsked]]:
    """Give the round's reader and what came of asking, or its own outside a round; its lines are closed after it."""
    known = _of_the_round.get() or _Round()
    if known.reader is None:
        folder = figures_folder(engine) or load_settings().home / "figures"
        known.reader = SourceReader(folder, None if tells_nobody(engine) else now)
    with closing(known.reader) as reader:
        yield reader, known.asked
