"""Move a step's date: our own freely, the funder's by the funder's word only."""

from datetime import date

from models.commands.paper import paper_of
from models.commands.steps import Extend
from models.errors import BadInput, Refused
from models.events import GrantEvent
from models.facts.receipt import our_choice, term
from models.reading.personal_number import refuse_personal_numbers
from models.rules.dates.extension import (
    FunderWord,
    Grounds,
    Whose,
    build_extended_source,
    decide_word,
    find_waiting_before,
    first_due_on,
)
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork, add_notice, step_has_come
from tasks.commands.at_work.lookup import next_above
from tasks.commands.awards.funder_dates import tell_manager, whose_date_of
from tasks.commands.command_faults import Refusal
from tasks.commands.evidence import keep_evidence
from tasks.commands.replan.preview import Consequences, act_and_compare


def extend_step(work: GrantAtWork, step: Step, command: Extend, acting: Acting) -> Consequences:
    """Move the due date of a step that is not settled; return what moves.

    If the funder only said so by telephone the date stays, and the call is noted. The owner's
    manager is told either way. Raises Refused if the step has that date already, if our date would
    come after a step that waits for it, or if a funder's date moves without the funder's word.
    Raises BadInput for a day on the wrong side of today, and for a change without a reason.
    """
    paper = paper_of(command)
    _check(work, command, paper)
    whose = whose_date_of(work, step)
    word = decide_word(Grounds(paper, command.told_by, command.told_on), whose)
    if word is FunderWord.NONE:
        raise Refused(Refusal.FUNDERS_DATE(step=step.key, reason=word))
    if word is FunderWord.OWN and (command.paper.strip() or command.told_by.strip()):
        raise BadInput(Refusal.OUR_DATE(step=step.key))
    if word is FunderWord.CALL:
        return act_and_compare(work, lambda _: _note_call(work, step, command, acting), acting.by_id)
    if word is FunderWord.PAPER:
        source = build_extended_source(paper, command.reason, work.today)
        detail = {"paper": paper}
    else:
        source = our_choice(command.reason, command.reason)
        detail = {}
    if step.fixed_due_on == command.to_on and _why(step.fixed_due_source) == _why(source):
        raise Refused(Refusal.EXTENDED_ALREADY(step=step.key, day=command.to_on))
    was = step.due_on

    def move(work: GrantAtWork) -> str:
        step.fixed_due_on = command.to_on
        step.fixed_due_source = source
        step.said_due_on = step.said_due_source = None
        to = command.to_on.isoformat()
        work.add_event(GrantEvent.STEP_EXTENDED, step, acting.by_id, to=to, reason=command.reason, **detail)
        keep_evidence(work, step, command.files, acting)
        return command.reason

    def tell() -> None:
        if word is FunderWord.OWN:
            _settle_ours(work, step, command, was, acting.by_id)
        elif was is not None:
            if whose is Whose.FUNDERS:
                step.was_due_on = first_due_on(step, was)
            tell_manager(work, step, was, acting.by_id, note=command.reason, paper=paper)

    return act_and_compare(work, move, acting.by_id, tell)


def _settle_ours(work: GrantAtWork, step: Step, command: Extend, was: date | None, by_id: int | None) -> None:
    """Raise Refused if a date of ours comes after one that waits for it; tell the owner's manager."""
    waiting = [work.steps[key] for key, needs in work.all_needs().items() if step in needs]
    late = find_waiting_before(step, waiting, was)
    if late is not None:
        raise Refused(Refusal.WAITED_FOR(step=step.key, waiting=late.key, day=late.due_on, to=step.due_on))
    above = next_above(work, step, by_id or 0)
    if was is None or above is None or not step_has_come(work, step):
        return
    detail: dict[str, object] = {"by": by_id, "note": command.reason, "from": was.isoformat()}
    detail["to"] = step.due_on.isoformat() if step.due_on else None
    add_notice(work, step, NoticeKind.MOVED, f"moved-{step.version}-manager", above, **detail)


def _check(work: GrantAtWork, command: Extend, paper: str) -> None:
    if command.to_on < work.today:
        raise BadInput(Refusal.DATE_PASSED(day=command.to_on))
    if not command.reason.strip():
        raise BadInput(Refusal.WHY_MOVED())
    if command.told_on is not None and command.told_on > work.today:
        raise BadInput(Refusal.CALL_TO_COME(day=command.told_on))
    refuse_personal_numbers(reason=command.reason, paper=paper, told_by=command.told_by)


def _why(source: object) -> object:
    """Return a source's content, whenever it was given."""
    if not isinstance(source, dict):
        return source
    return {name: value for name, value in source.items() if name != "on"}


def _note_call(work: GrantAtWork, step: Step, command: Extend, acting: Acting) -> str:
    """Note the day to which the funder extends a date by word of mouth; the old day holds until a paper comes.

    Nothing moves, so the owner hears of it here, with the manager.
    """
    step.said_due_on = command.to_on
    step.said_due_source = term("call", on=command.told_on, by=command.told_by.strip())
    to = command.to_on.isoformat()
    by_id = acting.by_id
    call = {"told_by": command.told_by.strip(), "told_on": command.told_on and command.told_on.isoformat()}
    work.add_event(GrantEvent.EXTENSION_SAID, step, by_id, to=to, reason=command.reason, **call)
    if step.due_on is None or not step_has_come(work, step):
        return command.reason
    rung = f"extension-said-{command.to_on}-{work.today}"
    detail: dict[str, object] = {
        "by": by_id,
        "note": command.reason,
        "from": step.due_on.isoformat(),
        "to": to,
    }
    for person_id in (next_above(work, step, by_id or 0), step.owner_id):
        if person_id is not None and person_id != by_id:
            add_notice(work, step, NoticeKind.EXTENDED, rung, person_id, **detail, **call)
    return command.reason
