"""Write an answer down, and let it act on its step: settle it, put it off, hand it over, send it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.errors import AnswerRefused
from models.tables.person import Person
from models.tables.step import Answer, Step
from models.vocabulary import SETTLING, UNSETTLED, AnswerKind, NoticeKind, Role, StepStatus
from tasks.commands.at_work.grant import (
    GrantAtWork,
    add_draft,
    approvals_of,
    find_person,
    report_of,
)
from tasks.commands.at_work.outside_figures import ask_again_later
from tasks.commands.at_work.people import next_above, reachable_owner
from tasks.commands.files.approved import ApprovedVersion, approve_made
from tasks.commands.files.documents import add_document, answer_documents
from tasks.commands.files.drafts import drop_drafts, drop_own_draft
from tasks.commands.files.file_store import StoredFile
from tasks.commands.files.sent import note_sent
from tasks.grants.acts.returns import return_report
from tasks.grants.acts.withdrawals import withdraw_approval
from tasks.people.notices import revoke_notices


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """What a person says about a step; `data` answers its questions by key, `colleague` goes with "not me".

    `paper_on` is the day of the paper, today unless it is given: of the minutes or the letter that an approval, a
    return or "not needed" stands on, or when what is done left or came; `report_version` is the version of the final
    report that an approver had in view, 0 for none.
    """

    kind: AnswerKind
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    expected_on: date | None = None
    colleague: str | None = None
    step_version: int | None = None
    paper_on: date | None = None
    report_version: int | None = None
    files: tuple[StoredFile, ...] = ()


def record_answer(
    work: GrantAtWork, step: Step, answer: AnswerInput, values: dict[str, Any], person: Person, now: datetime
) -> ApprovedVersion | None:
    """Write the answer down and let it act on the step; return the version that it approved. The caller replans."""
    colleague = find_person(work.session, answer.colleague) if answer.colleague else None
    said = Answer(
        step_id=step.id or 0,
        step_version=step.version,
        kind=answer.kind,
        by_id=person.id or 0,
        answered_on=work.today,
        answered_at=now,
        data=values,
        note=answer.note,
        expected_on=answer.expected_on,
        colleague_id=colleague.id if colleague else None,
    )
    work.session.add(said)
    work.session.flush()
    work.shared.forget()
    _keep_files(work, step, answer, said)
    step.version += 1
    return _take_effect(work, step, answer, said)


def _take_effect(work: GrantAtWork, step: Step, answer: AnswerInput, said: Answer) -> ApprovedVersion | None:
    paper_on, by_id = answer.paper_on or work.today, said.by_id
    match answer.kind:
        case AnswerKind.DONE | AnswerKind.NOTHING:
            _settle(work, step, said, paper_on)
        case AnswerKind.APPROVED:
            return _approve(work, step, answer, said, paper_on)
        case AnswerKind.NOT_NEEDED:
            _skip(work, step, said, paper_on)
        case AnswerKind.NOT_YET:
            _put_off(work, step, said)
        case AnswerKind.NOT_ME:
            _pass_to(work, step, said)
        case AnswerKind.RETURNED:
            return_report(work, step, by_id, said.note, paper_on)
        case AnswerKind.WITHDRAWN:
            withdraw_approval(work, step, by_id, said.note)
    return None


def _keep_files(work: GrantAtWork, step: Step, answer: AnswerInput, said: Answer) -> None:
    """Keep the answer's files; drafts of a step that is settled with it, or given away, are forgotten."""
    connection, step_id, by_id = work.session.connection(), said.step_id, said.by_id
    for file in answer.files:
        add_document(connection, step_id, file, by_id, said.answered_at)
    if answer.kind in SETTLING:
        for document in answer_documents(work.session, step, said.id or 0, by_id):
            detail = {"sha256": document.sha256, "document": document.id}
            work.happened("document_added", step, by_id, **detail)
        drop_drafts(connection, step_id)
    elif answer.kind is not AnswerKind.NOT_YET:
        drop_own_draft(connection, step_id, by_id)


