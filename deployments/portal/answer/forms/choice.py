"""Choose the forms that an unsettled step takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from deployments.portal.answer.form import Form
from deployments.portal.answer.forms.decision import DatesForm, DecisionForm
from deployments.portal.answer.forms.money import ClaimForm, PaymentForm
from deployments.portal.answer.forms.step import (
    ApproveForm,
    DoneForm,
    NothingForm,
    NotMeForm,
    NotNeededForm,
    NotYetForm,
    ReturnForm,
)
from deployments.portal.answer.step_facts import StepFacts, why_not_done
from models.vocabulary import StepKind
from tasks.words.translator import Translator


def forms_of(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    """Yield the forms that an unsettled step takes."""
    if facts.dates:
        yield DatesForm.of(say, facts, today)
    if not why_not_done(facts, today):
        yield from _doing(say, facts, today)
    if facts.rule is not None and facts.rule.optional:
        yield NotNeededForm.of(facts, today)
    yield NotYetForm.of(facts, today)
    yield NotMeForm.of(facts)


def _doing(say: Translator, facts: StepFacts, today: date) -> Iterator[Form]:
    kind, rule = facts.row.step_kind, facts.rule
    if kind == StepKind.APPROVAL:
        yield ApproveForm.of(facts, today)
        yield ReturnForm.of(facts, today)
    elif kind == StepKind.CLAIM:
        yield ClaimForm.of(facts, today)
    elif kind == StepKind.PAYMENT:
        yield PaymentForm.of(facts, today)
    elif kind == StepKind.FUNDER and rule is not None and rule.settled_by_decision:
        yield DecisionForm.of(say, facts, today)
    else:
        yield DoneForm.of(say, facts, today)
        if rule is not None and rule.each and rule.questions:
            yield NothingForm.of(facts, today)
