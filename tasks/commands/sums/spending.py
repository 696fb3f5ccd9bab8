"""Add up the spending, from the answers of a grant's steps, and from ledgers by account."""

from collections.abc import Iterable

from models.facts.money import AccountSpending
from models.rules.answers.spending import add_up_answers
from models.rules.money.budget import PeriodSpending, hold_against_budget
from models.tables.columns import id_of
from models.tables.step import Step
from models.vocabulary import SETTLED
from tasks.commands.at_work.grant import GrantAtWork
from tasks.grant.money import spending_on


def told_minor(
    work: GrantAtWork, names: Iterable[str], period: str | None = None, *, every: bool = True
) -> int | None:
    """Return the total of the last answers to each STEP.QUESTION, in every period or one, in minor units.

    None if there is no such step, or while one is not settled. A skipped or removed step spent
    nothing. If another step takes over the last period, its figures are there, and count once even
    if both steps are named.
    """
    steps_by_name = {
        name: _steps_that_ask(work, name.partition(".")[0], period, every=every) for name in names
    }
    if any(
        not steps or any(step.status not in SETTLED for step in steps) for steps in steps_by_name.values()
    ):
        return None
    given = {
        name: [
            (id_of(step), work.record.handed_in(step) or {})
            for step in sorted(steps, key=lambda step: step.position)
        ]
        for name, steps in steps_by_name.items()
    }
    return add_up_answers(work.programme, given, work.grant.currency)


def _steps_that_ask(work: GrantAtWork, key: str, period: str | None, *, every: bool) -> list[Step]:
    rule = work.programme.step(key)
    return [
        step
        for step in work.steps.values()
        if (step.template_key == key and (every or rule.each is None or step.period == period))
        or (step.template_key == rule.fold_last_into and (every or step.period == period))
    ]


def spent_by_account(work: GrantAtWork, step: Step, question: str) -> tuple[AccountSpending, ...]:
    """Return a ledger's figures for a step's question, by account; the budget alone if it gave nothing."""
    by_account = spending_on(work.record, step, question)
    if by_account:
        return by_account
    nothing = PeriodSpending(
        work.grant.currency, step.period or "", step.period_start_on, step.period_end_on, {}
    )
    return hold_against_budget(work.record.budget, nothing, ())
