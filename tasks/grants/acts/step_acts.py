"""Take what people say about a step: done, not yet, not me, approved, returned, withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, bindparam
from sqlmodel import col, select

from models.errors import AnswerRefused, AnswerUnreadable, NotAllowed
from models.programme.step import StepRule
from models.reading.personal_number import refuse_personal_numbers
from models.rules.answers.accept import Asked, Verdict, accept_answer, check_data, fields_of
from models.tables.person import Person
from models.tables.step import Answer, Document, Figure, Step
from models.vocabulary import UNSETTLED, AnswerKind, StepKind, StepStatus
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
    rule, done = rule_of(work, step), answer.kind is AnswerKind.DONE
    values = _read_values(work, step, rule, answer) if done and rule is not None else {}
    _refuse_unfit(work, step, rule, answer)
    if done and step.status in UNSETTLED:
        refuse_other_files(work, step, answer.files, person.id or 0, answer.note)
    reporter = report_of(work, step)
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
            _check_day(work, step, answer.kind, answer.paper_on or work.today)
        return values
    if verdict.verdict is Verdict.NO_ROLE:
        raise NotAllowed(f"{person.email} has no part in {step.key} of {work.grant.reference}")
    raise AnswerRefused(
        f"{step.key}: {_VERDICTS[verdict.verdict]}{f': {verdict.detail}' if verdict.detail else ''}"
    )


def _read_values(work: GrantAtWork, step: Step, rule: StepRule, answer: AnswerInput) -> dict[str, Any]:
    """Return what is answered, with what was known before; raise for what does not fit an unsettled step."""
    has_source = work.programme.figures is not None and work.grant.figures_file is not None
    given = {**_known_answers(work, step, rule), **answer.data}
    values, problems = check_data(rule.questions, given, work.grant.currency, has_source=has_source)
    if step.status in UNSETTLED:
        if problems:
            raise AnswerUnreadable("; ".join(problems))
        refuse_odd_figures(work, step, rule, values)
    return values


def _refuse_unfit(work: GrantAtWork, step: Step, rule: StepRule | None, answer: AnswerInput) -> None:
    """Raise for an answer that this kind of step does not take, or a day that has passed."""
    if answer.kind is AnswerKind.NOTHING and not (rule and rule.each and rule.questions):
        raise AnswerRefused(f"{step.key}: only a follow-up of a period can have nothing to report")
    if answer.kind is AnswerKind.DONE and step.kind in (StepKind.CLAIM, StepKind.PAYMENT):
        command = "claim" if step.kind is StepKind.CLAIM else "paid"
        raise AnswerRefused(f"{step.key} is settled by 'grants {command}' on its instalment")
    if answer.kind is AnswerKind.NOT_YET and answer.expected_on and answer.expected_on < work.today:
        raise AnswerUnreadable(f"{step.key}: {answer.expected_on} has passed; say when it will be done")


def _check_day(work: GrantAtWork, step: Step, kind: AnswerKind, paper_on: date) -> None:
    """Raise AnswerUnreadable for a paper of a day to come, or before what it follows was there.

    That a step is not needed can be decided before anything.
    """
    what = "an approval" if step.kind is StepKind.APPROVAL else "what was done"
    if kind is AnswerKind.NOT_NEEDED:
        what = "the decision that it is not needed"
    before = max((one.done_on for one in work.needs_of(step) if one.done_on), default=paper_on)
    if paper_on > work.today:
        raise AnswerUnreadable(f"{step.key}: {what} on {paper_on} lies in the future")
    if paper_on < before and kind is not AnswerKind.NOT_NEEDED:
        raise AnswerUnreadable(
            f"{step.key}: {what} on {paper_on} comes before what it follows ({before})", before=before
        )


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


_VERDICTS = {
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
