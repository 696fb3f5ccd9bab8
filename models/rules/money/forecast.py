"""Forecast what a grant's last day will find unspent, at the pace of what is reported so far."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from models.facts.money import Forecast

# Three months: soon enough to use the money, or to ask for more time; too late for guesses from one quarter.
AHEAD = timedelta(days=92)
# A pace is no exact measure: what is left of a hundredth of the award is nothing to act on.
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
    """Return the forecast for a grant that ends in at most three months; None where next to nothing will be left.

    A day is counted once, also where several reports are about it; days outside the grant's time are not counted.
    """
    if not pace.last_on - AHEAD <= today <= pace.last_on:
        return None
    counted = 0
    after = pace.first_on.toordinal()  # the first day that is not counted yet
    for start, end in sorted(pace.periods):
        first, last = max(start.toordinal(), after), min(end, pace.last_on).toordinal()
        if first <= last:
            counted += last - first + 1
            after = last + 1
    if not counted:
        return None
    whole = pace.last_on.toordinal() - pace.first_on.toordinal() + 1
    until_on = date.fromordinal(after - 1)
    found = Forecast(
        pace.spent_minor, pace.award_minor, pace.currency, counted, whole, until_on, pace.last_on
    )
    return found if found.left_minor > pace.award_minor // _LEAST_PART else None
