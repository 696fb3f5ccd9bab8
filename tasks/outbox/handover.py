"""Hand letters over: claim a batch, mark what leaves next, send it, settle the answers; until none is due.

A letter is lost or sent twice only where the order of these four is wrong, so one coroutine does
them one after the other. A mark is committed before the first byte leaves; its result is committed
with the next marks. If the process dies in between, the lease runs out and the letter is
unconfirmed. Then somebody is told, or it goes once more under the same Message-ID.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import TypeVar

from models.errors import DatabaseUnready, RouteDown
from models.reading.plain_text import without_addresses
from models.rules.delivery.retry import ReplyDecision, ReplyReason, ServerReply, read_reply
from models.vocabulary import AttemptOutcome
from tasks.channels.channel import Channel
from tasks.outbox.claims import RENEWS_EVERY, Claims
from tasks.outbox.settle import Attempt, Handover

log = logging.getLogger(__name__)

BATCH = 100  # letters claimed at a time
# Connections that no single domain gets: a silent domain, for minutes perhaps, does not stop other letters.
SPARED = 2
# So many silent domains or refused letters in a row, with none accepted in between, mean trouble
# with the mail server itself.
ROUTE_BROKEN = 3
_NO_PROPER_ANSWER = (ReplyReason.GARBLED, ReplyReason.SHUTTING_DOWN)
# A delivery that is told to stop waits this many seconds for the last answers. `grants up` gives
# its children ten, systemd units have thirty.
LAST_ANSWERS_WITHIN = 5
# A restarted database server is back within half a minute, long before a lease ends; seconds between tries.
_DATABASE_PAUSES = (1, 2, 4, 8, 15)

_Result = TypeVar("_Result")


class Delivery:
    """One delivery, with its letters' results in its claims; `route_error` is set if the server stops it."""

    def __init__(
        self, claims: Claims, channel: Channel, clock: Callable[[], datetime], batch: int = BATCH
    ) -> None:
        self.route_error: str | None = None
        self._claims = claims
        self._channel = channel
        self._clock = clock
        self._batch = batch
        self._connections = channel.at_once
        # All reading and writing of rows, one after the other: no write waits for another's lock.
        self._writer = ThreadPoolExecutor(1, "outbox-writer")
        self._are_due = True
        self._heard_nothing = False  # for as long as leases may go unrenewed
        self._ready: list[Handover] = []  # claimed and rendered
        self._returned: list[Handover] = []  # marked, and without a connection
        self._sending: dict[asyncio.Task[ServerReply], tuple[Handover, datetime]] = {}
        self._login_wanted: list[Attempt] = []  # judged once another letter is taken
        self._gets_through = False
        self._trouble: set[object] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Hand over every due letter; once `stop` is set, finish those begun, if answers come soon.

        Raises DatabaseUnready, and SettingInvalid if no letter at all can be rendered.
        """
        try:
            if await self._write(self._claims.recover) and not stop.is_set() and await self._open(stop):
                await self._hand_over(stop)
        finally:
            for task in self._sending:
                task.cancel()
            # A cancel does not stop the writer's thread, so the rest is given back only after it.
            # There is no await here, since a run may be cancelled again and again.
            self._writer.shutdown()
            try:
                self._claims.let_go(route_down=self.route_error is not None)
            finally:
                await self._channel.close()

    async def _write(self, work: Callable[[], _Result]) -> _Result:
        """Do the work in the writer's thread; retry for half a minute if a database server is away."""
        loop = asyncio.get_running_loop()
        for pause in _DATABASE_PAUSES if self._claims.on_server else ():
            try:
                return await loop.run_in_executor(self._writer, work)
            except DatabaseUnready as error:
                log.warning("the database is asked again in %s s: %s", pause, type(error).__name__)
                await asyncio.sleep(pause)
        return await loop.run_in_executor(self._writer, work)

    async def _open(self, stop: asyncio.Event) -> bool:
        """Open the channel before claiming letters: if it is down, no letter loses an attempt."""
        opening = asyncio.create_task(self._channel.open())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((opening, stopped), return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
            return opening.done()
        except RouteDown as error:
            log.warning("letters cannot leave: %s", error.detail)
            self.route_error = error.detail
            return False
        finally:
            opening.cancel()
            stopped.cancel()

    async def _hand_over(self, stop: asyncio.Event) -> None:
        stopped = asyncio.create_task(stop.wait())
        giving_up = asyncio.create_task(self._give_up(stop))
        try:
            while not (stop.is_set() or self.route_error):
                await self._fill_connections()
                if self._sending:
                    await self._wait_for_an_answer(stopped)
                elif not self._ready:
                    break
            await self._finish()
        except Exception:
            # Most likely the database: the results of letters on their way may still be written.
            self._cancel_unbegun()
            while self._sending:
                await self._wait_for_an_answer()
            raise
        finally:
            stopped.cancel()
            giving_up.cancel()
            self._judge_answers()

    async def _give_up(self, stop: asyncio.Event) -> None:
        """Once told to stop, wait no longer: a letter without an answer is unconfirmed at its lease's end."""
        await stop.wait()
        await asyncio.sleep(LAST_ANSWERS_WITHIN)
        for task in self._sending:
            task.cancel()

    async def _fill_connections(self) -> None:
        """Settle the answers, and give each free connection a marked letter."""
        free = self._connections - len(self._sending)
        wanted = self._connections
        if free and self._heard_nothing:
            # All ready letters may wait for silent domains, with others' letters behind them.
            wanted += len(self._ready)
        while self._are_due and len(self._ready) < wanted:
            claimed = await self._write(partial(self._claims.claim, self._batch))
            self._are_due = claimed is not None
            self._ready += claimed or ()
        leaving = self._returned[:free]
        self._returned = self._returned[free:]
        marks = self._take_ready(free - len(leaving))
        leaving += await self._write(partial(self._claims.mark_and_settle, marks))
        for handover in leaving:
            self._sending[asyncio.create_task(self._send(handover))] = (handover, self._clock())

    def _take_ready(self, free: int) -> list[Handover]:
        """Take as many letters as there are free connections, within each domain's share."""
        share = max(1, self._connections - SPARED)
        at_work = Counter(handover.finished.domain for handover, _ in self._sending.values())
        taken: list[Handover] = []
        left: list[Handover] = []
        for handover in self._ready:
            domain = handover.finished.domain
            if len(taken) < free and at_work[domain] < share:
                at_work[domain] += 1
                taken.append(handover)
            else:
                left.append(handover)
        self._ready = left
        return taken

    async def _finish(self) -> None:
        """Begin no more letters, and settle those of which something has left."""
        self._cancel_unbegun()
        while self._sending:
            await self._wait_for_an_answer()
            await self._write(partial(self._claims.mark_and_settle, ()))
        if self._login_wanted:
            self._stop_route(self._login_wanted[0].reply)

    async def _send(self, handover: Handover) -> ServerReply:
        return await self._channel.send(
            handover.finished, partial(self._claims.begun.add, handover.letter.id)
        )

    async def _wait_for_an_answer(self, *others: asyncio.Task[bool]) -> None:
        """Wait until a letter is answered, one of the others ends, or leases must be renewed."""
        waits = RENEWS_EVERY.total_seconds()
        first = asyncio.FIRST_COMPLETED
        answered, _ = await asyncio.wait((*self._sending, *others), timeout=waits, return_when=first)
        self._heard_nothing = not answered
        self._judge_answers()

    def _cancel_unbegun(self) -> None:
        """Wait only for letters of which something has left; the others are given back."""
        for task, (handover, _) in self._sending.items():
            if handover.letter.id not in self._claims.begun:
                task.cancel()

    def _judge_answers(self) -> None:
        for task in [task for task in self._sending if task.done()]:
            handover, began_at = self._sending.pop(task)
            if task.cancelled():
                continue
            try:
                self._judge(handover, task.result(), began_at)
            except RouteDown as error:
                # A server may allow fewer connections: the delivery goes on with those that it has.
                self._returned.append(handover)
                self._connections -= 1
                if self._connections == 0:
                    self.route_error = error.detail

    def _judge(self, handover: Handover, reply: ServerReply, began_at: datetime) -> None:
        """Note what an answer means for its letter and for the mail server."""
        decision = read_reply(reply, handover.letter.attempts)
        if decision.outcome is not None:
            taken = decision.outcome is AttemptOutcome.ACCEPTED
            outcome = self._channel.taken if taken else decision.outcome
            attempt = Attempt(
                handover=handover,
                outcome=outcome,
                reply=reply,
                reason=decision.reason,
                began_at=began_at,
                ended_at=self._clock(),
            )
            self._note(attempt, taken=taken)
        self._watch_route(handover, reply, decision)

    def _note(self, attempt: Attempt, *, taken: bool) -> None:
        if taken:
            self._gets_through = True
            for refused in self._login_wanted:
                self._claims.note(refused)
            self._login_wanted.clear()
        is_deferred = attempt.outcome is AttemptOutcome.DEFERRED
        if attempt.reason is ReplyReason.LOGIN_WANTED and is_deferred and not self._gets_through:
            # The letter is at fault if another is taken, else the server: then it is given back unchanged.
            self._claims.begun.discard(attempt.handover.letter.id)
            self._login_wanted.append(attempt)
            if len(self._login_wanted) >= ROUTE_BROKEN:
                self._stop_route(attempt.reply)
        else:
            self._claims.note(attempt)

    def _watch_route(self, handover: Handover, reply: ServerReply, decision: ReplyDecision) -> None:
        if decision.is_silence:
            self._trouble.add(handover.finished.domain)
        elif decision.reason in _NO_PROPER_ANSWER:
            self._trouble.add(handover.letter.id)
        else:
            self._trouble.clear()
        if decision.pauses_route or len(self._trouble) >= ROUTE_BROKEN:
            self._stop_route(reply)

    def _stop_route(self, reply: ServerReply) -> None:
        words = " ".join(str(part) for part in (reply.code, reply.text) if part)
        self.route_error = self.route_error or without_addresses(f"{reply.stage.upper()}: {words}")
