"""Record what the funder decided, and correct what was recorded wrongly."""

from collections.abc import Callable
from dataclasses import replace

from models.commands.decisions import Correct, Decide, GiveDates
from models.commands.paper import named_paper, paper_of
from models.errors import BadInput
from models.reading.personal_number import refuse_personal_numbers
from models.rules.dates.extension import Grounds
from models.tables.columns import id_of
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.correction import correct_at_work
from tasks.commands.awards.funder_dates import funders_days, hold_to_word
from tasks.commands.awards.record import decide_at_work, step_of_decision
from tasks.commands.command_faults import Refusal
from tasks.commands.evidence import keep_letter
from tasks.commands.files.drafts import drop_drafts
from tasks.commands.replan.date_notices import missing_dates
from tasks.commands.replan.preview import Consequences, act_and_compare
from tasks.commands.sums.instalment_sums import unstated_instalments


def decide(work: GrantAtWork, command: Decide, acting: Acting) -> Consequences:
    """Record a funder's decision: it sets the sum and the dates, and settles what waited for it."""
    before = funders_days(work)
    grounds = Grounds(paper_of(command))

    def record(work: GrantAtWork) -> str:
        why = decide_at_work(work, command.decision, acting.by_id, acting.now)
        keep_letter(work, command.files, acting)
        step = step_of_decision(work)
        if step is not None:
            drop_drafts(work.session.connection(), id_of(step))
        return why

    return _moved_by(work, record, acting, lambda: hold_to_word(work, before, grounds, acting.by_id))


def correct(work: GrantAtWork, command: Correct, acting: Acting) -> Consequences:
    """Correct a decision that was recorded wrongly, or annul one that was never made."""
    before = funders_days(work)
    source = str(command.said.get("source") or "")
    refuse_personal_numbers(told_by=command.told_by, source=source)
    if command.told_on is not None and command.told_on > work.today:
        raise BadInput(Refusal.CALL_TO_COME(day=command.told_on))

    def record(work: GrantAtWork) -> str:
        why = correct_at_work(work, command, acting.by_id, acting.now)
        keep_letter(work, command.files, acting)
        return why

    def check() -> None:
        # The last recorded decision holds now. An annulled one has no source of its own.
        number = source if command.annulled else max(work.decisions, key=id_of).source
        grounds = Grounds(named_paper(number, command.files), command.told_by, command.told_on)
        hold_to_word(work, before, grounds, acting.by_id, reason=command.reason, annuls=command.annulled)

    return _moved_by(work, record, acting, check)


def _moved_by(
    work: GrantAtWork, act: Callable[[GrantAtWork], str], acting: Acting, check: Callable[[], None]
) -> Consequences:
    """Return what a decision moves, and what no decision states yet; `check` refuses forbidden moves."""
    moved = act_and_compare(work, act, acting.by_id, check)
    dates = work.programme.dates
    unsaid = tuple((name, dates[name].title) for name in missing_dates(work))
    return replace(moved, unsaid=unsaid, unstated=tuple(number for number, _ in unstated_instalments(work)))


def give_dates(work: GrantAtWork, command: GiveDates, acting: Acting) -> Consequences:
    """Record the dates in a funder's letter: in the decision of its day, or as an amendment."""
    letter = command.letter
    same_day = [decision for decision in work.decisions if decision.decided_on == letter.decided_on]
    if not same_day:
        return decide(work, Decide(command.grant, letter), acting)
    changed = {"dates": letter.dates} | ({"source": letter.source} if letter.source else {})
    return correct(work, Correct(command.grant, letter.decided_on, same_day[0].kind, changed), acting)
