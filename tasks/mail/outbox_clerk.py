"""Do a delivery run's work on the database beside the event loop: one thread writes, another prints."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from models.errors import DatabaseUnready, SettingInvalid
from models.facts.letter_outcome import Emptied, Printed, Spoiled
from models.rules.delivery.retry import LetterReason, ReplyReason, ServerReply
from models.vocabulary import AttemptOutcome, SmtpStage
from tasks.mail.outbox import ClaimedLetter, claim_letters, give_back, has_due_letters
from tasks.mail.outbox_marks import Attempt, Handover, Settled, write_marks
from tasks.mail.outbox_upkeep import give_up_old, needs_recovery, put_off, recover_letters, write_unprinted
from tasks.store.database import reading, transaction

log = logging.getLogger(__name__)

# What a printer raises when it can print nothing at all: no letter is to blame.
NOT_THE_LETTERS = (DatabaseUnready, SettingInvalid, DBAPIError)

Result = Printed | Spoiled | Emptied
_Unprinted = tuple[ClaimedLetter, Spoiled | Emptied]
Stop = asyncio.Event | threading.Event
Printer = Callable[[Connection, Sequence[int], datetime], Sequence[Result]]


class Clerk:
    """The database side of one run.

    `held` are the letters claimed of which nothing has left: whatever is in it at the end is given back. `counts`
    are the letters settled, by what a DeliveryReport calls it.
    """

    def __init__(
        self,
        engine: Engine,
        printer: Printer,
        clock: Callable[[], datetime],
        *,
        zone: tzinfo,
        lease: timedelta,
    ) -> None:
        self.held: dict[int, ClaimedLetter] = {}
        self.counts: Counter[str] = Counter()
        # One thread for everything that writes: in one process no write waits for another's lock.
        self.pen = ThreadPoolExecutor(1, "outbox-pen")
        self._press = ThreadPoolExecutor(1, "outbox-press")
        self._engine, self._printer, self._clock = engine, printer, clock
        self._zone, self._lease = zone, lease

    async def close(self) -> None:
        """Let both threads end."""
        # The pen waits for the press, and has then nothing left to do.
        await asyncio.get_running_loop().run_in_executor(self.pen, self._press.shutdown)
        self.pen.shutdown()

    async def recover(self) -> bool:
        """See to leases that ran out; return whether letters are due."""
        return await asyncio.get_running_loop().run_in_executor(self.pen, self._recover)

    def _recover(self) -> bool:
        now = self._clock()
        # Mostly there is nothing to write: then no writer is kept waiting.
        with reading(self._engine) as connection:
            if not needs_recovery(connection, now=now, zone=self._zone):
                return has_due_letters(connection, now)
        with transaction(self._engine) as connection:
            self._count(recover_letters(connection, now=now, zone=self._zone))
            return has_due_letters(connection, now)

    async def claim(self, limit: int) -> list[ClaimedLetter]:
        """Claim letters that are due."""
        return await asyncio.get_running_loop().run_in_executor(self.pen, self._claim, limit)

    def _claim(self, limit: int) -> list[ClaimedLetter]:
        with transaction(self._engine) as connection:
            letters = claim_letters(connection, self._clock(), limit)
        # Noted here, in the thread: whoever asked may have been cancelled while it was under way.
        self.held.update((letter.id, letter) for letter in letters)
        return letters

    async def print(self, letters: Sequence[ClaimedLetter]) -> list[Handover]:
        """Return the letters that can leave, with their bytes; settle those that cannot."""
        loop = asyncio.get_running_loop()
        handovers, unprinted = await loop.run_in_executor(self._press, self._print, letters)
        if unprinted:
            await loop.run_in_executor(self.pen, self._write_unprinted, unprinted)
        return handovers

    def _print(self, letters: Sequence[ClaimedLetter]) -> tuple[list[Handover], list[_Unprinted]]:
        results = self._results([letter.id for letter in letters])
        handovers, unprinted = [], []
        for letter in letters:
            result = results.get(letter.id, Spoiled(letter.id, "not printed"))
            if letter.repeating:
                result = _as_before(letter, result)
            if isinstance(result, Printed):
                handovers.append(Handover(letter, result))
            else:
                unprinted.append((letter, result))
        return handovers, unprinted

    def _results(self, ids: Sequence[int]) -> dict[int, Result]:
        try:
            return self._ask_printer(ids)
        except NOT_THE_LETTERS:
            raise
        except Exception:  # whatever a template or a row can cause stops only its own letter
            log.exception("a batch was not printed; printing letter by letter", extra={"letters": len(ids)})
        results: dict[int, Result] = {}
        for letter_id in ids:
            try:
                results |= self._ask_printer([letter_id])
            except NOT_THE_LETTERS:
                raise
            except Exception as error:  # noqa: BLE001 - as above; the journal keeps what it was
                results[letter_id] = Spoiled(letter_id, type(error).__name__)
        return results

    def _ask_printer(self, ids: Sequence[int]) -> dict[int, Result]:
        with reading(self._engine) as connection:
            return {result.letter_id: result for result in self._printer(connection, ids, self._clock())}

    def _write_unprinted(self, unprinted: Sequence[_Unprinted]) -> None:
        for letter, result in unprinted:
            if isinstance(result, Spoiled):
                log.error("a letter was not printed", extra={"letter_id": letter.id})
        with transaction(self._engine) as connection:
            self._count(write_unprinted(connection, unprinted, now=self._clock(), zone=self._zone))
        # Only now: had it not been written, they would be given back.
        for letter, _ in unprinted:
            self.held.pop(letter.id, None)

    def write(self, marks: Sequence[Handover], attempts: Sequence[Attempt]) -> set[int]:
        """Write marks and outcomes in one transaction, on the calling thread; return the marks that hold."""
        with transaction(self._engine) as connection:
            held, settled = write_marks(
                connection, marks, attempts, now=self._clock(), zone=self._zone, lease=self._lease
            )
        self._count(settled)
        return held

    def capture_due(self, batch: int, stop: Stop) -> None:
        """Keep the letters that are due for the portal's mailbox; once `stop` is set, no more are claimed.

        All in the calling thread: there is no server to wait for, so nothing could be done meanwhile.
        """
        try:
            if self._recover():
                self._capture_all(batch, stop)
        finally:
            self._put_down()

    def _capture_all(self, batch: int, stop: Stop) -> None:
        claimed = batch
        while claimed == batch and not stop.is_set():
            letters = self._claim(batch)
            handovers, unprinted = self._print(letters)
            if unprinted:
                self._write_unprinted(unprinted)
            if handovers:
                self._capture(handovers)
            claimed = len(letters)

    def _capture(self, handovers: Sequence[Handover]) -> None:
        """Take letters through the same states as if a server had taken them."""
        now = self._clock()
        reply = ServerReply(SmtpStage.DOT, None)
        attempts = [
            Attempt(one, AttemptOutcome.CAPTURED, reply, ReplyReason.TAKEN, now, now) for one in handovers
        ]
        self.write(handovers, attempts)
        for one in handovers:
            self.held.pop(one.letter.id, None)

    async def put_down(self, held_up: Sequence[ClaimedLetter] = (), *, route_down: bool = False) -> None:
        """Give back what was not begun, put off what held others up, and end what is five days old."""
        await asyncio.get_running_loop().run_in_executor(self.pen, self._put_down, held_up, route_down)

    def _put_down(self, held_up: Sequence[ClaimedLetter] = (), route_down: bool = False) -> None:
        if not (self.held or held_up or route_down):
            return
        now = self._clock()
        with transaction(self._engine) as connection:
            give_back(connection, self.held.values())
            self._count(put_off(connection, held_up, now=now, zone=self._zone), waiting="put_off")
            if route_down:
                self._count(give_up_old(connection, now=now, zone=self._zone))
        self.held.clear()

    def _count(self, settled: Iterable[Settled], waiting: str = "deferred") -> None:
        self.counts.update(_called(one, waiting) for one in settled)


def _called(one: Settled, waiting: str) -> str:
    decision = one.decision
    if decision.reason is LetterReason.NEVER_LEFT:
        return "requeued"
    if decision.reason is LetterReason.CAPTURED:
        return "captured"
    if decision.event == "letter_deferred":
        return "spoiled" if decision.reason is LetterReason.NOT_RENDERED else waiting
    return str(decision.status)


def _as_before(letter: ClaimedLetter, result: Result) -> Result:
    """Return what a repeat sends: the same bytes, or nothing if any of it is out of date."""
    if isinstance(result, Printed) and not result.dropped and letter.content is not None:
        return replace(result, content=letter.content)
    return result if isinstance(result, Spoiled) else Emptied(letter.id)
