"""Refuse an answer whose figures do not hold against its programme's checks, unless it says why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision

from models.errors import AnswerRefused
from models.programme import StepRule
from models.question_rule import WHY
from models.rules.figure_checks import CheckFacts, find_odd_figures
from models.step import Step
from tasks.grant_at_work import GrantAtWork
from tasks.last_answers import last_answers


def refuse_odd_figures(work: GrantAtWork, step: Step, rule: StepRule, values: Mapping[str, Any]) -> None:
    """Raise AnswerRefused, in one line with each check's words, where checks do not hold and nothing says why."""
    if not any(question.checks for question in rule.questions):
        return
    found = find_odd_figures(rule.questions, _facts(work, step, values))
    if found:
        said = (
            f"'{one.question}': {one.check.says.en.rstrip('.')} ({one.against}): correct it"
            + ("" if one.blocks else f", or say why ('{one.question}.{WHY}')")
            for one in found
        )
        raise AnswerRefused("; ".join(said))


def _facts(work: GrantAtWork, step: Step, values: Mapping[str, Any]) -> CheckFacts:
    answers = last_answers(work.session, (one.id for one in work.steps.values() if one.id != step.id))
    others: dict[str, list[Decimal]] = defaultdict(list)
    earlier = []
    for other in sorted(work.steps.values(), key=lambda one: one.position):
        data = answers.get(other.id or 0)
        if data is None:
            continue
        for key, value in data.items():
            try:
                others[f"{other.template_key}.{key}"].append(Decimal(str(value)))
            except ArithmeticError:  # a text
                continue
        if other.template_key == step.template_key and other.position < step.position:
            earlier.append(data)
    award = work.grant.award_minor
    precision = get_currency_precision(work.grant.currency)
    paid = sum(one.paid_minor or 0 for one in work.instalments)
    return CheckFacts(
        values,
        others,
        earlier,
        None if award is None else Decimal(award).scaleb(-precision),
        Decimal(paid).scaleb(-precision),
        step.period_start_on or work.grant.period_start_on,
        step.period_end_on or work.grant.period_end_on,
    )
