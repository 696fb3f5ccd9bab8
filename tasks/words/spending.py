"""Say in words what ledgers say was spent, held against the grants' budgets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models.facts.money import AccountSpending
from tasks.words.translator import Speaker


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
