"""Compare spending with a grant's budget, and forecast what will be unspent at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.facts.money import AccountSpending, Forecast
from models.reading.date import days_of_period
from models.tables.money import BudgetLine


@dataclass(frozen=True, slots=True)
class PeriodSpending:
    """A ledger's figures for a step's period: sums in minor units of the currency, by account."""

    currency: str
    period: str
    first: date | None
    last: date | None
    by_account: Mapping[str, int]

    def overlaps(self, other: PeriodSpending) -> bool:
        """Return whether two reports share some of their time; without days, whether they name one period."""
        if None in (self.first, self.last, other.first, other.last):
            return self.period == other.period
        return self.first <= other.last and other.first <= self.last  # type: ignore[operator]


def hold_against_budget(
    lines: Sequence[BudgetLine], spent: PeriodSpending, earlier: Iterable[PeriodSpending]
) -> tuple[AccountSpending, ...]:
    """Return every account of the budget or the ledger, in the order of their names."""
    so_far = Counter(spent.by_account)
    for report in earlier:
        so_far.update(report.by_account)
    titles = {line.account: line.title for line in lines if line.title}
    accounts = []
    for account in sorted({*so_far, *(line.account for line in lines)}):
        own = [line for line in lines if line.account == account]
        within = [line.amount_minor for line in own if _lies_within(line.period, spent)]
        accounts.append(
            AccountSpending(
                currency=spent.currency,
                account=account,
                title=titles.get(account, ""),
                spent_minor=spent.by_account.get(account, 0),
                so_far_minor=so_far[account],
                planned_minor=sum(within) if within else None,
                budget_minor=sum(line.amount_minor for line in own) if own else None,
            )
        )
    return tuple(accounts)


def list_days_once(spent: PeriodSpending, earlier: Iterable[PeriodSpending]) -> list[PeriodSpending]:
    """Return the earlier reports that cover no day that the step's report, or a report before, covers.

    Where two reports are about the same time, such as a follow-up and an account of its costs, the
    first one given counts.
    """
    kept: list[PeriodSpending] = []
    for report in earlier:
        if not any(report.overlaps(other) for other in (spent, *kept)):
            kept.append(report)
    return kept


def _lies_within(period: str, spent: PeriodSpending) -> bool:
    if period and period == spent.period:
        return True
    days = days_of_period(period)
    if days is None or spent.first is None or spent.last is None:
        return False
    return spent.first <= days[0] and days[1] <= spent.last


# Three months: soon enough to use the money or ask for more time; one quarter's pace would be a guess before.
FORECAST_AHEAD = timedelta(days=92)
# A pace is inexact: less than a hundredth of the award is nothing to act on.
_LEAST_PART = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """What is reported as spent, of which award, in which periods of the grant's time (first and last days)."""

    spent_minor: int
    award_minor: int
    currency: str
    periods: Collection[tuple[date, date]]
    first_on: date
    last_on: date


def decide_forecast(pace: Pace, today: date) -> Forecast | None:
    """Return the forecast for a grant that ends within three months; None if next to nothing will be left.

    A day that several reports are about counts once. Days outside the grant's time do not count.
    """
    if not pace.last_on - FORECAST_AHEAD <= today <= pace.last_on:
        return None
    counted = 0
    after = pace.first_on.toordinal()  # the first day that is not counted yet
    for start, end in sorted(pace.periods):
        first = max(start.toordinal(), after)
        last = min(end, pace.last_on).toordinal()
        if first <= last:
            counted += last - first + 1
            after = last + 1
    if not counted:
        return None
    whole = pace.last_on.toordinal() - pace.first_on.toordinal() + 1
    until_on = date.fromordinal(after - 1)
    forecast = Forecast(
        spent_minor=pace.spent_minor,
        award_minor=pace.award_minor,
        currency=pace.currency,
        days=counted,
        of_days=whole,
        until_on=until_on,
        ends_on=pace.last_on,
    )
    return forecast if forecast.left_minor > pace.award_minor // _LEAST_PART else None
