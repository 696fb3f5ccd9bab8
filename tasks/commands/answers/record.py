"""Record an answer, and let it act on its step: done, put off, handed over, returned."""

from datetime import date

from models.commands.steps import (
    Answer,
    Approve,
    DatedAnswer,
    NothingToReport,
    NotMe,
    NotNeeded,
    NotYet,
    Return,
    StepAnswer,
    Withdraw,
)
from models.errors import AnswerRefused
from models.events import GrantEvent
from models.rules.dates.plan import calendar_of
from models.rules.notices.quiet_days import find_last_promise, find_quiet_until
from models.rules.steps.needs import is_read_first
from models.tables.columns import id_of
from models.tables.step import Answer as AnswerRow
from models.tables.step import Step
from models.vocabulary import SETTLING, UNSETTLED, AnswerKind, NoticeKind, Role, StepStatus
from tasks.commands.actor import Acting
from tasks.commands.answers.returns import return_report
from tasks.commands.answers.withdrawals import withdraw_approval
from tasks.commands.at_work.grant import GrantAtWork, add_notice, paper_detail, tell_handed_over
from tasks.commands.at_work.lookup import (
    approvals_of,
    ask_again_later,
    find_person,
    next_above,
    reachable_owner,
)
from tasks.commands.at_work.step_state import settle
from tasks.commands.command_faults import Answering
from tasks.commands.files.approved_version import approve_made, note_sent
from tasks.commands.files.drafts import add_document, answer_documents, drop_drafts, drop_own_draft
from tasks.people.drafts import pass_drafts
from tasks.people.notices import revoke_notices


def record_answer(
    work: GrantAtWork, step: Step, command: StepAnswer, values: dict[str, object], acting: Acting
) -> None:
    """Record the answer and let it act on the step; the caller replans."""
    colleague = (
        find_person(work.session, command.colleague)
        if isinstance(command, NotMe) and command.colleague
        else None
    )
    row = {
        "step_id": id_of(step),
        "step_version": step.version,
        "kind": command.kind,
        "by_id": id_of(acting.by),
        "answered_on": work.today,
        "answered_at": acting.now,
        "data": _minutes(command) if isinstance(command, Approve) else values,
        "note": command.note,
        "expected_on": command.expected_on if isinstance(command, NotYet) else None,
        "colleague_id": colleague.id if colleague else None,
    }
    (answer,) = work.add(AnswerRow, [row])
    work.record.batch.forget("told")
    _keep_files(work, step, command, answer)
    _take_effect(work, step, command, answer, acting)


def _take_effect(
    work: GrantAtWork, step: Step, command: StepAnswer, answer: AnswerRow, acting: Acting
) -> None:
    by_id = answer.by_id
    paper_on = (command.decided_on if isinstance(command, DatedAnswer) else None) or work.today
    match command:
        case Answer() | NothingToReport():
            _settle(work, step, answer, paper_on, acting)
        case Approve():
            _approve(work, step, command, by_id, paper_on)
        case NotNeeded():
            _skip(work, step, answer, paper_on)
        case NotYet():
            _put_off(work, step, answer)
        case NotMe():
            _pass_to(work, step, answer)
        case Return():
            return_report(work, step, by_id, command, paper_on)
        case Withdraw():
            withdraw_approval(work, step, by_id, command.note)


def _keep_files(work: GrantAtWork, step: Step, command: StepAnswer, answer: AnswerRow) -> None:
    """Keep the answer's files; drop the drafts of a step that is settled with it."""
    connection = work.session.connection()
    step_id = answer.step_id
    by_id = answer.by_id
    for file in command.files:
        add_document(connection, step_id, file, by_id, answer.answered_at)
    if command.kind in (*SETTLING, AnswerKind.RETURNED):
        for document in answer_documents(work.session, step, id_of(answer), by_id):
            detail = {"sha256": document.sha256, "document": document.id}
            work.add_event(GrantEvent.DOCUMENT_ADDED, step, by_id, **detail)
        drop_drafts(connection, step_id)
    elif command.kind not in (AnswerKind.NOT_YET, AnswerKind.NOT_ME):
        drop_own_draft(connection, step_id, by_id)


