"""Hold printed letters until a connection is free for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from tasks.mail.outbox_marks import Handover
from tasks.mail.smtp_wire import Envelope


class Parcel:
    """A letter with its bytes and its envelope."""

    __slots__ = ("content", "envelope", "handover")

    def __init__(self, handover: Handover) -> None:
        self.handover = handover
        self.content = handover.printed.content
        self.take_off()

    def take_off(self) -> None:
        """Take the letter off the connection on which its envelope may have been sent ahead."""
        self.envelope = Envelope(self.handover.printed.recipient)


class Tray:
    """The letters that wait; whoever prints is asked for more when fewer than `low` are left."""

    def __init__(self, low: int) -> None:
        self._low = low
        self._parcels: deque[Parcel] = deque()
        self._full = False  # no more will come
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()

    def put(self, parcels: Iterable[Parcel]) -> None:
        """Add letters at the end."""
        self._parcels.extend(parcels)
        self._wake()

    def put_back(self, parcel: Parcel) -> None:
        """Add a letter at the front, for another connection."""
        parcel.take_off()
        self._parcels.appendleft(parcel)
        self._wake()

    def finish(self) -> None:
        """Say that no more will come; those that wait are still taken."""
        self._full = True
        self._wake()

    def end(self) -> None:
        """Say that no more are to be taken."""
        self._parcels.clear()
        self.finish()

    def take_now(self) -> Parcel | None:
        """Return the next letter if one waits."""
        parcel = self._parcels.popleft() if self._parcels else None
        self._wake()
        return parcel

    async def take(self) -> Parcel | None:
        """Return the next letter, waiting for one; None when no more will come."""
        while not self._parcels and not self._full:
            await self._filled.wait()
        return self.take_now()

    async def needs_more(self) -> None:
        """Wait until few are left, or none are to be taken."""
        await self._emptied.wait()

    def _wake(self) -> None:
        if self._parcels or self._full:
            self._filled.set()
        else:
            self._filled.clear()
        if len(self._parcels) < self._low or self._full:
            self._emptied.set()
        else:
            self._emptied.clear()
