"""Let requests take turns: a few threads for those that look, a few for those that change something, others for files.

More threads than that only take the processor from each other. A change that waits for the database's one writer keeps
nobody from looking, and a document that is made, or one handed in that is looked into, for seconds keeps nobody from
looking or answering.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.applications import Starlette

P = ParamSpec("P")
R = TypeVar("R")

# Of each worker. The engine's pool has 15 connections. All threads of a process take turns at Python, at each
# statement anew: each one more makes a change, and with it everyone else's, longer.
LOOK_AT_ONCE = 2
CHANGE_AT_ONCE = 2
MAKE_AT_ONCE = 1
RECEIVE_AT_ONCE = 2

_CHANGERS: RunVar[CapacityLimiter] = RunVar("changers")
_MAKERS: RunVar[CapacityLimiter] = RunVar("makers")
_RECEIVERS: RunVar[CapacityLimiter] = RunVar("receivers")


@asynccontextmanager
async def few_at_once(app: Starlette) -> AsyncIterator[None]:
    """Work on few requests at once: others wait their turn."""
    to_thread.current_default_thread_limiter().total_tokens = LOOK_AT_ONCE
    yield


async def change_in_turn(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do blocking work that changes something, in a thread, when its turn comes."""
    limiter = _limiter(_CHANGERS, CHANGE_AT_ONCE)
    return await to_thread.run_sync(lambda: do(*args, **kwargs), limiter=limiter)


async def make_in_turn(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do blocking work that takes long, as making a file does, in a thread, when its turn comes."""
    return await to_thread.run_sync(lambda: do(*args, **kwargs), limiter=_limiter(_MAKERS, MAKE_AT_ONCE))


async def receive_in_turn(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do blocking work on files that are handed in, in a thread, when its turn comes."""
    limiter = _limiter(_RECEIVERS, RECEIVE_AT_ONCE)
    return await to_thread.run_sync(lambda: do(*args, **kwargs), limiter=limiter)


def _limiter(kept: RunVar[CapacityLimiter], most: int) -> CapacityLimiter:
    """Return an event loop's limiter: it belongs to the loop."""
    try:
        return kept.get()
    except LookupError:
        limiter = CapacityLimiter(most)
        kept.set(limiter)
        return limiter
