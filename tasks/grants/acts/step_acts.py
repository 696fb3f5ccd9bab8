"""Take what people say about a step: done, not yet, not me, approved, returned, withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, bindparam
from sqlmodel import col, select

from models.errors import AnswerRefused, AnswerUnreadable, NotAllowed
from models.people import Person
from models.rules.acceptance import Asked, Verdict, accept_answer, check_data, fields_of
from models.step import Answer, Document, Figure, Step
from models.step_rule import StepRule
from models.vocabulary import SETTLING, UNSETTLED, AnswerKind, NoticeKind, Role, StepKind, StepStatus
from tasks.grants.acts.odd_figures import refuse_odd_figures
from tasks.grants.acts.returns import return_report
from tasks.grants.acts.withdrawals import withdraw_approval
from tasks.grants.at_work.grant_at_work import (
    GrantAtWork,
    add_draft,
    approvals_of,
    find_person,
    find_step,
    report_of,
    rule_of,
    unsettled,
)
from tasks.grants.at_work.grant_people import allowed_people, next_above, reachable_owner
from tasks.grants.planning.changes import grant_at_work
from tasks.grants.vault.approved_versions import ApprovedVersion, approve_made
from tasks.grants.vault.document_vault import StoredFile, Vault
from tasks.grants.vault.documents import add_document, answer_documents
from tasks.grants.vault.drafts import drop_drafts, drop_own_draft
from tasks.grants.vault.sent_files import note_sent, refuse_other_files
from tasks.grants.vault.whole_files import refuse_harmed_files
from tasks.persons.notices import revoke_notices

# Made once: what an answer pays for is the making of its queries.
_FIGURES = (
    select(Figure.question, Figure.value)
    .where(col(Figure.step_id) == bindparam("step"))
    .order_by(col(Figure.id))
)
_ANSWERS = select(Answer.data).where(col(Answer.step_id) == bindparam("step")).order_by(col(Answer.id))


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """What a person says about a step; `data` answers its questions by key, `colleague` goes with "not me".

    `paper_on` is the day of the paper, today unless it is given: of the minutes or the letter that an approval or a
    return stands on, or when what is done left or came; `report_version` is the
    version of the final report that an approver had in view, 0 for none.
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


@dataclass(frozen=True, slots=True)
class Answered:
    """What an answer came to: the step's new status, and the version of the final report that it approved."""

    status: StepStatus
    approved: ApprovedVersion | None = None


def answer_step(
    engine: Engine,
    reference: str,
    step_key: str,
    answer: AnswerInput,
    *,
    by_email: str,
    today: date,
    now: datetime,
    vault: Vault | None = None,
) -> Answered:
    """Take a person's answer to a step; return what it came to. Without a vault no kept file is looked at.

    Raises AnswerRefused or NotAllowed with the reason when the rules do not accept it.
    """
    with grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email)
        step = find_step(work, step_key, answer.kind)
        if answer.step_version is not None and answer.step_version != step.version:
            raise AnswerRefused(f"{step.key} has changed since the page was opened; open it again")
        values = _judge(work, step, answer, person)
        if vault is not None:
            refuse_harmed_files(work, step, answer.kind, answer.files, person.id or 0, vault)
        approved = record_answer(work, step, answer, values, person, now)
        return Answered(step.status, approved)


def _judge(work: GrantAtWork, step: Step, answer: AnswerInput, person: Person) -> dict[str, Any]:
    rule = rule_of(work, step)
    values: dict[str, Any] = {}
    if answer.kind is AnswerKind.NOTHING and not (rule and rule.each and rule.questions):
        raise AnswerRefused(f"{step.key}: only a follow-up of a period can have nothing to report")
    if answer.kind is AnswerKind.DONE and rule is not None:
        has_source = work.programme.figures is not None and work.grant.figures_file is not None
        given = {**known_answers(work, step, rule), **answer.data}
        values, problems = check_data(rule.questions, given, work.grant.currency, has_source=has_source)
        if problems and step.status in UNSETTLED:
            raise AnswerUnreadable("; ".join(problems))
        if step.status in UNSETTLED:
            refuse_odd_figures(work, step, rule, values)
    if step.kind in (StepKind.CLAIM, StepKind.PAYMENT) and answer.kind is AnswerKind.DONE:
        command = "claim" if step.kind is StepKind.CLAIM else "paid"
        raise AnswerRefused(f"{step.key} is settled by 'grants {command}' on its instalment")
    if answer.kind is AnswerKind.NOT_YET and answer.expected_on and answer.expected_on < work.today:
        raise AnswerUnreadable(f"{step.key}: {answer.expected_on} has passed; say when it will be done")
    reporter = report_of(work, step)
    if answer.kind is AnswerKind.DONE and step.status in UNSETTLED:
        refuse_other_files(work, step, answer.files, person.id or 0, answer.note)
    asked = Asked(
        answer.kind,
        person.id or 0,
        work.today,
        allowed_people(work, step, person),
        unsettled(work.needs_of(step)),
        reporter.done_by_id if reporter else None,
        answer.note,
        _documents_missing(work, step, rule, answer, person),
        rule is not None and rule.optional,
    )
    verdict = accept_answer(step, asked)
    if verdict.accepted:
        if answer.kind is AnswerKind.APPROVED or answer.paper_on is not None:
            _check_day(work, step, answer.paper_on or work.today)
        return values
    if verdict.verdict is Verdict.NO_ROLE:
        raise NotAllowed(f"{person.email} has no part in {step.key} of {work.grant.reference}")
    raise AnswerRefused(
        f"{step.key}: {VERDICTS[verdict.verdict]}{f': {verdict.detail}' if verdict.detail else ''}"
    )


