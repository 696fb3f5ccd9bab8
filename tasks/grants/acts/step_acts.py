"""Take what people say about a step: done, not yet, not me, approved, returned, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, bindparam
from sqlmodel import col, select

from models.errors import AnswerRefused, AnswerUnreadable, GrantError, NotAllowed
from models.programme.step import StepRule
from models.reading.personal_number import refuse_personal_numbers
from models.rules.answers.accept import check_data, fields_of
from models.rules.answers.answer import AnswerDecision, AnswerReason, Asked, may_answer
from models.tables.person import Person
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import AnswerKind, StepKind, StepStatus
from tasks.commands.at_work.grant import (
    GrantAtWork,
    find_person,
    find_step,
    report_of,
    rule_of,
    unsettled,
)
from tasks.commands.at_work.people import allowed_people
from tasks.commands.files.approved import ApprovedVersion
from tasks.commands.files.file_store import Vault
from tasks.commands.files.sent import refuse_other_files
from tasks.commands.files.whole import refuse_harmed_files
from tasks.commands.replan.changes import grant_at_work
from tasks.grants.acts.given_answers import AnswerInput, record_answer
from tasks.grants.acts.odd_figures import refuse_odd_figures

# Made once: what an answer pays for is the making of its queries.
_FIGURES = (
    select(Figure.question, Figure.value)
    .where(col(Figure.step_id) == bindparam("step"))
    .order_by(col(Figure.id))
)
_ANSWERS = select(Answer.data).where(col(Answer.step_id) == bindparam("step")).order_by(col(Answer.id))


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
    """Return the values of the answered questions; raise what the rules say against the answer."""
    refuse_personal_numbers(note=answer.note)
    rule, reporter, needs = rule_of(work, step), report_of(work, step), work.needs_of(step)
    asked = Asked(
        answer.kind,
        person.id or 0,
        work.today,
        allowed_people(work, step, person),
        unsettled(needs),
        max((one.done_on for one in needs if one.done_on), default=None),
        reporter.done_by_id if reporter else None,
        answer.note,
        _documents_missing(work, step, rule, answer, person),
        optional=rule is not None and rule.optional,
        periodic=rule is not None and bool(rule.each and rule.questions),
        expected_on=answer.expected_on,
        paper_on=answer.paper_on,
    )
    decision = may_answer(step, asked)
    if not decision.allowed:
        raise _refusal(work, step, asked, decision, person)
    if answer.kind is not AnswerKind.DONE:
        return {}
    values = _read_values(work, step, rule, answer) if rule is not None else {}
    refuse_other_files(work, step, answer.files, person.id or 0, answer.note)
    return values


def _refusal(
    work: GrantAtWork, step: Step, asked: Asked, decision: AnswerDecision, person: Person
) -> GrantError:
    """Return why the answer is not accepted, in words."""
    reason, day = decision.reason, asked.paper_on or asked.today
    what = "an approval" if step.kind is StepKind.APPROVAL else "what was done"
    if asked.kind is AnswerKind.NOT_NEEDED:
        what = "the decision that it is not needed"
    match reason:
        case AnswerReason.NO_ROLE:
            return NotAllowed(f"{person.email} has no part in {step.key} of {work.grant.reference}")
        case AnswerReason.MONEY_STEP:
            command = "claim" if step.kind is StepKind.CLAIM else "paid"
            said = f"{step.key} is settled by 'grants {command}' on its instalment"
            return AnswerRefused(said, reason=reason)
        case AnswerReason.EXPECTED_PASSED:
            said = f"{step.key}: {asked.expected_on} has passed; say when it will be done"
            return AnswerUnreadable(said, reason=reason)
        case AnswerReason.PAPER_IN_FUTURE:
            return AnswerUnreadable(f"{step.key}: {what} on {day} lies in the future", reason=reason)
        case AnswerReason.PAPER_TOO_EARLY:
            said = f"{step.key}: {what} on {day} comes before what it follows ({asked.followed_on})"
            return AnswerUnreadable(said, reason=reason)
        case _:
            detail = f": {decision.detail}" if decision.detail else ""
            return AnswerRefused(f"{step.key}: {_REASONS[reason]}{detail}", reason=reason)


def _read_values(work: GrantAtWork, step: Step, rule: StepRule, answer: AnswerInput) -> dict[str, Any]:
    """Return what is answered, with what was known before; raise for what does not fit the step."""
    has_source = work.programme.figures is not None and work.grant.figures_file is not None
    given = {**_known_answers(work, step, rule), **answer.data}
    values, problems = check_data(rule.questions, given, work.grant.currency, has_source=has_source)
    if problems:
        raise AnswerUnreadable("; ".join(problems))
    refuse_odd_figures(work, step, rule, values)
    return values


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


def _known_answers(work: GrantAtWork, step: Step, rule: StepRule) -> dict[str, Any]:
    """Return what is known of the step's questions: what was answered before, else what a source gave."""
    asked = {key for question in rule.questions for key in fields_of(question)}
    known: dict[str, Any] = dict(work.session.exec(_FIGURES, params={"step": step.id}).all())
    for data in work.session.exec(_ANSWERS, params={"step": step.id}):
        known |= data
    return {key: value for key, value in known.items() if key in asked}


_REASONS = {
    AnswerReason.ALREADY_DONE: "it is settled already",
    AnswerReason.OWN_REPORT: "whoever made the report cannot approve it",
    AnswerReason.NEEDS_FIRST: "it waits for",
    AnswerReason.NOT_YET_OPEN: "it cannot be answered yet",
    AnswerReason.NOT_DATED: "it has no date yet",
    AnswerReason.WRONG_KIND: "it takes another kind of answer",
    AnswerReason.NOT_PERIODIC: "only a follow-up of a period can have nothing to report",
    AnswerReason.NO_REASON: "say why (--note)",
    AnswerReason.NOT_APPROVED: "there is no approval to take back",
    AnswerReason.NOT_OPTIONAL: "the programme does not let it be skipped",
    AnswerReason.NO_DOCUMENT: "its documents are missing (--document KEY=FILE)",
}
