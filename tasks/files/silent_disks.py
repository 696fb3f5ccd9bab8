"""Read from a disk that may not answer: one on the network can leave a call waiting for ever, and no signal ends it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")

# How long a disk may take; reading the largest workbook takes half of it.
ANSWERS_WITHIN_SECONDS = 60.0
# What is still waited for, by whom it was asked of: who asks again meanwhile is told at once.
_waited_for: dict[object, Future[Any]] = {}


def read_in_time(whom: object, read: Callable[[], T]) -> T:
    """Return what `read` gives or raises; TimeoutError, an OSError, where the disk does not answer.

    `whom` is what else is asked of the same disk by. A thread that waits is left behind: it keeps no process alive.
    """
    left = _waited_for.pop(whom, None)
    if left is not None and not left.done():
        _waited_for[whom] = left
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    answer: Future[T] = Future()
    Thread(target=_answer, args=(answer, read), name="a disk", daemon=True).start()
    try:
        found = answer.result(ANSWERS_WITHIN_SECONDS)
    except TimeoutError:
        if answer.done():
            raise
        _waited_for[whom] = answer
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)) from None
    return found


def _answer(answer: Future[T], read: Callable[[], T]) -> None:
    try:
        answer.set_result(read())
    except BaseException as error:  # noqa: BLE001  (whatever it is, it is raised where it was asked for)
        answer.set_exception(error)
