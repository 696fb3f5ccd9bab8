"""Let requests take turns: a few threads for those that look, a few for those that change something.

More threads than that only take the processor from each other, and a change that waits for the database's one writer
keeps nobody from looking.
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

# Of each worker. The engine's pool has 15 connections.
LOOK_AT_ONCE = 3
CHANGE_AT_ONCE = 3

_CHANGERS: RunVar[CapacityLimiter] = RunVar("changers")


@asynccontextmanager
async def few_at_once(app: Starlette) -> AsyncIterator[None]:
    """Work on few requests at once: others wait their turn."""
    to_thread.current_default_thread_limiter().total_tokens = LOOK_AT_ONCE
    yield


async def change_in_turn(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do blocking work that changes something, in a thread, when its turn comes."""
    return await to_thread.run_sync(lambda: do(*args, **kwargs), limiter=_changers())


def _changers() -> CapacityLimiter:
    try:
        return _CHANGERS.get()
    except LookupError:
        limiter = CapacityLimiter(CHANGE_AT_ONCE)
        _CHANGERS.set(limiter)
        return limiter
