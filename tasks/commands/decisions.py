"""Record what the funder decided, and correct what was recorded wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.commands.decisions import Correct, Decide, GiveDates
from tasks.commands.acting import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.correct import correct_at_work
from tasks.commands.awards.record import decide_at_work
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.what_if import Consequences, act_and_compare
from tasks.commands.sums.sizes import unstated_instalments


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision or its correction moves, and what no decision says yet.

    `missing` are the names of the dates that the programme wants from a decision, `unstated` the instalments whose sum
    a decision must say, with the most that it can be.
    """

    moved: Consequences
    missing: tuple[str, ...] = ()
    unstated: tuple[tuple[int, str], ...] = ()


def decide(work: GrantAtWork, said: Decide, acting: Acting) -> Decided:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    return _moved_by(work, lambda _: decide_at_work(work, said.decision, acting.by_id, acting.now), acting)


def correct(work: GrantAtWork, said: Correct, acting: Acting) -> Decided:
    """Correct a decision that was recorded wrongly, or annul one that was never made."""
    return _moved_by(work, lambda _: correct_at_work(work, said, acting.by_id, acting.now), acting)


def give_dates(work: GrantAtWork, said: GiveDates, acting: Acting) -> Decided:
    """Record the dates that a letter of the funder's says: by the decision of its day, or as an amendment."""
    letter = said.letter
    same_day = [one for one in work.decisions if one.decided_on == letter.decided_on]
    if not same_day:
        return decide(work, Decide(said.grant, letter), acting)
    changed = {"dates": letter.dates} | ({"source": letter.source} if letter.source else {})
    return correct(work, Correct(said.grant, letter.decided_on, same_day[0].kind, changed), acting)


def _moved_by(work: GrantAtWork, act: Callable[[GrantAtWork], str], acting: Acting) -> Decided:
    moved = act_and_compare(work, act, acting.by_id)
    return Decided(moved, missing_dates(work), unstated_instalments(work))
