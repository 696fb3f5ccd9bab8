"""What a source is: its protocol, and the sources of a round, each file and address read once."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import Engine

from models.errors import BadInput
from models.programme.language.amounts import Origin
from models.programme.written.source import SourceRule
from tasks.files.workbook_reader import TableUnreadable
from tasks.settings import load_settings
from tasks.sources.silent_sources import SourcesAsked
from tasks.sources.source_faults import SourceFailed
from tasks.sources.tables import SourcePeriod
from tasks.store.database import figures_folder

# For how long a database or a service may take to answer, and how much it may answer.
TIMEOUT_SECONDS = 10.0
MOST_ANSWER = 5_000_000


class KeptConnection(Protocol):
    """A connection that is kept for a round."""

    def close(self) -> None:
        """Close it."""


L = TypeVar("L", bound=KeptConnection)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a source gave: the value unchanged, the source's name, and the hash of what was read.

    `accounts` are the parts of a ledger's sum, by account, each a decimal text. `scale` multiplies
    sums of money: 1000 for a column of thousands. `place` is its cell.
    """

    value: object
    source: str
    sha256: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1
    place: str = ""


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """What a source is asked for: the rules of the programme, what the step is about, and who reads for the round.

    `reader` reads each file, query and address once, and keeps lines open (`once`, `tried`, `line`).
    """

    reader: SourceReader
    name: str
    source: SourceRule
    gather: Origin
    about: SourcePeriod


class Source(Protocol):
    """A kind of source."""

    def read(self, asked: SourceRequest) -> Taken | None:
        """Return the figure, or None when the source has none yet; SourceFailed when it cannot be read."""


def source_of(kind: str) -> Source:
    """Return who reads sources of this kind, which is one of `models.programme.written.source.KINDS`."""
    return cast(Source, import_module(f"{__package__}.kinds.{kind}"))


# How many files and answers are kept, and after how many failures in a row a source is left alone.
_MOST_KEPT = 100
_LOST_AFTER = 3


@dataclass(slots=True)
class SourceReader:
    """Reads sources for a round: every file, query and address once, and every failure once.

    `folder` holds the files; `pauses` are the seconds before each further try of a database or a service. One that
    failed three times in a row is not asked again: nobody's morning waits for it.
    """

    folder: Path
    pauses: Sequence[float] = (1.0, 3.0)
    _read: dict[object, object] = field(default_factory=dict)
    _lines: dict[object, KeptConnection] = field(default_factory=dict)
    _failures: dict[str, list[SourceFailed]] = field(default_factory=lambda: defaultdict(list))

    def close(self) -> None:
        """Close the lines to databases and services."""
        for line in self._lines.values():
            line.close()

    def line(self, key: object, open_line: Callable[[], L]) -> L:
        """Return the line to a database or to services, which is opened once a round and closed with the reader."""
        found = self._lines.get(key)
        if found is None:
            found = self._lines[key] = open_line()
        return found  # type: ignore[return-value] # the key is of one kind of line

    def take(self, name: str, source: SourceRule, gather: Origin, about: SourcePeriod) -> Taken | None:
        """Return the figure, or None when the source has none yet; SourceFailed when it cannot be read."""
        try:
            return source_of(source.kind).read(SourceRequest(self, name, source, gather, about))
        except TableUnreadable as error:
            raise SourceFailed(error.remark) from error

    def once(self, key: object, read: Callable[[], R]) -> R:
        """Return what `read` gives or raises; it is called once a key."""
        if key in self._read:
            # What was used last is kept longest: a file of one grant's own makes room for the next grant's.
            found = self._read[key] = self._read.pop(key)
        else:
            try:
                found = read()
            except BadInput as error:
                found = error
            self._read[key] = found
            if len(self._read) > _MOST_KEPT:
                del self._read[next(iter(self._read))]
        if isinstance(found, BadInput):
            raise found
        return found  # type: ignore[return-value] # what a key names is of one kind

    def tried(self, whom: str, read: Callable[[], R]) -> R:
        """Return what `read` gives, tried again after each pause; at once what failed last, of one that is lost."""
        failures = self._failures[whom]
        if len(failures) >= _LOST_AFTER:
            raise failures[-1]
        for pause in (*self.pauses, None):
            try:
                found = read()
            except SourceFailed as failed:
                if pause is None or not failed.may_pass:
                    failures.append(failed)
                    raise
                time.sleep(pause)
            else:
                failures.clear()
                return found
        raise AssertionError  # the last try returned or raised


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
def open_reader(engine: Engine) -> Iterator[tuple[SourceReader, SourcesAsked]]:
    """Give the round's reader and what came of asking, or its own outside a round; its lines are closed after it."""
    known = _of_the_round.get() or _Round()
    if known.reader is None:
        folder = figures_folder(engine) or load_settings().home / "figures"
        known.reader = SourceReader(folder)
    with closing(known.reader) as reader:
        yield reader, known.asked
