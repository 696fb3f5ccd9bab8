"""Judge an answer to a step: who gives it, when, its content, and its documents."""

from typing import Any

from sqlmodel import col, select

from models.commands.steps import Answer, Approve, DatedAnswer, NotYet, StepAnswer
from models.errors import AnswerRefused, AnswerUnreadable, GrantError, NotAllowed
from models.message import Common, one_after_the_other
from models.programme.step import StepRule
from models.reading.personal_number import refuse_personal_numbers
from models.reading.value_faults import Reading
from models.rules.answers.answer import (
    AnswerDecision,
    AnswerFacts,
    AnswerReason,
    find_withdrawers,
    may_answer,
)
from models.rules.answers.validation import check_data, list_fields
from models.tables.columns import id_of
from models.tables.person import Person
from models.tables.step import Document, Step
from models.vocabulary import AnswerKind, StepKind
from tasks.commands.actor import Acting, people_allowed
from tasks.commands.answers.outliers import refuse_outliers
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.lookup import days_met, same_people, unsettled
from tasks.commands.command_faults import Answering
from tasks.commands.files.approved_version import refuse_other_version
from tasks.people.confirmers import who_may_record

_MISTYPED = (AnswerReason.EXPECTED_PASSED, AnswerReason.PAPER_IN_FUTURE, AnswerReason.PAPER_TOO_EARLY)


def judge_answer(work: GrantAtWork, step: Step, command: StepAnswer, acting: Acting) -> dict[str, object]:
    """Return the values of the answered questions; raise the refusal of the rules."""
    person = acting.by
    refuse_personal_numbers(note=command.note)
    rule = work.record.rule_of(step)
    reporter = work.report_of(step)
    needs = work.needs_of(step)
    same = same_people(work.session, id_of(person), person.email, [reporter.done_by_id if reporter else None])
    approves = command.kind is AnswerKind.APPROVED
    recorders = who_may_record(work.session.connection(), [id_of(step)] if approves else [], work.today)
    people = work.people(*([step.done_by_id] if step.done_by_id is not None else []))
    withdrawers = find_withdrawers(step.done_by_id, step.owner_role, work.roles, people, work.today)
    facts = AnswerFacts(
        kind=command.kind,
        by_id=id_of(person),
        today=work.today,
        allowed_ids=people_allowed(work, step, person),
        open_needs=unsettled(needs),
        followed_on=max((need.done_on for need in needs if need.done_on), default=None),
        reporter_id=person.id if reporter and reporter.done_by_id in same else None,
        note=command.note,
        no_documents=_documents_missing(work, step, rule, command, person),
        optional=rule is not None and rule.optional,
        periodic=rule is not None and bool(rule.each and rule.questions),
        expected_on=command.expected_on if isinstance(command, NotYet) else None,
        paper_on=command.decided_on if isinstance(command, DatedAnswer) else None,
        withdrawers=withdrawers,
        confirmers=recorders.get(id_of(step)),
        met_on=days_met(work, step),
        delegated=isinstance(command, Approve) and command.delegated_on is not None,
        proof=acting.proof,
    )
    decision = may_answer(step, facts)
    if not decision.allowed:
        raise _refusal(work, step, facts, decision, person)
    if not isinstance(command, Answer):
        return {}
    values = _read_values(work, step, rule, command) if rule is not None else {}
    refuse_other_version(work, step, command.files, id_of(person))
    return values


def _refusal(
    work: GrantAtWork, step: Step, facts: AnswerFacts, decision: AnswerDecision, person: Person
) -> GrantError:
    """Return why the answer is not accepted, in words."""
    reason = decision.reason
    what = Answering.WHAT_WAS_DONE
    if facts.kind is AnswerKind.NOT_NEEDED:
        what = Answering.NOT_NEEDED
    elif step.kind is StepKind.APPROVAL:
        what = Answering.AN_APPROVAL
    message = Answering[reason.name]
    if reason is AnswerReason.NOT_DATED and not decision.detail:
        message = Answering.NO_DATE
    elif reason is AnswerReason.ALREADY_DONE and step.done_on:
        message = Answering.ALREADY_DONE_ON
    remark = message(
        step=step.key,
        grant=work.grant.reference,
        person=person.email,
        command="claim" if step.kind is StepKind.CLAIM else "paid",
        what=what(),
        day=facts.expected_on if reason is AnswerReason.EXPECTED_PASSED else facts.paper_on or facts.today,
        followed=facts.followed_on,
        detail=decision.detail,
        status=step.status,
        done_on=step.done_on,
        kind=step.kind,
    )
    if reason in (AnswerReason.NO_ROLE, AnswerReason.MONEY_ROLE, AnswerReason.NOT_THEIRS):
        return NotAllowed(remark)
    return (AnswerUnreadable if reason in _MISTYPED else AnswerRefused)(remark, reason=reason)


def _read_values(work: GrantAtWork, step: Step, rule: StepRule, command: Answer) -> dict[str, Any]:
    """Return the answer's values with those known before; raise for a value that does not fit the step."""
    has_source = work.grant.figures_file is not None
    given = {**_known_answers(work, step, rule), **command.data}
    values, problems = check_data(rule.questions, given, work.grant.currency, has_source=has_source)
    if problems:
        raise AnswerUnreadable(Common.AS_IS(why=one_after_the_other(problems)))
    refuse_outliers(work, step, rule, values)
    return values


def _documents_missing(
    work: GrantAtWork, step: Step, rule: StepRule | None, command: StepAnswer, person: Person
) -> list[str]:
    """Return the keys of the step's documents that neither the answer nor an earlier one brings."""
    required = {document.key: document for document in rule.documents} if rule else {}
    for file in command.files:
        if file.document is not None and file.document not in required:
            there = ", ".join(required) or Reading.NONE()
            raise AnswerUnreadable(
                Answering.NO_SUCH_DOCUMENT(step=step.key, document=file.document, there=there)
            )
    if not required:
        return []
    kept = work.session.exec(
        select(Document.document).where(
            Document.step_id == step.id,
            col(Document.answer_id).is_not(None) | (Document.added_by_id == person.id),
        )
    )
    brought = {*kept, *(file.document for file in command.files)}
    return [key for key in required if key not in brought]


def _known_answers(work: GrantAtWork, step: Step, rule: StepRule) -> dict[str, object]:
    """Return the known answers to the step's questions: the earlier answer, else a source's figure."""
    fields = {key for question in rule.questions for key in list_fields(question)}
    answers: dict[str, object] = {figure.question: figure.value for figure in work.record.figures_of(step)}
    for answer in work.record.answers_of(step):
        answers |= answer.data
    return {key: value for key, value in answers.items() if key in fields}
