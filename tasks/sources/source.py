"""Define a source by its protocol, and read the sources of a round, each file and address once."""

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

# How long a database or a service may take to answer, and how large an answer may be.
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
    """A source's value, unchanged, with the source's name and the hash of what was read.

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
    """A request to a source: the programme's rules, the step's subject, and the round's reader.

    `reader` reads each file, query and address once, and keeps lines open (`once`, `tried`,
    `line`).
    """

    reader: SourceReader
    name: str
    source: SourceRule
    gather: Origin
    about: SourcePeriod


class Source(Protocol):
    """A kind of source."""

    def read(self, asked: SourceRequest) -> Taken | None:
        """Return the figure, or None if the source has none yet; SourceFailed if it cannot be read."""


def source_of(kind: str) -> Source:
    """Return the reader of this kind, which is one of `models.programme.written.source.KINDS`."""
    return cast(Source, import_module(f"{__package__}.kinds.{kind}"))


# How many files and answers are kept, and after how many failures in a row a source is left alone.
_MOST_KEPT = 100
_LOST_AFTER = 3


@dataclass(slots=True)
class SourceReader:
    """Reads sources for a round: every file, query and address once, and every failure once.

    `folder` holds the files; `pauses` are the seconds before each further try of a database or a
    service. One that failed three times in a row is not asked again: nobody's morning waits for it.
    """

    folder: Path
    pauses: Sequence[float] = (1.0, 3.0)
    _read: dict[object, object] = field(default_factory=dict)
    _lines: dict[object, KeptConnection] = field(default_factory=dict)
    _failures: dict[str, list[SourceFailed]] = field(default_factory=lambda: defaultdict(list))

    def close(self) -> None:
        """Close the connections to databases and services."""
        for line in self._lines.values():
            line.close()

    def line(self, key: object, open_line: Callable[[], L]) -> L:
        """Return the connection to a database or services, opened once a round and closed with the reader."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = open_line()
        return line  # type: ignore[return-value] # the key is of one kind of line

    def take(self, name: str, source: SourceRule, gather: Origin, about: SourcePeriod) -> Taken | None:
        """Return the figure, or None if the source has none yet; SourceFailed if it cannot be read."""
        try:
            return source_of(source.kind).read(SourceRequest(self, name, source, gather, about))
        except TableUnreadable as error:
            raise SourceFailed(error.remark) from error

    def once(self, key: object, read: Callable[[], R]) -> R:
        """Return what `read` returned or raised; it is called once a key."""
        if key in self._read:
            # The latest used is kept longest: one grant's own file makes room for the next grant's.
            result = self._read[key] = self._read.pop(key)
        else:
            try:
                result = read()
            except BadInput as error:
                result = error
            self._read[key] = result
            if len(self._read) > _MOST_KEPT:
                del self._read[next(iter(self._read))]
        if isinstance(result, BadInput):
            raise result
        return result  # type: ignore[return-value] # what a key names is of one kind

    def tried(self, whom: str, read: Callable[[], R]) -> R:
        """Return what `read` returns, tried again after each pause; a lost source fails at once."""
        failures = self._failures[whom]
        if len(failures) >= _LOST_AFTER:
            raise failures[-1]
        for pause in (*self.pauses, None):
            try:
                result = read()
            except SourceFailed as failed:
                if pause is None or not failed.may_pass:
                    failures.append(failed)
                    raise
                time.sleep(pause)
            else:
                failures.clear()
                return result
        raise AssertionError  # the last try returned or raised


@dataclass(slots=True)
class _Round:
    """The reader of a round, and the results of asking."""

    asked: SourcesAsked = field(default_factory=SourcesAsked)
    reader: SourceReader | None = None


# Of one context, which its threads and task runs inherit: rounds at the same time share nothing.
_of_the_round: ContextVar[_Round | None] = ContextVar("_of_the_round", default=None)


@contextmanager
def sharing_sources() -> Iterator[SourcesAsked]:
    """Let all gathering within read each file, query and address once, in any phase; then forget it.

    Yields the results, so that the failures can be told after all phases. Within another round it
    yields that round's.
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
    """Yield the round's reader and results, or new ones outside a round; close the connections afterwards."""
    shared = _of_the_round.get() or _Round()
    if shared.reader is None:
        folder = figures_folder(engine) or load_settings().home / "figures"
        shared.reader = SourceReader(folder)
    with closing(shared.reader) as reader:
        yield reader, shared.asked
