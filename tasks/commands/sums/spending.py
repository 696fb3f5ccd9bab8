"""Tell what was spent, as the answers of a grant's steps say it, and as ledgers do by account."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from babel.numbers import get_currency_precision
from sqlalchemy import Connection, select
from sqlmodel import Session, col
from sqlmodel import select as select_models

from models.facts.money import AccountSpending
from models.rules.answers.spent import add_up_answers
from models.rules.money.spending import PeriodSpending, hold_against_budget, once_a_day
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import BudgetLine
from models.tables.step import Figure, Step
from models.vocabulary import SETTLED, StepStatus
from tasks.commands.at_work.grant import GrantAtWork
from tasks.store.queries import last_answers, load_models

_STEP, _FIGURE, _LINE = (table_of(one) for one in (Step, Figure, BudgetLine))
_GONE = (StepStatus.SKIPPED, StepStatus.CANCELLED)


# A step for which a ledger gave a figure by account, the figure, and the grant's currency.
_Row = tuple[Step, Figure, str]


def told_minor(
    work: GrantAtWork, names: Iterable[str], period: str | None = None, *, every: bool = True
) -> int | None:
    """Return what the last answers to each STEP.QUESTION come to, in every period or in one, in minor units.

    None while one of the steps is not settled, and where there is none; a step that was skipped, or is not there any
    longer, spent nothing. The last period's figures stand where another step takes it in: they count once where both
    steps are named.
    """
    asked = {name: _steps_that_ask(work, name.partition(".")[0], period, every=every) for name in names}
    if any(not steps or any(step.status not in SETTLED for step in steps) for steps in asked.values()):
        return None
    ids = {step.id or 0 for steps in asked.values() for step in steps}
    answers = {} if work.opening else last_answers(work.session, ids)
    given = {
        name: [
            (step.id or 0, answers.get(step.id or 0, {}))
            for step in sorted(steps, key=lambda one: one.position)
        ]
        for name, steps in asked.items()
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


def spending_of(
    connection: Connection, steps: Collection[int], question: str | None = None
) -> dict[int, tuple[AccountSpending, ...]]:
    """Return each step's spending by account, of those for which a ledger gave it by account.

    Without a question it is that of the first one of the step's that has accounts.
    """
    if not steps:
        return {}
    grants = select(_STEP.c.grant_id).where(_STEP.c.id.in_(steps))
    query = (
        select_models(Step, Figure, Grant.currency)
        .join(Figure, col(Figure.step_id) == Step.id)
        .join(Grant, col(Grant.id) == Step.grant_id)
        .where(_STEP.c.grant_id.in_(grants), _STEP.c.status.not_in(_GONE))
        .order_by(_STEP.c.position, _FIGURE.c.id)
    )
    with Session(connection) as session:
        rows: list[_Row] = [row for row in session.exec(query) if row[1].accounts]
    lines: dict[int, list[BudgetLine]] = defaultdict(list)
    if rows:
        budgets = select_models(BudgetLine).where(_LINE.c.grant_id.in_(grants)).order_by(_LINE.c.id)
        for line in load_models(connection, budgets):
            lines[line.grant_id].append(line)
    found = {}
    for row in rows:
        step, figure, _ = row
        if step.id in steps and step.id not in found and question in (None, figure.question):
            spent, before = _period(row), [_period(one) for one in _before(row, rows)]
            found[step.id or 0] = hold_against_budget(lines[step.grant_id], spent, once_a_day(spent, before))
    return found


def _before(row: _Row, rows: Iterable[_Row]) -> list[_Row]:
    """Return the reports before one that gave the same figure, those of its own kind first, then the latest."""
    step, figure, _ = row
    if not step.period:
        return []  # about all of the grant's time already
    before = (
        one
        for one in rows
        if (one[0].grant_id, one[1].question) == (step.grant_id, figure.question)
        and one[0].position < step.position
    )
    return sorted(before, key=lambda one: (one[0].template_key != step.template_key, -one[0].position))


def spent_by_account(work: GrantAtWork, step: Step, question: str) -> tuple[AccountSpending, ...]:
    """Return what a ledger gave of a step's question, by account; of the budget alone where it gave nothing."""
    connection, step_id = work.session.connection(), step.id or 0
    found = spending_of(connection, {step_id}, question).get(step_id)
    if found is not None:
        return found
    budget = select_models(BudgetLine).where(BudgetLine.grant_id == work.grant_id).order_by(_LINE.c.id)
    nothing = PeriodSpending(
        work.grant.currency, step.period or "", step.period_start_on, step.period_end_on, {}
    )
    return hold_against_budget(load_models(connection, budget), nothing, ())


def _period(row: _Row) -> PeriodSpending:
    step, figure, currency = row
    precision = get_currency_precision(currency)
    sums = {account: int(Decimal(str(text)).scaleb(precision)) for account, text in figure.accounts.items()}
    return PeriodSpending(currency, step.period or "", step.period_start_on, step.period_end_on, sums)
