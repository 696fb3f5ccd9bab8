"""Refuse an answer whose figures fail its programme's checks, unless it gives a reason."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.currency import whole_units
from models.errors import AnswerRefused
from models.message import Common, Remark, one_after_the_other
from models.programme.question import WHY, Words
from models.programme.step import StepRule
from models.rules.answers.figure_checks import (
    CheckFacts,
    FailedCheck,
    find_explained_outliers,
    find_outliers,
)
from models.rules.answers.validation import check_data, join_periods
from models.rules.money.payment import sum_paid_minor
from models.tables.grant import Grant
from models.tables.step import Step
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import load_grant
from tasks.commands.command_faults import Answering
from tasks.commands.sums.spending import spent_by_account
from tasks.store.database import reading


def refuse_outliers(work: GrantAtWork, step: Step, rule: StepRule, values: Mapping[str, object]) -> None:
    """Raise AnswerRefused, in one line with each check's words, if checks fail without an explanation."""
    if not any(question.checks for question in rule.questions):
        return
    outliers = find_outliers(rule.questions, _facts(work, step, rule, values))
    if outliers:
        remarks = [_remark(outlier) for outlier in outliers]
        raise AnswerRefused(Common.AS_IS(why=one_after_the_other(remarks)))


def _remark(failed: FailedCheck) -> Remark:
    """Return what fails, in the programme's words, and the cure."""
    message = Answering.CORRECT if failed.blocks else Answering.CORRECT_OR_SAY_WHY
    says = Words(**{name: words.rstrip(".") for name, words in failed.check.says.model_dump().items()})
    what = Answering.BOOKS_OR_BUDGET if failed.misfit.accounts else Answering.IT
    return message(question=failed.question, says=says, against=failed.misfit, what=what())


def list_outliers(
    engine: Engine, reference: str, step_key: str, data: Mapping[str, object], today: date
) -> tuple[FailedCheck, ...]:
    """Return the checks that an answer would fail; none while it is no answer for other reasons."""
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).one()
        work = load_grant(session, grant, today)
        step = work.steps.get(step_key)
        rule = work.record.rule_of(step) if step is not None else None
        if step is None or rule is None or not any(question.checks for question in rule.questions):
            return ()
        values, problems = check_data(rule.questions, data, grant.currency)
        return () if problems else find_outliers(rule.questions, _facts(work, step, rule, values))


def list_explained_outliers(
    work: GrantAtWork, step: Step, values: Mapping[str, object]
) -> Mapping[str, tuple[FailedCheck, ...]]:
    """Return the checks that a step's answers fail with an explanation, by their questions."""
    rule = work.record.rule_of(step)
    if rule is None or not any(values.get(f"{question.key}.{WHY}") for question in rule.questions):
        return {}
    outliers = find_explained_outliers(rule.questions, _facts(work, step, rule, values))
    by_question: dict[str, tuple[FailedCheck, ...]] = defaultdict(tuple)
    for outlier in outliers:
        by_question[outlier.question] += (outlier,)
    return by_question


def _facts(work: GrantAtWork, step: Step, rule: StepRule, values: Mapping[str, object]) -> CheckFacts:
    others: dict[str, list[Decimal]] = defaultdict(list)
    earlier = []
    # A report that takes over the last period continues those of the periods before.
    folded = (rule.key for rule in work.programme.steps if rule.fold_last_into == step.template_key)
    own = {step.template_key, *folded}
    for other in sorted(work.steps.values(), key=lambda step: step.position):
        data = work.record.handed_in(other) if other is not step else None
        if data is None:
            continue
        for key, value in data.items():
            try:
                others[f"{other.template_key}.{key}"].append(Decimal(str(value)))
            except ArithmeticError:  # a text cannot be added up
                continue
        if other.template_key in own and other.position < step.position:
            earlier.append(data)
    joined = {}
    for name, several in others.items():
        question = work.programme.question(name)
        if (total := join_periods(several, question.over_periods if question else "sum")) is not None:
            joined[name] = total
    award = work.grant.award_minor
    paid = sum_paid_minor(work.instalments)
    budgeted = (question.key for question in rule.questions if any(two.of_budget for two in question.checks))
    return CheckFacts(
        answers=values,
        others=joined,
        earlier=earlier,
        award=None if award is None else whole_units(award, work.grant.currency),
        paid=whole_units(paid, work.grant.currency),
        first=step.period_start_on or work.grant.period_start_on,
        last=step.period_end_on or work.grant.period_end_on,
        accounts={key: spent_by_account(work, step, key) for key in budgeted},
        optional={
            name
            for step_rule in work.programme.steps
            for question in step_rule.questions
            if not question.required
            for name in (
                f"{step_rule.key}.{question.key}",
                *([question.key] if step_rule.key == rule.key else ()),
            )
        },
    )
