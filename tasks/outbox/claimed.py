"""The letters that one delivery run has claimed: claim, render, mark, settle and give them back."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from sqlalchemy import Connection, Engine

from models.facts.worded_letter import EmptyLetter, FailedLetter, FinishedLetter, Outcome
from models.rules.delivery.retry import LetterReason
from tasks.outbox.queue import (
    ClaimedLetter,
    claim_letters,
    count_leased,
    give_back,
    has_due_letters,
    renew_leases,
)
from tasks.outbox.recover import give_up_old, needs_recovery, put_off, recover_letters, write_unrendered
from tasks.outbox.settle import Attempt, Handover, Settled, write_marks
from tasks.store.database import reading, transaction

log = logging.getLogger(__name__)

Renderer = Callable[[Connection, Sequence[int], datetime], Sequence[Outcome]]
Unrendered = tuple[ClaimedLetter, FailedLetter | EmptyLetter]


class ClaimedLetters:
    """What a run does with the database; `counts` are the letters settled, by what a DeliveryReport calls it.

    `sending` are the ids of letters that the channel may have: they are never given back.
    """

    def __init__(
        self, engine: Engine, renderer: Renderer, clock: Callable[[], datetime], zone: tzinfo
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.sending: set[int] = set()
        self._engine, self._renderer, self._clock, self._zone = engine, renderer, clock, zone
        self._letters: dict[int, ClaimedLetter] = {}
        self._put_off: list[ClaimedLetter] = []

    def recover(self) -> bool:
        """See to leases that ran out; return whether letters are due."""
        now = self._clock()
        # Mostly there is nothing to write: then no writer is kept waiting.
        with reading(self._engine) as connection:
            if not needs_recovery(connection, now=now, zone=self._zone):
                return has_due_letters(connection, now)
        with transaction(self._engine) as connection:
            self._count(recover_letters(connection, now=now, zone=self._zone))
            return has_due_letters(connection, now)

    def claim(self, limit: int) -> list[ClaimedLetter]:
        """Claim letters that are due."""
        with transaction(self._engine) as connection:
            letters = claim_letters(connection, self._clock(), limit)
        self._letters.update((letter.id, letter) for letter in letters)
        return letters

    def render(self, letters: Sequence[ClaimedLetter]) -> tuple[list[Handover], list[Unrendered]]:
        """Return the letters that can leave, with their bytes, and those that cannot."""
        with reading(self._engine) as connection:
            rendered = self._renderer(connection, [letter.id for letter in letters], self._clock())
        results = {one.letter_id: one for one in rendered}
        ready: list[Handover] = []
        unrendered: list[Unrendered] = []
        for letter in letters:
            result = results[letter.id]
            if letter.repeating:
                result = _as_before(letter, result)
            if isinstance(result, FinishedLetter):
                ready.append(Handover(letter, result))
            else:
                unrendered.append((letter, result))
        return ready, unrendered

    def write_unrendered(self, unrendered: Sequence[Unrendered]) -> None:
        """Settle letters that cannot leave."""
        with transaction(self._engine) as connection:
            settled = write_unrendered(connection, unrendered, now=self._clock(), zone=self._zone)
        self._count(settled)
        self._forget(letter for letter, _ in unrendered)

    def write_marks(self, marks: Sequence[Handover], attempts: Sequence[Attempt]) -> set[int]:
        """Write marks and what came of earlier ones in one transaction; return the ids of the marks that hold."""
        with transaction(self._engine) as connection:
            marked, settled = write_marks(connection, marks, attempts, now=self._clock(), zone=self._zone)
        self._count(settled)
        self._forget(one.handover.letter for one in attempts)
        return marked

    def put_off(self, letter: ClaimedLetter) -> None:
        """Let a letter wait for some minutes, as letters to its domain hold others up."""
        self._put_off.append(self._letters.pop(letter.id))

    def renew(self) -> None:
        """Renew the leases of all that is claimed."""
        if letters := list(self._letters.values()):
            with transaction(self._engine) as connection:
                renew_leases(connection, letters, self._clock())

    def let_go(self, attempts: Sequence[Attempt], *, route_down: bool) -> None:
        """Write the last attempts and give back what was not begun; with the route down, end what is too old."""
        now = self._clock()
        unsent = [one for one in self._letters.values() if one.id not in self.sending]
        if unsent or attempts or self._put_off or route_down:
            with transaction(self._engine) as connection:
                self._count(write_marks(connection, [], attempts, now=now, zone=self._zone)[1])
                give_back(connection, unsent)
                self._count(put_off(connection, self._put_off, now=now, zone=self._zone), waiting="put_off")
                if route_down:
                    self._count(give_up_old(connection, now=now, zone=self._zone))
        self.counts["leased"] = self.count_leased()

    def count_leased(self) -> int:
        """Return how many letters some delivery holds."""
        with reading(self._engine) as connection:
            return count_leased(connection)

    def _forget(self, letters: Iterable[ClaimedLetter]) -> None:
        for one in letters:
            self._letters.pop(one.id, None)
            self.sending.discard(one.id)

    def _count(self, settled: Iterable[Settled], waiting: str = "deferred") -> None:
        self.counts.update(_called(one, waiting) for one in settled)


def _called(one: Settled, waiting: str) -> str:
    """Return what a DeliveryReport calls it."""
    decision = one.decision
    if decision.reason is LetterReason.NEVER_LEFT:
        return "requeued"
    if decision.event == "letter_deferred":
        return "unrendered" if decision.reason is LetterReason.NOT_RENDERED else waiting
    return str(decision.status)


def _as_before(letter: ClaimedLetter, result: Outcome) -> Outcome:
    """Return what a repeat sends: the same bytes, or nothing if any of it is out of date."""
    if isinstance(result, FinishedLetter) and not result.dropped and letter.content is not None:
        return replace(result, content=letter.content)
    return result if isinstance(result, FailedLetter) else EmptyLetter(letter.id)
