"""Load what ledgers say was spent on steps' grants, held against the grants' budgets; and say it in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal

from babel.numbers import get_currency_precision
from sqlalchemy import Connection, select

from models.budget import BudgetLine
from models.columns import table_of
from models.grant import Grant
from models.letter_view import AccountSpending
from models.rules.account_spending import PeriodSpending, hold_against_budget
from models.step import Figure, Step
from models.vocabulary import StepStatus
from tasks.store.database import AnyRow
from tasks.wording.words import Speaker

_STEP, _GRANT, _FIGURE, _LINE = (table_of(one) for one in (Step, Grant, Figure, BudgetLine))
_GONE = (StepStatus.SKIPPED, StepStatus.CANCELLED)


def spending_of(connection: Connection, steps: Collection[int]) -> dict[int, tuple[AccountSpending, ...]]:
    """Return each step's spending by account, of those for which a ledger gave it by account."""
    if not steps:
        return {}
    grants = select(_STEP.c.grant_id).where(_STEP.c.id.in_(steps))
    columns = (_STEP.c[name] for name in ("id", "grant_id", "position", "period_start_on", "period_end_on"))
    query = (
        select(*columns, _STEP.c.period, _FIGURE.c.question, _FIGURE.c.accounts, _GRANT.c.currency)
        .join(_FIGURE, _FIGURE.c.step_id == _STEP.c.id)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.grant_id.in_(grants), _STEP.c.status.not_in(_GONE))
        .order_by(_STEP.c.position, _FIGURE.c.id)
    )
    rows = [row for row in connection.execute(query) if row.accounts]
    lines: dict[int, list[BudgetLine]] = defaultdict(list)
    if rows:
        for row in connection.execute(select(_LINE).where(_LINE.c.grant_id.in_(grants)).order_by(_LINE.c.id)):
            lines[row.grant_id].append(BudgetLine(**row._mapping))
    found = {}
    for row in rows:
        if row.id in steps and row.id not in found:
            before = (
                _period(one)
                for one in rows
                # A step without a period is about all of the grant's time already.
                if row.period
                and (one.grant_id, one.question) == (row.grant_id, row.question)
                and one.position < row.position
            )
            found[row.id] = hold_against_budget(lines[row.grant_id], _period(row), before)
    return found


def _period(row: AnyRow) -> PeriodSpending:
    precision = get_currency_precision(row.currency)
    sums = {account: int(Decimal(text).scaleb(precision)) for account, text in row.accounts.items()}
    return PeriodSpending(row.currency, row.period or "", row.period_start_on, row.period_end_on, sums)


def has_budget(spending: Iterable[AccountSpending]) -> bool:
    """Return whether the grant has a budget at all: what its accounts are held against."""
    return any(one.budget_minor is not None for one in spending)


def word_spending(say: Speaker, spending: Iterable[AccountSpending]) -> Iterator[str]:
    """Yield a sentence an account: what was spent of what was planned, or alone where the grant has no budget."""
    accounts = list(spending)
    budgeted = has_budget(accounts)
    for one in accounts:
        name = name_account(say, one.account, one.title)
        currency = one.currency
        spent = say.money(one.spent_minor, currency)
        if not budgeted:
            yield f"{name}: {spent}."
        elif one.budget_minor is None:
            yield say.gettext(
                "%(account)s: %(spent)s, which is not in the budget.", account=name, spent=spent
            )
        elif one.planned_minor is not None:
            planned = say.money(one.planned_minor, currency)
            said = say.gettext(
                "%(account)s: %(spent)s of %(planned)s", account=name, spent=spent, planned=planned
            )
            yield f"{said}{_over(say, one.spent_minor - one.planned_minor, currency)}."
        else:
            so_far, whole = (say.money(minor, currency) for minor in (one.so_far_minor, one.budget_minor))
            said = say.gettext(
                "%(account)s: %(spent)s; so far %(sum)s of %(planned)s",
                account=name,
                spent=spent,
                sum=so_far,
                planned=whole,
            )
            yield f"{said}{_over(say, one.so_far_minor - one.budget_minor, currency)}."


def name_account(say: Speaker, account: str, title: str) -> str:
    """Return an account as people call it; of bookings without one, that they have none."""
    return f"{title} ({account})" if title else account or say.gettext("without an account")


def _over(say: Speaker, minor: int, currency: str) -> str:
    return ", " + say.gettext("%(sum)s too much", sum=say.money(minor, currency)) if minor > 0 else ""
