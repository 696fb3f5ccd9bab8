"""Faults as data, drawn from a seed, and the point at which a statement of the database fails or a process dies."""

import os
import random
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from tests.mail_server import DROP, TAKE_AND_DROP

_REPLIES = (
    "421 4.3.2 Down",
    "450 4.2.1 Later",
    "550 5.1.1 Unknown",
    "554 5.7.1 No",
    "535 5.7.8 No",
    "hello",
    DROP,
)
_SMTP = [
    *[(stage, act) for stage in ("connect", "ehlo", "mail", "rcpt", "data", "dot") for act in _REPLIES],
    *[("dot", TAKE_AND_DROP)] * 4,
]
_WORK = ("round", "delivery", "people")
_STATEMENTS = ("before_cursor_execute", "commit")
# What strikes at a statement of the database.
AT_STATEMENT = ("kill", "disk", "lost")


@dataclass(frozen=True, order=True)
class Fault:
    """One fault: on which day of the simulation it comes, what it is, where it strikes, and how far or how often.

    `smtp`: the server misbehaves `number` times (`place` is stage and answer).
    `kill`, `disk`, `lost`: the process dies, the disk is full, or the database server ends all connections, at the
    `number`th statement of rounds, deliveries or what people do, counted from that day.
    `two`: two of them at once. `outage`: nothing runs for `number` days.
    `clock`: a round and a delivery run with a clock `number` days slow.
    `restore`: at noon the backup of `number` evenings ago is put back.
    """

    day: int
    kind: str
    place: str = ""
    number: int = 1

    def __str__(self) -> str:
        """Say it in one line, as a failing seed is printed."""
        return f"day {self.day}: {self.kind} {self.place} {self.number}".replace("  ", " ")


_ANYWHERE = ("smtp", "smtp", "smtp", "kill", "kill", "kill", "two", "outage", "clock", "restore")
# Only a server loses connections; that its own disk is full is nothing that this process can bring about.
KINDS = {"sqlite": (*_ANYWHERE, "disk"), "postgresql": (*_ANYWHERE, "lost", "lost")}


def draw_faults(seed: int, count: int, days: int, database: str = "sqlite") -> list[Fault]:
    """Return that many faults of the first days, in the order of their days; the same for the same seed."""
    chance = random.Random(f"faults {seed}")
    return sorted(_draw(chance, days, KINDS[database]) for _ in range(count))


def _draw(chance: random.Random, days: int, kinds: tuple[str, ...]) -> Fault:
    kind, day = chance.choice(kinds), chance.randrange(days)
    if kind == "smtp":
        return Fault(day, kind, " ".join(chance.choice(_SMTP)), chance.choice((1, 1, 2, 1_000)))
    if kind in AT_STATEMENT:
        place = chance.choice(_WORK)
        return Fault(day, kind, place, int(2 ** chance.uniform(0, 7)))
    if kind == "two":
        return Fault(day, kind, chance.choice(("round", "delivery")), 2)
    if kind == "restore":
        return Fault(day, kind, "", chance.randrange(1, day + 2))
    return Fault(day, kind, "", chance.randrange(1, 5))


class Killed(BaseException):
    """The process died: nothing that it would still do may be done."""


class Lifeline:
    """Stands before every statement of an engine: something strikes there, or the process dies and does nothing more.

    `cut` ends the database's connections. It stands there while it is armed: each statement pays for it.
    """

    def __init__(self, engine: Engine, cut: Callable[[], None]) -> None:
        self.dead = self.struck = False
        self.really = False
        self._fault: Fault | None = None
        self._cut, self._limits = cut, resource.getrlimit(resource.RLIMIT_FSIZE)
        self._engine, self.left = engine, 0

    def arm(self, fault: Fault) -> None:
        """Let the fault strike at its statement, counted from now; a commit counts as one."""
        self._fault, self.left, self.struck = fault, fault.number, False
        for name in _STATEMENTS:
            event.listen(self._engine, name, self._before)

    def disarm(self) -> None:
        """Let all go well again."""
        self._fault, self.dead = None, False
        for name in _STATEMENTS:
            event.remove(self._engine, name, self._before)
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def _before(self, *_: Any) -> None:
        if self.dead:
            raise Killed
        if self._fault is None or self.struck:
            return
        self.left -= 1
        if self.left > 0:
            return
        self.struck = True
        if self._fault.kind == "disk":
            # No file of this process grows from here on, as in `full_disk`.
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, self._limits[1]))
            return
        if self._fault.kind == "lost":
            self._cut()
            return
        if self.really:
            os.kill(os.getpid(), signal.SIGKILL)
        self.dead = True
        raise Killed
