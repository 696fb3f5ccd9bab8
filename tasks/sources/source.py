"""Say what a source is: it reads a figure for a question; and find who reads a kind among the files of `kinds/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol, TypeVar, cast

from models.programme.language.amounts.origin import Origin
from models.programme.written.source import SourceRule
from tasks.sources.tables import Period

# For how long a database or a service may take to answer, and how much it may answer.
TIMEOUT_SECONDS = 10.0
MOST_ANSWER = 5_000_000


class Line(Protocol):
    """A connection that is kept for a round."""

    def close(self) -> None:
        """Close it."""


L = TypeVar("L", bound=Line)
R = TypeVar("R")


class Reader(Protocol):
    """Who reads for a round: each file, query and address once."""

    folder: Path

    def once(self, key: object, read: Callable[[], R]) -> R:
        """Return what `read` gives or raises; it is called once a key."""

    def tried(self, whom: str, read: Callable[[], R]) -> R:
        """Return what `read` gives, tried again after each pause; at once what failed last, of one that is lost."""

    def line(self, key: object, open_line: Callable[[], L]) -> L:
        """Return the line of that key, which is opened once a round and closed with the reader."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a source gave: the value as it stands there, the source's name, and the hash of what was read.

    `accounts` are the parts of a sum of a ledger, by account, each a decimal text; `scale` is what sums of money are
    to be multiplied by, of a column of thousands; `place` is its cell.
    """

    value: object
    source: str
    sha256: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1
    place: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source is asked for: the rules of the programme, what the step is about, and who reads for the round.

    `reader` reads each file, query and address once, and keeps lines open (`once`, `tried`, `line`).
    """

    reader: Reader
    name: str
    source: SourceRule
    gather: Origin
    about: Period


class Source(Protocol):
    """A kind of source."""

    def read(self, asked: Asked) -> Taken | None:
        """Return the figure, or None when the source has none yet; SourceFailed when it cannot be read."""


def source_of(kind: str) -> Source:
    """Return who reads sources of this kind, which is one of `models.programme.written.source.KINDS`."""
    return cast(Source, import_module(f"{__package__}.kinds.{kind}"))
