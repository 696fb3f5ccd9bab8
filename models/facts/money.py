"""The facts about a grant's money: what is spent, what is left, and the account it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountSpending:
    """An account's spending in a period and so far, and the plan for both; sums in minor units.

    `planned_minor` is None if no line of the budget is the period's own, `budget_minor` if the
    budget does not have the account.
    """

    currency: str
    account: str
    title: str
    spent_minor: int
    so_far_minor: int
    planned_minor: int | None
    budget_minor: int | None


def has_budget(spending: Iterable[AccountSpending]) -> bool:
    """Return whether the grant has a budget to compare its accounts with."""
    return any(line.budget_minor is not None for line in spending)


@dataclass(frozen=True, slots=True)
class Payee:
    """The account to which a grant's money comes, or goes `back`; empty if it is unknown.

    `changed_on` is when it replaced `was`, unless money has come to the grant since then.
    """

    account: str
    changed_on: date | None = None
    was: str = ""
    back: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """What will be unspent on a grant's last day at the present pace; sums in minor units.

    The reported spending is that of `days` of the grant's `of_days`, the last of them `until_on`.
    """

    spent_minor: int
    award_minor: int
    currency: str
    days: int
    of_days: int
    until_on: date
    ends_on: date

    @property
    def left_minor(self) -> int:
        """How much of the award is unspent on the last day."""
        return max(self.award_minor - self.spent_minor * self.of_days // self.days, 0)

    @property
    def about_minor(self) -> int:
        """The unspent money as exactly as a pace can tell: in two digits."""
        unit: int = 10 ** max(len(str(self.left_minor)) - 2, 0)
        return (self.left_minor + unit // 2) // unit * unit


_DAYS = ("until_on", "ends_on")


def note_forecast(forecast: Forecast) -> dict[str, Any]:
    """Return a forecast as a notice and the journal store it."""
    noted = asdict(forecast) | {"about_minor": forecast.about_minor}
    return noted | {name: noted[name].isoformat() for name in _DAYS}


def read_forecast(noted: Mapping[str, Any]) -> Forecast | None:
    """Return the stored forecast; None for a notice about anything else."""
    if "of_days" not in noted:
        return None
    days = {name: date.fromisoformat(noted[name]) for name in _DAYS}
    return Forecast(**{name: noted[name] for name in Forecast.__slots__} | days)


@dataclass(frozen=True, slots=True)
class Unspent:
    """How much of the received money is reported as spent, in minor units.

    `of_share` says that only the funder's part counts. `is_whole` says that every report about it
    is in. A rest below `least_minor` is not paid back. `repaid_minor` is paid back already, or
    asked for.
    """

    spent_minor: int
    received_minor: int
    currency: str
    of_share: bool = False
    least_minor: int = 0
    is_whole: bool = True
    repaid_minor: int = 0

    @property
    def left_minor(self) -> int:
        """The rest of the received money."""
        return max(self.received_minor - self.repaid_minor - self.spent_minor, 0)

    @property
    def is_kept(self) -> bool:
        """Whether the rest is too little to be paid back."""
        return self.left_minor < self.least_minor