def _check_day(work: GrantAtWork, step: Step, paper_on: date) -> None:
    """Raise AnswerUnreadable for a paper of a day to come, or before what it follows was there."""
    what = "an approval" if step.kind is StepKind.APPROVAL else "what was done"
    before = max((one.done_on for one in work.needs_of(step) if one.done_on), default=paper_on)
    if paper_on > work.today:
        raise AnswerUnreadable(f"{step.key}: {what} on {paper_on} lies in the future")
    if paper_on < before:
        raise AnswerUnreadable(
            f"{step.key}: {what} on {paper_on} comes before what it follows ({before})", before=before
        )


def _dated(work: GrantAtWork, name: str, answer: AnswerInput) -> dict[str, str]:
    """Return the paper's day for the journal, where it is another than the day of the record."""
    other = answer.paper_on not in (None, work.today)
    return {name: str(answer.paper_on)} if other else {}


def _documents_missing(
    work: GrantAtWork, step: Step, rule: StepRule | None, answer: AnswerInput, person: Person
) -> list[str]:
    """Return the keys of the documents that the step needs, and that neither the answer nor an earlier one brings."""
    known = {one.key: one for one in rule.documents} if rule else {}
    for file in answer.files:
        if file.document is not None and file.document not in known:
            there = ", ".join(known) or "none"
            raise AnswerUnreadable(f"{step.key} asks for no document '{file.document}'; it asks for: {there}")
    if not known:
        return []
    kept = work.session.exec(
        select(Document.document).where(
            Document.step_id == step.id,
            col(Document.answer_id).is_not(None) | (Document.added_by_id == person.id),
        )
    )
    brought = {*kept, *(file.document for file in answer.files)}
    return [key for key, one in known.items() if one.required and key not in brought]


def known_answers(work: GrantAtWork, step: Step, rule: StepRule) -> dict[str, Any]:
    """Return what is known of the step's questions: what was answered before, else what a source gave."""
    asked = {key for question in rule.questions for key in fields_of(question)}
    known: dict[str, Any] = dict(work.session.exec(_FIGURES, params={"step": step.id}).all())
    for data in work.session.exec(_ANSWERS, params={"step": step.id}):
        known |= data
    return {key: value for key, value in known.items() if key in asked}


VERDICTS = {
    Verdict.ALREADY_DONE: "it is settled already",
    Verdict.OWN_REPORT: "whoever made the report cannot approve it",
    Verdict.NEEDS_FIRST: "it waits for",
    Verdict.NOT_YET_OPEN: "it cannot be answered yet",
    Verdict.NOT_DATED: "it has no date yet",
    Verdict.WRONG_KIND: "it takes another kind of answer",
    Verdict.NO_REASON: "say why (--note)",
    Verdict.NOT_APPROVED: "there is no approval to take back",
    Verdict.NOT_OPTIONAL: "the programme does not let it be skipped",
    Verdict.NO_DOCUMENT: "its documents are missing (--document KEY=FILE)",
}


