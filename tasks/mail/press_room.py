"""Print letters in a process beside the one that delivers them, so that each has a processor to itself."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, NoReturn

from sqlalchemy import Connection, Engine

from models.facts.installation import PressSettings
from models.facts.letter_outcome import Outcome
from tasks.store.database import open_engine, reading

log = logging.getLogger(__name__)


# A batch takes a fraction of a second: a process beside that takes so many is stuck.
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Beside:
    """The process beside: its id, where to ask it, and where its answers come from."""

    process: int
    asks: IO[bytes]
    answers: IO[bytes]

    def end(self) -> None:
        """Kill it: it holds nothing but copies, so there is nothing to finish."""
        with suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)


class PressRoom:
    """Prints letters in a process beside, or here when there is none or it has ended."""

    def __init__(self, press: PressSettings, beside: Beside | None = None) -> None:
        self._press, self._beside = press, beside

    def print(self, connection: Connection, letter_ids: Sequence[int], now: datetime) -> list[Outcome]:
        """Print the letters, as a deliverer asks for it; raises what `letterpress.print_letters` raises."""
        printed = self._ask((list(letter_ids), now))
        if printed is not None:
            return printed
        # Whatever went wrong beside happens here again, where it can be raised.
        from tasks.mail.letterpress import print_letters

        return print_letters(connection, letter_ids, self._press, now)

    def _ask(self, asked: tuple[list[int], datetime]) -> list[Outcome] | None:
        beside, self._beside = self._beside, None
        if beside is None:
            return None
        stuck = threading.Timer(PATIENCE, beside.end)
        stuck.start()
        try:
            pickle.dump(asked, beside.asks)
            beside.asks.flush()
            printed: list[Outcome] | None = pickle.load(beside.answers)  # noqa: S301  (our own process)
        except (OSError, EOFError, pickle.UnpicklingError):
            log.warning("the press beside has ended; letters are printed here")
            return None
        finally:
            stuck.cancel()
        # It is asked again only after a whole answer: the rest of another would be taken for the next one.
        self._beside = beside
        return printed


@contextmanager
def press_room(engine: Engine, press: PressSettings) -> Iterator[PressRoom]:
    """Open a press room, for as long as the block runs.

    The engine's connections are closed first: none may be carried into another process. Where there is one
    processor only, or another thread (whose locks a fork would copy), letters are printed here.
    """
    if _processors() < 2 or threading.active_count() > 1:
        yield PressRoom(press)
        return
    engine.dispose()
    beside = _begin_beside(engine, press)
    if beside is None:
        yield PressRoom(press)
        return
    try:
        yield PressRoom(press, beside)
    finally:
        beside.end()
        # Where the deliverer was started with SIGCHLD ignored, the system has seen to it.
        with suppress(ChildProcessError):
            os.waitpid(beside.process, 0)
        beside.answers.close()
        with suppress(BrokenPipeError):
            beside.asks.close()


def _begin_beside(engine: Engine, press: PressSettings) -> Beside | None:
    """Start the process beside; return None where the system has no room for another."""
    asks, answers = os.pipe(), os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        log.warning("no press beside (%s); letters are printed here", error.strerror)
        for descriptor in (*asks, *answers):
            os.close(descriptor)
        return None
    if child == 0:
        _work_beside(engine, press, (asks[0], answers[1]), (asks[1], answers[0]))
    os.close(asks[0])
    os.close(answers[1])
    return Beside(child, os.fdopen(asks[1], "wb"), os.fdopen(answers[0], "rb"))


def _processors() -> int:
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work_beside(
    engine: Engine, press: PressSettings, ours: tuple[int, int], theirs: tuple[int, int]
) -> NoReturn:
    """Print what is asked for until the deliverer is gone, also when it was killed."""
    try:
        # With the deliverer's ends open here too, its death would not be noticed.
        for descriptor in theirs:
            os.close(descriptor)
        # Ctrl-C, or a stop of the whole service, reaches this one too; when to stop is the deliverer's to say.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        url = engine.url.render_as_string(hide_password=False)
        with os.fdopen(ours[0], "rb") as asks, os.fdopen(ours[1], "wb") as answers:
            _answer_all(open_engine(url), press, asks, answers)
    finally:
        # Nothing of the deliverer's own end, such as its buffers, may happen twice.
        os._exit(0)


def _answer_all(engine: Engine, press: PressSettings, asks: IO[bytes], answers: IO[bytes]) -> None:
    # Loaded here, while the deliverer does something else.
    from tasks.mail.letterpress import print_letters

    while True:
        try:
            letter_ids, now = pickle.load(asks)  # noqa: S301  (our own process)
        except EOFError:
            return
        printed: Any = None
        try:
            with reading(engine) as connection:
                printed = print_letters(connection, letter_ids, press, now)
        except Exception:  # noqa: BLE001  (the deliverer prints these itself, and meets the same)
            log.warning("the press beside could not print", extra={"letters": len(letter_ids)})
        pickle.dump(printed, answers)
        answers.flush()