def _settle(work: GrantAtWork, step: Step, said: Answer, paper_on: date) -> None:
    step.status, step.done_by_id, step.done_on = StepStatus.DONE, said.by_id, paper_on
    more: dict[str, object] = {"nothing": True} if said.kind is AnswerKind.NOTHING else {}
    if step.repays_minor is not None:
        more = {"repays_minor": step.repays_minor, "due_on": step.due_on and step.due_on.isoformat()}
    if said.kind is AnswerKind.DONE:
        ask_again_later(work, step)
    work.happened("step_done", step, said.by_id, **more, **_dated(work, "done_on", paper_on))
    note_sent(work, step, said.by_id, said.note)


def _approve(
    work: GrantAtWork, step: Step, answer: AnswerInput, said: Answer, paper_on: date
) -> ApprovedVersion | None:
    step.status, step.done_by_id, step.done_on = StepStatus.APPROVED, said.by_id, paper_on
    work.happened("step_approved", step, said.by_id, **_dated(work, "approved_on", paper_on))
    approved = approve_made(work, step, said.by_id, answer.report_version)
    _tell_approved(work, step, said.by_id, said.note)
    return approved


def _dated(work: GrantAtWork, name: str, paper_on: date) -> dict[str, str]:
    """Return the paper's day for the journal, where it is another than the day of the record."""
    return {name: str(paper_on)} if paper_on != work.today else {}


def _skip(work: GrantAtWork, step: Step, said: Answer, decided_on: date) -> None:
    """Let the step go as not needed, and with it the approvals of it: nobody approves what there is not."""
    step.status, step.done_on, step.done_by_id = StepStatus.SKIPPED, decided_on, said.by_id
    why = {"reason": said.note, **_dated(work, "decided_on", decided_on)}
    work.happened("step_not_needed", step, said.by_id, **why)
    for approval in approvals_of(work, step):
        if approval.status in UNSETTLED:
            approval.status, approval.done_on = StepStatus.SKIPPED, decided_on
            approval.version += 1
            work.happened("step_not_needed", approval, said.by_id, **why)


def _put_off(work: GrantAtWork, step: Step, said: Answer) -> None:
    """Note when the owner expects to be done; the next above is told where that is late."""
    expected_on = step.expected_on = said.expected_on
    expected = expected_on.isoformat() if expected_on else None
    work.happened("step_put_off", step, said.by_id, expected_on=expected)
    if expected_on is None or step.due_on is None or expected_on <= step.due_on:
        return
    manager = next_above(work, step, said.by_id)
    if manager is not None:
        detail = {"by": said.by_id, "note": said.note, "to": expected}
        add_draft(work, step, NoticeKind.PUT_OFF, f"put-off-{step.version}", manager, **detail)


def _tell_approved(work: GrantAtWork, step: Step, by_id: int, note: str) -> None:
    owner, report = work.roles.get(Role.COORDINATOR), report_of(work, step)
    approvals = approvals_of(work, report) if report else []
    if owner is not None and owner != by_id:
        left = [one.template_key for one in approvals if one.status in UNSETTLED]
        detail = {"by": by_id, "note": note, "of": len(approvals), "left": left}
        add_draft(work, step, NoticeKind.APPROVED, f"approved-{step.version}", owner, **detail)


def _pass_to(work: GrantAtWork, step: Step, said: Answer) -> None:
    """Hand the step to the named colleague, or to the owner's manager to place."""
    to_id = said.colleague_id or reachable_owner(work, Role.UNIT_MANAGER)
    if to_id is None or to_id == step.owner_id:
        raise AnswerRefused(f"{step.key}: name a colleague who takes it over")
    before, step.owner_id, step.owner_since_on = step.owner_id, to_id, work.today
    if before is not None and step.id is not None:
        revoke_notices(work.session.connection(), before, [step.id], said.answered_at)
    detail = {"from": before, "by": said.by_id}
    work.happened("step_handed_over", step, to_id, **detail)
    add_draft(work, step, NoticeKind.HANDED_OVER, f"handed-over-{step.version}", to_id, **detail)
