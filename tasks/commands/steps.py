"""Act on a step: done, not yet, not me, approve, return, withdraw, move its day."""

from dataclasses import dataclass, replace
from datetime import date

from models.commands.steps import ConfirmReading, Extend, FilePaper, StepAnswer, Undo, Withdraw
from models.errors import AnswerRefused, BadInput, Refused
from models.events import GrantEvent
from models.facts.receipt import event_source
from models.forms.faults import Fault
from models.reading.personal_number import refuse_personal_numbers
from models.tables.step import Step
from models.vocabulary import SETTLED, AnswerKind, StepStatus
from tasks.commands.actor import Acting, check_part
from tasks.commands.answers.judgement import judge_answer
from tasks.commands.answers.record import record_answer
from tasks.commands.answers.undo import undo_answer
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import find_step
from tasks.commands.command_faults import Answering, Refusal
from tasks.commands.evidence import keep_evidence
from tasks.commands.extensions import extend_step
from tasks.commands.replan.preview import NOTHING, Consequences, act_and_compare, compare_around
from tasks.commands.replan.replan import replan
from tasks.commands.replan.round_checks import tell_forecast


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """The result of an answer: the step's new status, and what a withdrawn approval moves."""

    status: StepStatus
    kind: AnswerKind
    expected_on: date | None = None
    moved: Consequences = NOTHING


def answer(work: GrantAtWork, command: StepAnswer, acting: Acting) -> AnswerOutcome:
    """Take a person's answer to a step; AnswerRefused or NotAllowed if the rules do not accept it."""
    step = find_step(work, command.step, command.kind)
    if command.version is not None and command.version != step.version:
        raise AnswerRefused(Answering.PAGE_CHANGED(step=step.key))
    values = judge_answer(work, step, command, acting)
    record_answer(work, step, command, values, acting)
    if command.kind is AnswerKind.DONE and step.period_end_on is not None:
        tell_forecast(work)
    return AnswerOutcome(step.status, command.kind, getattr(command, "expected_on", None))


def withdraw(work: GrantAtWork, command: Withdraw, acting: Acting) -> AnswerOutcome:
    """Take an approval back, as `answer` does."""
    done: list[AnswerOutcome] = []

    def take_back() -> None:
        done.append(answer(work, command, acting))
        replan(work)

    moved = compare_around(work, take_back)
    return replace(done[0], moved=moved)


def extend(work: GrantAtWork, command: Extend, acting: Acting) -> Consequences:
    """Move a step's due date (`extensions`); return what moves. Raises Refused for a settled step."""
    return extend_step(
        work, _unsettled_step(work, command.step, acting, Refusal.NOTHING_TO_EXTEND), command, acting
    )


def file_paper(work: GrantAtWork, command: FilePaper, acting: Acting) -> Consequences:
    """File papers with a settled step; nothing moves.

    Raises Refused for a step that is to be done, BadInput without a file, NotAllowed.
    """
    step = find_step(work, command.step)
    check_part(work, step, acting.by)
    if step.status not in SETTLED:
        raise Refused(Refusal.FILED_WITH_ANSWER(step=step.key))
    if not command.files:
        raise BadInput(Fault.NO_FILE())
    keep_evidence(work, step, command.files, acting)
    return NOTHING


def confirm_reading(work: GrantAtWork, command: ConfirmReading, acting: Acting) -> Consequences:
    """Let the reading with that day hold for the step; return what moves by it.

    Until then the earliest reading holds. The step's rule may give other days later: a confirmed
    day that is no longer a reading confirms nothing, and the question is open again. Raises Refused
    for a step that is settled or has only one reading, BadInput for a day that is no reading,
    NotAllowed.
    """
    step = _unsettled_step(work, command.step, acting, Refusal.NOTHING_TO_CONFIRM)
    readings = step.receipt.get("readings") or []
    note = command.note.strip()
    if not readings:
        raise Refused(Refusal.ONE_READING(step=step.key))
    if command.due_on.isoformat() not in readings:
        raise BadInput(Refusal.OTHER_READINGS(step=step.key, days=", ".join(readings), day=command.due_on))
    refuse_personal_numbers(note=note)

    def hold(work: GrantAtWork) -> str:
        step.confirmed_due_on = command.due_on
        step.confirmed_due_source = note or event_source("confirmed", work.today)
        to = command.due_on.isoformat()
        work.add_event(
            GrantEvent.READING_CONFIRMED, step, acting.by_id, to=to, reason=command.note, among=readings
        )
        return note

    return act_and_compare(work, hold, acting.by_id)


def undo(work: GrantAtWork, command: Undo, acting: Acting) -> None:
    """Undo what a letter confirmed; UndoRefused, with the reason, if it cannot be."""
    undo_answer(work, command.link_key, acting.now)


def _unsettled_step(work: GrantAtWork, key: str, acting: Acting, refusal: Refusal) -> Step:
    """Return a step whose date somebody with a part in it may move; otherwise raises the refusal."""
    step = find_step(work, key)
    check_part(work, step, acting.by)
    if step.status in SETTLED:
        raise Refused(refusal(step=step.key, status=step.status))
    return step
