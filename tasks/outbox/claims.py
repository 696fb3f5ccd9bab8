"""Hold the letters of one delivery: claim, render, mark and settle them, and give the rest back."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from sqlalchemy import Connection, Engine

from models.events import OfficeEvent
from models.facts.worded_letter import FinishedLetter, Outcome
from models.rules.delivery.retry import LetterReason
from tasks.outbox.queue import (
    LEASE,
    ClaimedLetter,
    claim_letters,
    count_leased,
    give_back,
    has_due_letters,
    renew_leases,
)
from tasks.outbox.recover import give_up_old, needs_recovery, recover_letters, write_unrendered
from tasks.outbox.settle import Attempt, Handover, Settled, write_marks
from tasks.store.database import reading, transaction

log = logging.getLogger(__name__)

RENEWS_EVERY = LEASE / 4
Renderer = Callable[[Connection, Sequence[int], datetime], Sequence[Outcome]]


class Claims:
    """A delivery's work with the database; `counts` are settled letters by fields of DeliveryReport.

    `begun` are the ids of letters of which a byte may have left: they are never given back.
    `on_server` says that the database is a server's, which may be away for a moment: failed work
    may be tried again.
    """

    def __init__(
        self, engine: Engine, renderer: Renderer, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.begun: set[int] = set()
        self.on_server = engine.dialect.name == "postgresql"
        self._engine = engine
        self._renderer = renderer
        self._clock = clock
        self._zone = zone
        self._held: dict[int, ClaimedLetter] = {}
        self._answered: list[Attempt] = []  # written with the next marks
        self._renewed_at = clock()

    def recover(self) -> bool:
        """Take up leases that ran out; return whether letters are due."""
        now = self._clock()
        # Mostly there is nothing to write, and no writer is kept waiting.
        with reading(self._engine) as connection:
            if not needs_recovery(connection, now=now, zone=self._zone):
                return has_due_letters(connection, now)
        with transaction(self._engine) as connection:
            self._count(recover_letters(connection, now=now, zone=self._zone))
            return has_due_letters(connection, now)

    def claim(self, limit: int) -> list[Handover] | None:
        """Claim due letters, and return those that can leave, with their bytes; None if none was due."""
        with transaction(self._engine) as connection:
            letters = claim_letters(connection, self._clock(), limit)
        if not letters:
            return None
        self._held.update((letter.id, letter) for letter in letters)
        with reading(self._engine) as connection:
            rendered = self._renderer(connection, [letter.id for letter in letters], self._clock())
        results = {letter.letter_id: letter for letter in rendered}
        ready = []
        unrendered = []
        for letter in letters:
            result = _as_before(letter, results[letter.id]) if letter.repeating else results[letter.id]
            if isinstance(result, FinishedLetter):
                ready.append(Handover(letter, result))
            else:
                unrendered.append((letter, result))
        if unrendered:
            with transaction(self._engine) as connection:
                self._count(write_unrendered(connection, unrendered, now=self._clock(), zone=self._zone))
            self._forget(letter for letter, _ in unrendered)
        return ready

    def note(self, attempt: Attempt) -> None:
        """Keep a letter's result until it is written with the next marks."""
        self._answered.append(attempt)

    def mark_and_settle(self, marks: Sequence[Handover]) -> list[Handover]:
        """Mark letters and settle the answers, in one commit; return the marks that hold."""
        now = self._clock()
        answered = list(self._answered)
        self._renew(now)
        if not (marks or answered):
            return []
        with transaction(self._engine) as connection:
            marked, settled = write_marks(connection, marks, answered, now=now, zone=self._zone)
        # Not where the result is awaited: after a cancel there the answers would be written twice.
        del self._answered[: len(answered)]
        self._count(settled)
        self._forget(attempt.handover.letter for attempt in answered)
        return [mark for mark in marks if mark.letter.id in marked]

    def _renew(self, now: datetime) -> None:
        """Renew the leases in time, in a commit of its own: no journal's transaction waits for letters."""
        if now - self._renewed_at >= RENEWS_EVERY:
            with transaction(self._engine) as connection:
                renew_leases(connection, self._held.values(), now)
            self._renewed_at = now

    def let_go(self, *, route_down: bool) -> None:
        """Write the last answers, give back unsent letters, and end old ones if the route is down."""
        now = self._clock()
        unsent = [letter for letter in self._held.values() if letter.id not in self.begun]
        if self._answered:
            with transaction(self._engine) as connection:
                self._count(write_marks(connection, [], self._answered, now=now, zone=self._zone)[1])
        if unsent or route_down:
            with transaction(self._engine) as connection:
                give_back(connection, unsent)
                if route_down:
                    self._count(give_up_old(connection, now=now, zone=self._zone))
        with reading(self._engine) as connection:
            self.counts["leased"] = count_leased(connection)

    def _forget(self, letters: Iterable[ClaimedLetter]) -> None:
        for letter in letters:
            self._held.pop(letter.id, None)
            self.begun.discard(letter.id)

    def _count(self, settled: Iterable[Settled]) -> None:
        self.counts.update(_called(end) for end in settled)


def _called(end: Settled) -> str:
    """Return the field of DeliveryReport that counts the letter."""
    decision = end.decision
    if decision.reason is LetterReason.NEVER_LEFT:
        return "requeued"
    if decision.event == OfficeEvent.LETTER_DEFERRED:
        return "unrendered" if decision.reason is LetterReason.NOT_RENDERED else "deferred"
    return str(decision.status)


def _as_before(letter: ClaimedLetter, result: Outcome) -> Outcome:
    """Return what a repeat sends: the same bytes, or what is left if some of it is out of date."""
    if isinstance(result, FinishedLetter) and not result.dropped and letter.content is not None:
        return replace(result, content=letter.content)
    return result
