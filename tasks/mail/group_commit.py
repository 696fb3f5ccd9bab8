"""Write the marks of all connections in flight in one transaction, so that a commit costs each a fraction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from models.errors import DatabaseUnready
from tasks.mail.outbox_marks import Attempt, Handover

log = logging.getLogger(__name__)

# The longest that a mark waits for the other connections, in seconds.
WINDOW = 0.01
# When outcomes that could not be written at a run's end are tried again, in seconds; shorter than their leases.
AGAIN_AFTER: tuple[float, ...] = (1, 5, 15, 30, 60)

Write = Callable[[Sequence[Handover], Sequence[Attempt]], set[int]]
_Mark = tuple[Handover, "asyncio.Future[bool]"]


class GroupCommit:
    """Gathers marks and outcomes, and writes them in order of arrival by `write`, on `clerk`'s one thread.

    A group is written when every connection that speaks has come, or WINDOW after the first. An outcome goes
    in the same transaction as its connection's next mark or in an earlier one, so that no more letters are
    being handed over than there are connections.
    """

    def __init__(self, write: Write, clerk: Executor) -> None:
        self._write, self._clerk = write, clerk
        self._loop = asyncio.get_running_loop()
        self._marks: list[_Mark] = []
        self._attempts: list[Attempt] = []
        self._speaking = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Future[set[int]] | None = None

    def arrive(self) -> None:
        """Say that a connection has a letter and will ask for a mark."""
        self._speaking += 1

    def leave(self) -> None:
        """Say that a connection has no letter."""
        self._speaking -= 1
        self._look()

    async def mark(self, handover: Handover) -> bool:
        """Mark the letter as being handed over; return, once it is committed, whether it is still ours.

        Raises what the database raises; the letter may not be handed over then. Whoever is cancelled here does
        not hear of a mark that was made.
        """
        marked: asyncio.Future[bool] = self._loop.create_future()
        self._marks.append((handover, marked))
        self._speaking -= 1
        self._look()
        try:
            return await marked
        finally:
            self._speaking += 1

    def note(self, attempt: Attempt) -> None:
        """Write what an attempt came to, with the next group."""
        self._attempts.append(attempt)
        self._look()

    async def finish(self) -> None:
        """Write what is left, and try for some minutes; raises what the database raises at last.

        What a server has answered is nowhere else: unwritten, a letter that it took would be taken for unconfirmed.
        """
        while self._writing:
            await asyncio.wait([self._writing])
        for seconds in (*AGAIN_AFTER, None):
            if not self._attempts:
                return
            try:
                await self._loop.run_in_executor(self._clerk, self._write, [], self._attempts)
                self._attempts = []
            except (DatabaseUnready, SQLAlchemyError):
                if seconds is None:
                    raise
                log.warning("outcomes are not written yet", extra={"letters": len(self._attempts)})
                await asyncio.sleep(seconds)

    def _look(self) -> None:
        if self._writing or not (self._marks or self._attempts):
            return
        if self._speaking <= 0:
            self._begin()
        elif self._timer is None:
            self._timer = self._loop.call_later(WINDOW, self._begin)

    def _begin(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        # A mark that nobody waits for any more is not made.
        marks, self._marks = [one for one in self._marks if not one[1].done()], []
        attempts, self._attempts = self._attempts, []
        if not (marks or attempts):
            return
        letters = [handover for handover, _ in marks]
        self._writing = self._loop.run_in_executor(self._clerk, self._write, letters, attempts)
        self._writing.add_done_callback(partial(self._written, marks, attempts))

    def _written(self, marks: list[_Mark], attempts: list[Attempt], done: asyncio.Future[set[int]]) -> None:
        self._writing = None
        error = done.exception()
        if error is not None:
            # Outcomes are not lost: `finish` tries once more to write them.
            self._attempts = attempts + self._attempts
        held = set() if error else done.result()
        for handover, marked in marks:
            if marked.cancelled():
                continue
            if error is not None:
                marked.set_exception(error)
            else:
                marked.set_result(handover.letter.id in held)
        if error is None:
            self._look()
