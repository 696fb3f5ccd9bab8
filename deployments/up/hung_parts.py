"""End runs and portal workers that hang: one that holds SQLite's write lock keeps everyone else waiting."""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound, PrefectException

from deployments.up.orphans import end_parts, parts_of

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 15.0
# Longer than any of our transactions lasts without a page written; whoever waits for it gives up after 30 seconds.
HOLDS_AT_MOST_SECONDS = 180.0
# A run's process ends some seconds after its run; where the run went silent, Prefect ends it and the process stays.
ENDS_WITHIN = timedelta(minutes=1)
# sqlite.org/walformat.html, 2.3.1: who writes holds this byte of the shared memory's file.
_WRITE_LOCK_BYTE = 120


@dataclass(slots=True)
class HungParts:
    """The processes of a running Grantline, of which those that hang are ended.

    `database` is SQLite's file; None for PostgreSQL. A run that is ended so shows as crashed, and is told as such.
    """

    prefect_home: Path
    database: Path | None
    holds_at_most: float = HOLDS_AT_MOST_SECONDS
    _held: tuple[int | None, int] = (None, 0)
    _since: float = 0.0

    async def keep_ending(self) -> None:
        """Look every few seconds, for ever."""
        while True:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            try:
                await self.look(datetime.now(UTC))
            except (PrefectException, httpx.HTTPError, OSError) as error:
                log.warning("processes that hang were not looked for: %s", type(error).__name__)

    async def look(self, now: datetime) -> list[int]:
        """End what hangs; return the ids of those processes."""
        parts = await asyncio.to_thread(parts_of, self.prefect_home)
        holder = self._holds_too_long()
        # First, as it needs nothing of Prefect.
        hung = await self._end([holder] if holder in parts else [], "holds the database's write lock")
        ended = [process for process, run in parts.items() if run and await _is_over(UUID(run), now)]
        return hung + await self._end(ended, "outlived its run")

    async def _end(self, processes: list[int], why: str) -> list[int]:
        if processes:
            log.error("a process hangs and is ended: it %s", why, extra={"processes": processes})
            await asyncio.to_thread(end_parts, self.prefect_home, processes)
        return processes

    def _holds_too_long(self) -> int | None:
        """Return the process that has held the write lock, and written nothing, for `holds_at_most` seconds."""
        if self.database is None:
            return None
        try:
            written = self.database.with_name(self.database.name + "-wal").stat().st_mtime_ns
            held = (_write_lock_holder(self.database), written)
        except FileNotFoundError:
            return None
        if held != self._held:
            self._held, self._since = held, monotonic()
        return held[0] if monotonic() - self._since >= self.holds_at_most else None


def _write_lock_holder(database: Path) -> int | None:
    """Return the process that writes to the database now, as Linux tells it; None where nobody does, or none tells."""
    # Never open that file here: closing it again would drop the locks that this process has on it.
    inode = database.with_name(database.name + "-shm").stat().st_ino
    for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
        _, kind, _, access, process, place, first, last = (line.split() + [""] * 8)[:8]
        is_its = (kind, access) == ("POSIX", "WRITE") and place.endswith(f":{inode}")
        # Locks of one process that lie side by side are told as one.
        if is_its and int(first) <= _WRITE_LOCK_BYTE <= (sys.maxsize if last == "EOF" else int(last)):
            return int(process)
    return None


async def _is_over(run: UUID, now: datetime) -> bool:
    """Return whether Prefect has ended the run a while ago."""
    async with get_client() as client:
        try:
            state = (await client.read_flow_run(run)).state
        except ObjectNotFound:  # of a database that was set aside
            return False
    return state is not None and state.is_final() and now - state.timestamp >= ENDS_WITHIN
