"""Move a step's date: our own freely, the funder's by the funder's word only."""

from datetime import date

from models.commands.steps import Extend
from models.errors import BadInput, Refused
from models.facts.receipt import our_choice, term
from models.reading.plain_text import refuse_personal_numbers
from models.rules.dates.whose import Grounds, Word, decide_word, extended_source, waits_before
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.commands.acting import Acting
from tasks.commands.at_work.find import next_above
from tasks.commands.at_work.grant import GrantAtWork, add_notice, step_has_come
from tasks.commands.awards.word import is_our_date
from tasks.commands.files.documents import add_document
from tasks.commands.messages import Refusal
from tasks.commands.replan.what_if import Consequences, act_and_compare


def extend_step(work: GrantAtWork, step: Step, said: Extend, acting: Acting) -> Consequences:
    """Move the due date of a step that is not settled; return what moves.

    Where the funder only said so by telephone the date stays, and what was said is noted. The owner's manager is told
    either way. Raises Refused where the step has that date already, where a date of ours would come after one that
    waits for it, or without the funder's word for one of theirs; BadInput for a day that has passed or is to come, or
    a change without a reason.
    """
    _check(work, said)
    word = decide_word(Grounds(said.evidence, said.told_by, said.told_on), ours=is_our_date(work, step))
    if word is Word.NONE:
        raise Refused(Refusal.FUNDERS_DATE(step=step.key))
    if word is Word.CALL:
        return act_and_compare(work, lambda _: _note_call(work, step, said, acting), acting.by_id)
    if word is Word.PAPER:
        source, detail = extended_source(step, said.evidence, said.reason, work.today), _paper(said)
    else:
        source, detail = our_choice(said.reason, said.reason), {}
    if step.fixed_due_on == said.to_on and _why(step.fixed_due_source) == _why(source):
        raise Refused(Refusal.EXTENDED_ALREADY(step=step.key, day=said.to_on))
    was = step.due_on

    def move(work: GrantAtWork) -> str:
        step.fixed_due_on, step.fixed_due_source = said.to_on, source
        step.said_due_on = step.said_due_source = None
        to = said.to_on.isoformat()
        work.happened("step_extended", step, acting.by_id, to=to, reason=said.reason, **detail)
        _keep_files(work, step, said, acting)
        return said.reason

    def tell() -> None:
        if word is Word.OWN and (late := waits_before(step, _waiting(work, step), was)) is not None:
            raise Refused(
                Refusal.WAITED_FOR(step=step.key, waiting=late.key, day=late.due_on, to=step.due_on)
            )
        _tell_of_extension(work, step, said, was, acting.by_id, word)

    return act_and_compare(work, move, acting.by_id, tell)


def _check(work: GrantAtWork, said: Extend) -> None:
    if said.to_on < work.today:
        raise BadInput(Refusal.DATE_PASSED(day=said.to_on))
    if not said.reason.strip():
        raise BadInput(Refusal.WHY_MOVED())
    if said.told_on is not None and said.told_on > work.today:
        raise BadInput(Refusal.CALL_TO_COME(day=said.told_on))
    refuse_personal_numbers(reason=said.reason, paper=said.evidence, told_by=said.told_by)


def _keep_files(work: GrantAtWork, step: Step, said: Extend, acting: Acting) -> None:
    """Keep the funder's letter with the grant, as evidence of the new date."""
    for file in said.files:
        added = add_document(
            work.session.connection(),
            step.id or 0,
            file,
            acting.by_id,
            acting.now,
            evidence_on=work.today,
        )
        work.happened("document_added", step, acting.by_id, sha256=file.sha256, document=added)


def _why(source: object) -> object:
    """Return what a source says, whenever it was said."""
    if not isinstance(source, dict):
        return source
    return {name: one for name, one in source.items() if name not in ("on", "was")}


def _waiting(work: GrantAtWork, step: Step) -> list[Step]:
    """Return the steps that wait for a step."""
    return [work.steps[key] for key, needs in work.all_needs().items() if step in needs]


def _note_call(work: GrantAtWork, step: Step, said: Extend, acting: Acting) -> str:
    """Note to which day the funder extends a date, as somebody there said: until paper is there the old one holds."""
    step.said_due_on = said.to_on
    step.said_due_source = term("call", on=said.told_on, by=said.told_by.strip())
    to = said.to_on.isoformat()
    work.happened("extension_said", step, acting.by_id, to=to, reason=said.reason, **_call(said))
    _tell_of_extension(work, step, said, step.due_on, acting.by_id, Word.CALL)
    return said.reason


def _paper(said: Extend) -> dict[str, object]:
    return {"paper": said.evidence}


def _call(said: Extend) -> dict[str, object]:
    return {"told_by": said.told_by.strip(), "told_on": said.told_on and said.told_on.isoformat()}


def _tell_of_extension(
    work: GrantAtWork, step: Step, said: Extend, was: date | None, by_id: int | None, word: Word
) -> None:
    """Tell the owner's manager that a date has moved, or is said to, and by what word; of a call the owner too."""
    if was is None or not step_has_come(work, step):
        return
    kind, to = NoticeKind.EXTENDED, step.due_on
    detail: dict[str, object] = {"by": by_id, "note": said.reason, "from": was.isoformat()}
    told = [next_above(work, step, by_id or 0)]
    match word:
        case Word.PAPER:
            rung = f"extended-{said.to_on}-{work.today}"
            detail |= _paper(said)
        case Word.CALL:
            rung, to = f"extension-said-{said.to_on}-{work.today}", said.to_on
            detail |= _call(said)
            told.append(step.owner_id)  # of a day that moves they hear by that
        case _:
            kind, rung = NoticeKind.MOVED, f"moved-{step.version}-manager"
    detail["to"] = to.isoformat() if to else None
    for person_id in told:
        if person_id is not None and person_id != by_id:
            add_notice(work, step, kind, rung, person_id, **detail)
