"""Tell what was spent, as the answers of a grant's steps say it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal

from babel.numbers import get_currency_precision

from models.rules.joined_periods import join_periods
from models.step import Step
from models.vocabulary import SETTLED
from tasks.grants.grant_at_work import GrantAtWork
from tasks.store.last_answers import last_answers


def answered_minor(work: GrantAtWork, steps: Iterable[Step], question: str) -> int | None:
    """Return what the steps' last answers to the question come to over their periods, in minor units.

    None while one of the steps is not settled, and where there is none; a step that was skipped, or is not there any
    longer, spent nothing.
    """
    asked = list(steps)
    if not asked or any(step.status not in SETTLED for step in asked):
        return None
    answers = work.answered if work.opening else last_answers(work.session, (step.id for step in asked))
    given = (
        answers.get(step.id or 0, {}).get(question) for step in sorted(asked, key=lambda one: one.position)
    )
    sums = [Decimal(as_minor(value, work.grant.currency)) for value in given if value is not None]
    rule = work.programme.question(f"{asked[0].template_key}.{question}")
    return int(join_periods(sums, rule.over_periods if rule else "sum") or 0)


def as_minor(answer: object, currency: str) -> int:
    """Return an answer about money, a decimal text, in minor units of the currency, rounded down."""
    amount = Decimal(str(answer)).scaleb(get_currency_precision(currency))
    return int(amount.to_integral_value(rounding=ROUND_FLOOR))
