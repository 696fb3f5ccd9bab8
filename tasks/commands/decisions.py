"""Record what the funder decided, and correct what was recorded wrongly."""

from collections.abc import Callable
from dataclasses import replace

from models.commands.grants import Correct, Decide, GiveDates
from tasks.commands.acting import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.correct import correct_at_work
from tasks.commands.awards.record import decide_at_work
from tasks.commands.awards.word import check_word, funders_days
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.what_if import Consequences, act_and_compare
from tasks.commands.sums.sizes import unstated_instalments


def decide(work: GrantAtWork, said: Decide, acting: Acting) -> Consequences:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    before = funders_days(work)
    return _moved_by(
        work,
        lambda _: decide_at_work(work, said.decision, acting.by_id, acting.now),
        acting,
        lambda: check_word(work, before, said.decision.source),
    )


def correct(work: GrantAtWork, said: Correct, acting: Acting) -> Consequences:
    """Correct a decision that was recorded wrongly, or annul one that was never made."""
    before = funders_days(work)

    def check() -> None:
        if (
            not said.annulled
        ):  # what was never made has no number; the days go back to those of the paper before
            check_word(work, before, max(work.decisions, key=lambda one: one.id or 0).source)

    return _moved_by(work, lambda _: correct_at_work(work, said, acting.by_id, acting.now), acting, check)


def _moved_by(
    work: GrantAtWork, act: Callable[[GrantAtWork], str], acting: Acting, check: Callable[[], None]
) -> Consequences:
    """Return what a decision moves, with what none says yet; `check` refuses what it may not move."""
    moved, dates = act_and_compare(work, act, acting.by_id, check), work.programme.dates
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
