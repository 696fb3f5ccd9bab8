"""Print letters in a process beside the one that delivers them, so that each has a processor to itself."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import IO, Any, NoReturn

from sqlalchemy import Connection, Engine

from models.letter_outcome import Outcome
from models.press_settings import PressSettings
from tasks.database import open_engine, reading

log = logging.getLogger(__name__)


class PressRoom:
    """Prints letters in a process beside, or here when there is none or it has ended."""

    def __init__(self, press: PressSettings, beside: tuple[IO[bytes], IO[bytes]] | None = None) -> None:
        """`beside` is where to ask the process beside, and where its answers come from."""
        self._press, self._beside = press, beside

    def print(self, connection: Connection, letter_ids: Sequence[int], now: datetime) -> list[Outcome]:
        """Print the letters, as a deliverer asks for it; raises what `letterpress.print_letters` raises."""
        printed = self._ask(*self._beside, (list(letter_ids), now)) if self._beside else None
        if printed is not None:
            return printed
        # Whatever went wrong beside happens here again, where it can be raised.
        from tasks.letterpress import print_letters

        return print_letters(connection, letter_ids, self._press, now)

    def _ask(
        self, asks: IO[bytes], answers: IO[bytes], asked: tuple[list[int], datetime]
    ) -> list[Outcome] | None:
        try:
            pickle.dump(asked, asks)
            asks.flush()
            printed: list[Outcome] | None = pickle.load(answers)  # noqa: S301  (our own process)
        except (OSError, EOFError, pickle.UnpicklingError):
            log.warning("the press beside has ended; letters are printed here")
            self._beside = None
            return None
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
    asks, answers = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        _work_beside(engine, press, (asks[0], answers[1]), (asks[1], answers[0]))
    os.close(asks[0])
    os.close(answers[1])
    with os.fdopen(asks[1], "wb") as asking, os.fdopen(answers[0], "rb") as answering:
        try:
            yield PressRoom(press, (asking, answering))
        finally:
            # It holds nothing but copies: there is nothing to finish.
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            with suppress(BrokenPipeError):
                asking.close()


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
        # Ctrl-C reaches every process at the terminal; when to stop is the deliverer's to say.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        url = engine.url.render_as_string(hide_password=False)
        with os.fdopen(ours[0], "rb") as asks, os.fdopen(ours[1], "wb") as answers:
            _answer_all(open_engine(url), press, asks, answers)
    finally:
        # Nothing of the deliverer's own end, such as its buffers, may happen twice.
        os._exit(0)


def _answer_all(engine: Engine, press: PressSettings, asks: IO[bytes], answers: IO[bytes]) -> None:
    # Loaded here, while the deliverer does something else.
    from tasks.letterpress import print_letters

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
