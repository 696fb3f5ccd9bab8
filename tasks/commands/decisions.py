"""Record what the funder decided, and correct what was recorded wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.commands.decisions import Correct, Decide, GiveDates
from models.vocabulary import OUT, InstalmentStatus
from tasks.commands.acting import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.correct import correct_at_work
from tasks.commands.awards.record import decide_at_work
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.what_if import Consequences, act_and_compare, compare_around
from tasks.commands.sums.sizes import unstated_instalments


@dataclass(frozen=True, slots=True)
class KeptPart:
    """An instalment that stays as it was: its number, where it stands, and its sum in minor units."""

    number: int
    status: InstalmentStatus
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision or its correction moves, and what no decision says yet.

    `missing` are the names of the dates that the programme wants from a decision, `unstated` the instalments whose sum
    a decision must say, with the most that it can be. `kept_sums` are the instalments that have left and keep their
    sums though the award is another, `kept_days` those that keep the day of their release though the decision is of
    another; `takes_difference` is the number of the one that takes what the award changed by.
    """

    moved: Consequences
    missing: tuple[str, ...] = ()
    unstated: tuple[tuple[int, str], ...] = ()
    kept_sums: tuple[KeptPart, ...] = ()
    kept_days: tuple[KeptPart, ...] = ()
    takes_difference: int | None = None


def decide(work: GrantAtWork, said: Decide, acting: Acting) -> Decided:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    moved = compare_around(work, lambda: decide_at_work(work, said.decision, acting.by_id, acting.now))
    return Decided(moved, missing_dates(work), unstated_instalments(work))


def correct(work: GrantAtWork, said: Correct, acting: Acting) -> Decided:
    """Correct a decision that was recorded wrongly, or annul one that was never made."""
    award = work.grant.award_minor
    sums = {part.number: part.amount_minor for part in work.instalments}
    moved = act_and_compare(
        work, lambda _: correct_at_work(work, said, acting.by_id, acting.now), acting.by_id
    )
    left = [part.number for part in work.instalments if part.status not in OUT]
    return Decided(
        moved,
        missing_dates(work),
        unstated_instalments(work),
        _kept_sums(work, sums) if work.grant.award_minor != award else (),
        _kept_days(work, said),
        left[-1] if left else None,
    )


def give_dates(work: GrantAtWork, said: GiveDates, acting: Acting) -> Decided:
    """Record the dates that a letter of the funder's says: by the decision of its day, or as an amendment."""
    letter = said.letter
    same_day = [one for one in work.decisions if one.decided_on == letter.decided_on]
    if not same_day:
        return decide(work, Decide(said.grant, letter), acting)
    changed = {"dates": letter.dates} | ({"source": letter.source} if letter.source else {})
    return correct(work, Correct(said.grant, letter.decided_on, same_day[0].kind, changed), acting)


def _kept_sums(work: GrantAtWork, before: Mapping[int, int | None]) -> tuple[KeptPart, ...]:
    return tuple(
        KeptPart(part.number, part.status, part.amount_minor or 0)
        for part in work.instalments
        if part.status in OUT and part.amount_minor == before.get(part.number)
    )


def _kept_days(work: GrantAtWork, said: Correct) -> tuple[KeptPart, ...]:
    if said.said.get("decided_on", said.recorded_on) == said.recorded_on:
        return ()
    return tuple(
        KeptPart(part.number, part.status, part.amount_minor or 0)
        for part in work.instalments
        if part.status in OUT and not part.conditional and part.released_on == said.recorded_on
    )
