"""Cap the connections to the mail server over all deliveries: leases that end with the process that holds them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from tasks.outbox.queue import has_due_letters
from tasks.settings import Settings
from tasks.store.database import reading

_LOOKS_EVERY_SECONDS = 2.0
# Two numbers, so that none is a lock of another kind.
_SPACE = 7_201_020
_TAKE = text("SELECT pg_try_advisory_lock(:space, :number)")
# A machine that is gone gives its leases back after a minute; by itself PostgreSQL would wait for hours.
_PATIENCE = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")


@contextmanager
def connection_leases(engine: Engine, settings: Settings) -> Iterator[Leases]:
    """Give leases of connections; all that were taken are given back at the end of the block."""
    if engine.dialect.name != "postgresql" or settings.captures:
        yield Leases(None, settings)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            for setting in _PATIENCE:
                connection.exec_driver_sql(f"SET {setting}")
            yield Leases(connection, settings)
        finally:
            connection.invalidate()  # closed, and with it all that it holds


class Leases:
    """A delivery's leases; without a database that several machines share, it has all that the settings allow."""

    def __init__(self, connection: Connection | None, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    def take(self) -> int:
        """Take as many as a delivery may have, or as are free; return how many."""
        wanted, taken = self._settings.smtp_connections, 0
        if self._connection is None:
            return wanted
        for number in range(self._settings.smtp_connections_in_all):
            given = {"space": _SPACE, "number": number}
            taken += bool(self._connection.execute(_TAKE, given).scalar_one())
            if taken == wanted:
                break
        return taken

    async def wait(self, engine: Engine, clock: Callable[[], datetime], stop: asyncio.Event) -> int:
        """Wait until one is free; return how many, 0 where others have taken every letter meanwhile."""
        while not (taken := await asyncio.to_thread(self.take)):
            if stop.is_set() or not await asyncio.to_thread(_are_due, engine, clock()):
                return 0
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        return taken


def _are_due(engine: Engine, now: datetime) -> bool:
    with reading(engine) as connection:
        return has_due_letters(connection, now)
