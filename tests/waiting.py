"""Wait for a condition, and never for a time."""

import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

T = TypeVar("T")
# Asked often at first, then less and less: a server that starts needs the processor more than the question.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


def until(condition: Callable[[], T | None], what: str, seconds: float = 120.0) -> T:
    """Return the condition's value as soon as there is one that counts as true; AssertionError after so long."""
    deadline = time.monotonic() + seconds
    wait = _FIRST_PAUSE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        pause(wait)
        wait = min(wait * 1.25, _LONGEST_PAUSE)
    return found


def pause(seconds: float) -> None:
    """Let a server of a test be slow, or hold a lock for a while: what the test is about, and not a wait for it."""
    Event().wait(seconds)