def record_answer(
    work: GrantAtWork, step: Step, answer: AnswerInput, values: dict[str, Any], person: Person, now: datetime
) -> ApprovedVersion | None:
    """Write the answer down and let it act on the step; return the version that it approved. The caller replans."""
    colleague = find_person(work.session, answer.colleague) if answer.colleague else None
    by_id = person.id or 0
    said = Answer(
        step_id=step.id or 0,
        step_version=step.version,
        kind=answer.kind,
        by_id=by_id,
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
    _keep_files(work, step, answer, said.id or 0, by_id, now)
    step.version += 1
    match answer.kind:
        case AnswerKind.DONE | AnswerKind.NOTHING:
            step.status, step.done_by_id = StepStatus.DONE, by_id
            step.done_on = answer.paper_on or work.today
            more: dict[str, object] = {"nothing": True} if answer.kind is AnswerKind.NOTHING else {}
            if step.repays_minor is not None:
                more = {"repays_minor": step.repays_minor, "due_on": step.due_on and step.due_on.isoformat()}
            work.happened("step_done", step, by_id, **more, **_dated(work, "done_on", answer))
            note_sent(work, step, by_id, answer.note)
        case AnswerKind.APPROVED:
            step.status, step.done_by_id = StepStatus.APPROVED, by_id
            step.done_on = answer.paper_on or work.today
            work.happened("step_approved", step, by_id, **_dated(work, "approved_on", answer))
            approved = approve_made(work, step, by_id, answer.report_version)
            _tell_approved(work, step, by_id, answer.note)
            return approved
        case AnswerKind.NOT_NEEDED:
            _skip(work, step, by_id, answer.note)
        case AnswerKind.NOT_YET:
            step.expected_on = answer.expected_on
            expected = answer.expected_on.isoformat() if answer.expected_on else None
            work.happened("step_put_off", step, by_id, expected_on=expected)
            _tell_put_off(work, step, by_id, answer)
        case AnswerKind.NOT_ME:
            _pass_to(work, step, by_id, colleague, now)
        case AnswerKind.RETURNED:
            return_report(work, step, by_id, answer.note, answer.paper_on or work.today)
        case AnswerKind.WITHDRAWN:
            withdraw_approval(work, step, by_id, answer.note)
    return None


def _keep_files(
    work: GrantAtWork, step: Step, answer: AnswerInput, answer_id: int, by_id: int, now: datetime
) -> None:
    """Keep the answer's files; drafts of a step that is settled with it, or given away, are forgotten."""
    connection, step_id = work.session.connection(), step.id or 0
    for file in answer.files:
        add_document(connection, step_id, file, by_id, now)
    if answer.kind in SETTLING:
        for document in answer_documents(work.session, step, answer_id, by_id):
            detail = {"sha256": document.sha256, "document": document.id}
            work.happened("document_added", step, by_id, **detail)
        drop_drafts(connection, step_id)
    elif answer.kind is not AnswerKind.NOT_YET:
        drop_own_draft(connection, step_id, by_id)


def _skip(work: GrantAtWork, step: Step, by_id: int, reason: str) -> None:
    """Let the step go as not needed, and with it the approvals of it: nobody approves what there is not."""
    step.status, step.done_on, step.done_by_id = StepStatus.SKIPPED, work.today, by_id
    work.happened("step_not_needed", step, by_id, reason=reason)
    for approval in approvals_of(work, step):
        if approval.status in UNSETTLED:
            approval.status, approval.done_on = StepStatus.SKIPPED, work.today
            approval.version += 1
            work.happened("step_not_needed", approval, by_id, reason=reason)


def _tell_put_off(work: GrantAtWork, step: Step, by_id: int, answer: AnswerInput) -> None:
    """Tell the next above that the owner expects to be late."""
    if answer.expected_on is None or step.due_on is None or answer.expected_on <= step.due_on:
        return
    manager = next_above(work, step, by_id)
    if manager is not None:
        detail = {"by": by_id, "note": answer.note, "to": answer.expected_on.isoformat()}
        add_draft(work, step, NoticeKind.PUT_OFF, f"put-off-{step.version}", manager, **detail)


def _tell_approved(work: GrantAtWork, step: Step, by_id: int, note: str) -> None:
    owner, report = work.roles.get(Role.COORDINATOR), report_of(work, step)
    approvals = approvals_of(work, report) if report else []
    if owner is not None and owner != by_id:
        left = [one.template_key for one in approvals if one.status in UNSETTLED]
        detail = {"by": by_id, "note": note, "of": len(approvals), "left": left}
        add_draft(work, step, NoticeKind.APPROVED, f"approved-{step.version}", owner, **detail)


def _pass_to(work: GrantAtWork, step: Step, by_id: int, colleague: Person | None, now: datetime) -> None:
    """Hand the step to the named colleague, or to the owner's manager to place."""
    to_id = colleague.id if colleague else reachable_owner(work, Role.UNIT_MANAGER)
    if to_id is None or to_id == step.owner_id:
        raise AnswerRefused(f"{step.key}: name a colleague who takes it over")
    before, step.owner_id, step.owner_since_on = step.owner_id, to_id, work.today
    if before is not None and step.id is not None:
        revoke_notices(work.session.connection(), before, [step.id], now)
    work.happened("step_handed_over", step, to_id, **{"from": before, "by": by_id})
    rung = f"handed-over-{step.version}"
    add_draft(work, step, NoticeKind.HANDED_OVER, rung, to_id, **{"from": before, "by": by_id})