def _settle(work: GrantAtWork, step: Step, answer: AnswerRow, paper_on: date, acting: Acting) -> None:
    settle(step, StepStatus.DONE, paper_on, answer.by_id)
    more: dict[str, object] = {"nothing": True} if answer.kind is AnswerKind.NOTHING else {}
    if step.repays_minor is not None:
        more = {"repays_minor": step.repays_minor, "due_on": step.due_on and step.due_on.isoformat()}
    if answer.kind is AnswerKind.DONE:
        ask_again_later(work, step)
    more |= acting.link_detail
    work.add_event(GrantEvent.STEP_DONE, step, answer.by_id, **more, **paper_detail(work, paper_on))
    note_sent(work, step, answer.by_id)


def _approve(work: GrantAtWork, step: Step, command: Approve, by_id: int, paper_on: date) -> None:
    settle(step, StepStatus.APPROVED, paper_on, by_id)
    work.add_event(GrantEvent.STEP_APPROVED, step, by_id, **_minutes(command), **paper_detail(work, paper_on))
    rule = work.record.rule_of(step)
    is_last = rule is None or not is_read_first(rule, work.programme)
    approve_made(work, step, by_id, command.report_version, is_last=is_last)
    if is_last:
        _tell_approved(work, step, by_id, command.note)


def _minutes(command: Approve) -> dict[str, object]:
    """Return how a body decided: by which paragraph, confirmed at once, or by delegation."""
    details = {
        "paragraph": command.paragraph.strip(),
        "at_once": command.at_once,
        "delegated": command.delegated_on is not None,
    }
    return {name: value for name, value in details.items() if value}


def _skip(work: GrantAtWork, step: Step, answer: AnswerRow, decided_on: date) -> None:
    """Skip the step as not needed, and its approvals with it."""
    approvals = [approval for approval in approvals_of(work, step) if approval.status in UNSETTLED]
    why = {"reason": answer.note, **paper_detail(work, decided_on)}
    for skipped in (step, *approvals):
        settle(skipped, StepStatus.SKIPPED, decided_on, answer.by_id)
        work.add_event(GrantEvent.STEP_NOT_NEEDED, skipped, answer.by_id, **why)


def _put_off(work: GrantAtWork, step: Step, answer: AnswerRow) -> None:
    """Note when the owner expects to be done, and the day up to which that is accepted; tell the manager if late."""
    step.version += 1
    expected_on = step.expected_on = answer.expected_on
    last = find_last_promise(step, work.programme.promise_working_days, calendar_of(work.programme))
    step.promised_on = find_quiet_until(expected_on, last) or step.promised_on
    expected = expected_on.isoformat() if expected_on else None
    work.add_event(GrantEvent.STEP_PUT_OFF, step, answer.by_id, expected_on=expected)
    if expected_on is None or step.due_on is None or expected_on <= step.due_on:
        return
    manager = next_above(work, step, answer.by_id)
    if manager is not None:
        detail = {"by": answer.by_id, "note": answer.note, "to": expected}
        add_notice(work, step, NoticeKind.PUT_OFF, f"put-off-{step.version}", manager, **detail)


def _tell_approved(work: GrantAtWork, step: Step, by_id: int, note: str) -> None:
    owner = work.roles.get(Role.COORDINATOR)
    report = work.report_of(step)
    approvals = approvals_of(work, report) if report else []
    if owner is not None and owner != by_id:
        left = [approval.template_key for approval in approvals if approval.status in UNSETTLED]
        detail = {"by": by_id, "note": note, "of": len(approvals), "left": left}
        add_notice(work, step, NoticeKind.APPROVED, f"approved-{step.version}", owner, **detail)


def _pass_to(work: GrantAtWork, step: Step, answer: AnswerRow) -> None:
    """Hand the step to the named colleague, or to the owner's manager to place."""
    to_id = answer.colleague_id or reachable_owner(work, Role.UNIT_MANAGER)
    if to_id is None or to_id == step.owner_id:
        raise AnswerRefused(Answering.NAME_A_COLLEAGUE(step=step.key))
    before = step.owner_id
    step.version += 1
    step.owner_id = to_id
    step.owner_since_on = work.today
    connection = work.session.connection()
    for person_id in {one for one in (before, answer.by_id) if one is not None}:
        pass_drafts(connection, person_id, [id_of(step)], to_id)
    if before is not None and step.id is not None:
        revoke_notices(connection, before, [step.id], answer.answered_at)
    work.add_event(GrantEvent.STEP_HANDED_OVER, step, to_id, **{"from": before, "by": answer.by_id})
    tell_handed_over(work, step, before, to_id, answer.by_id)
