"""Record what the funder decided, and correct what was recorded wrongly."""

from collections.abc import Callable
from dataclasses import replace

from models.commands.grants import Correct, Decide, GiveDates
from tasks.commands.acting import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.correct import correct_at_work
from tasks.commands.awards.record import decide_at_work
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.what_if import Consequences, act_and_compare
from tasks.commands.sums.sizes import unstated_instalments


def decide(work: GrantAtWork, said: Decide, acting: Acting) -> Consequences:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    return _moved_by(work, lambda _: decide_at_work(work, said.decision, acting.by_id, acting.now), acting)


def correct(work: GrantAtWork, said: Correct, acting: Acting) -> Consequences:
    """Correct a decision that was recorded wrongly, or annul one that was never made."""
    return _moved_by(work, lambda _: correct_at_work(work, said, acting.by_id, acting.now), acting)


def _moved_by(work: GrantAtWork, act: Callable[[GrantAtWork], str], acting: Acting) -> Consequences:
    """Return what a decision moves, with what none says yet."""
    moved, dates = act_and_compare(work, act, acting.by_id), work.programme.dates
    unsaid = tuple((name, dates[name].title) for name in missing_dates(work))
    return replace(moved, unsaid=unsaid, unstated=tuple(number for number, _ in unstated_instalments(work)))


def give_dates(work: GrantAtWork, said: GiveDates, acting: Acting) -> Consequences:
    """Record the dates that a letter of the funder's says: by the decision of its day, or as an amendment."""
    letter = said.letter
    same_day = [one for one in work.decisions if one.decided_on == letter.decided_on]
    if not same_day:
        return decide(work, Decide(said.grant, letter), acting)
    changed = {"dates": letter.dates} | ({"source": letter.source} if letter.source else {})
    return correct(work, Correct(said.grant, letter.decided_on, same_day[0].kind, changed), acting)
