"""Carry due letters to a channel: one queue, some senders, and one committer that writes what is ready.

The feeder claims and renders letters into the queue; each sender takes one and offers it to the channel, which asks
for its mark before DATA; the committer writes the marks that wait, with the answers that came meanwhile.
A run ends in one of two ways. Nothing more is due: the feeder queues None, which each sender leaves for the next.
Or `_end` (told to stop, the route down, the database failing) cancels who only waits, and the senders finish the
letters that are being handed over. Either way `let_go` writes the last answers and gives back what was not begun.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from models.errors import DatabaseUnready, RouteDown
from models.rules.delivery.retry import ReplyReason, ServerReply, read_reply
from models.vocabulary import AttemptOutcome
from tasks.channels.channel import Channel
from tasks.outbox.claimed import ClaimedLetters
from tasks.outbox.connections import Breaker, said
from tasks.outbox.queue import LEASE
from tasks.outbox.settle import Attempt, Handover

log = logging.getLogger(__name__)

BATCH = 100  # letters claimed at a time
RENEWS_EVERY_SECONDS = LEASE.total_seconds() / 4
# How long the committer lets marks gather: a commit waits for the disk, and ten marks wait no longer than one.
GATHERS_SECONDS = 0.002
# So many logins wanted in a row, with no letter taken at all, are the route's trouble.
ROUTE_LOGINS = 3

_Result = TypeVar("_Result")


class Worker:
    """One delivery run. All that writes goes through one thread, so that no write waits for another's lock."""

    def __init__(
        self, claimed: ClaimedLetters, channel: Channel, clock: Callable[[], datetime], batch: int = BATCH
    ) -> None:
        self.breaker = Breaker()
        self._claimed, self._channel, self._clock, self._batch = claimed, channel, clock, batch
        self._writer = ThreadPoolExecutor(1, "outbox-writer")
        self._ready: asyncio.Queue[Handover | None] = asyncio.Queue(2 * channel.at_once)
        self._returned: list[Handover] = []  # for another sender: one found no way for them
        self._marks: asyncio.Queue[tuple[Handover | None, asyncio.Future[bool]]] = asyncio.Queue()
        self._answered: list[Attempt] = []  # to be written with the next marks
        self._login_wanted: list[Attempt] = []  # to be judged once it is known whether others get through
        self._gets_through = False
        self._failure: Exception | None = None
        self._ended = False
        self._idle: set[asyncio.Task[None]] = set()  # what may be cancelled without leaving a letter open
        self._senders = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver every letter that is due; once `stop` is set, finish the letters being handed over.

        DatabaseUnready is raised, and SettingInvalid when no letter at all can be rendered.
        """
        try:
            if await self._write(self._claimed.recover) and not stop.is_set():
                await self._deliver(stop)
        finally:
            # Without an await: who cancels this run may do so again and again.
            self._writer.shutdown()
            self._claimed.let_go(self._answered, route_down=self.breaker.route_error is not None)
        if self._failure is not None:
            raise self._failure

    def _write(self, work: Callable[..., _Result], *given: object) -> asyncio.Future[_Result]:
        return asyncio.get_running_loop().run_in_executor(self._writer, work, *given)

    async def _deliver(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                helpers = (self._heed(stop), self._commit_marks(), self._keep_leases())
                helping = [group.create_task(one) for one in helpers]
                await asyncio.wait([group.create_task(self._open())])
                if not self._ended:
                    helping.append(group.create_task(self._feed()))
                    self._senders = self._channel.at_once
                    await asyncio.wait([group.create_task(self._send_all()) for _ in range(self._senders)])
                for one in helping:
                    one.cancel()
        finally:
            await self._channel.close()
        if self._login_wanted:
            self.breaker.stop(said(self._login_wanted[0].reply))

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end()

    def _end(self) -> None:
        """Begin no more letters, and wait for nothing but the answers to those that are on their way."""
        self._ended = True
        for task in self._idle:
            task.cancel()

    def _fail(self, error: Exception) -> None:
        self._failure = self._failure or error
        self._end()

    @contextmanager
    def _cancellable(self) -> Iterator[None]:
        """Let `_end` cancel the running task within the block."""
        if (task := asyncio.current_task()) is not None:
            self._idle.add(task)
        try:
            yield
        finally:
            self._not_cancellable()

    def _not_cancellable(self) -> None:
        if (task := asyncio.current_task()) is not None:
            self._idle.discard(task)

    async def _open(self) -> None:
        """Open the channel before anything is claimed: one that is down costs no letter anything."""
        with self._cancellable():
            try:
                await self._channel.open()
            except RouteDown as error:
                log.warning("letters cannot leave: %s", error.detail)
                self.breaker.stop(error.detail)
                self._ended = True

    async def _feed(self) -> None:
        """Claim and render letters as the senders take them, until none are due."""
        with self._cancellable():
            try:
                while letters := await self._write(self._claimed.claim, self._batch):
                    ready, unrendered = await asyncio.to_thread(self._claimed.render, letters)
                    if unrendered:
                        await self._write(self._claimed.write_unrendered, unrendered)
                    for one in ready:
                        await self._ready.put(one)
                await self._ready.put(None)
            except Exception as error:  # noqa: BLE001 - whatever it is, letters on their way are finished
                self._fail(error)

    async def _send_all(self) -> None:
        """Hand letters over, one after the other, until there are none or the run ends."""
        while not self._ended:
            with self._cancellable():
                one = await self._next()
                if one is None:
                    break
                began_at = self._clock()
                try:
                    reply = await self._channel.send(one.finished, partial(self._mark, one))
                except RouteDown as error:
                    self._returned.append(one)
                    if self._senders == 1:
                        self.breaker.stop(error.detail)
                    break
            if reply is not None:
                self._judge(one, reply, began_at)
        self._senders -= 1

    async def _next(self) -> Handover | None:
        """Return the next letter, or None when no more come."""
        while True:
            one = self._returned.pop() if self._returned else await self._ready.get()
            if one is None:
                self._ready.put_nowait(None)  # for the next sender
                if not self._returned:
                    return None
            elif self.breaker.holds_up(_domain_of(one)):
                self._claimed.put_off(one.letter)
            else:
                return one

    async def _mark(self, one: Handover) -> bool:
        """Mark a letter as being handed over; return whether it may leave. Its answer is then waited for."""
        if not await self._commit(one):
            return False
        self._claimed.sending.add(one.letter.id)
        self._not_cancellable()
        return True

    def _commit(self, mark: Handover | None) -> asyncio.Future[bool]:
        done = asyncio.get_running_loop().create_future()
        self._marks.put_nowait((mark, done))
        return done

    async def _commit_marks(self) -> None:
        """Write in one transaction the marks that are ready and the answers that came, and look again."""
        while True:
            asked = [await self._marks.get()]
            await asyncio.sleep(GATHERS_SECONDS)
            while not self._marks.empty():
                asked.append(self._marks.get_nowait())
            attempts, self._answered = self._answered, []
            marks, marked = [mark for mark, _ in asked if mark], set[int]()
            try:
                # Shielded: a cancel must not take from the writer what came of letters that have left.
                marked = await asyncio.shield(self._write(self._claimed.write_marks, marks, attempts))
            except (DatabaseUnready, SQLAlchemyError) as error:
                self._answered = attempts + self._answered
                self._fail(error)
            for mark, done in asked:
                if not done.done():
                    done.set_result(mark is not None and mark.letter.id in marked)

    def _judge(self, one: Handover, reply: ServerReply, began_at: datetime) -> None:
        """Note what an answer makes of the letter and of the route; an attempt is written with the next marks."""
        decision = read_reply(reply)
        self.breaker.note(reply, decision, _domain_of(one))
        if decision.outcome is not None:
            taken = decision.outcome is AttemptOutcome.ACCEPTED
            outcome = self._channel.taken if taken else decision.outcome
            attempt = Attempt(one, outcome, reply, decision.reason, began_at, self._clock())
            self._note(attempt, taken=taken)
        if self.breaker.route_error:
            self._end()
        elif self._ready.qsize() <= 1:  # nothing, or the end: no mark comes with which it could be written
            self._commit(None)

    def _note(self, attempt: Attempt, *, taken: bool) -> None:
        if taken:
            self._gets_through = True
            self._answered += self._login_wanted
            self._login_wanted = []
        if attempt.reason is not ReplyReason.LOGIN_WANTED or self._gets_through:
            self._answered.append(attempt)
            return
        # The letter's trouble if another gets through, else the route's: then it is given back.
        self._claimed.sending.discard(attempt.handover.letter.id)
        self._login_wanted.append(attempt)
        if len(self._login_wanted) >= ROUTE_LOGINS:
            self.breaker.stop(said(attempt.reply))

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEWS_EVERY_SECONDS)
            try:
                await self._write(self._claimed.renew)
            except (DatabaseUnready, SQLAlchemyError) as error:
                log.warning("leases were not renewed: %s", type(error).__name__)


def _domain_of(one: Handover) -> str:
    return one.finished.recipient.rpartition("@")[2]
