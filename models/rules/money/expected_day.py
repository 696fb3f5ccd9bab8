"""Decide on which day a payment is expected: on its own day, or preliminarily on that of all that comes before it."""

from datetime import date
from typing import NamedTuple


class ExpectedDay(NamedTuple):
    """The day of a payment; preliminary while a report, a condition or a claim comes first."""

    on: date
    is_preliminary: bool


def find_expected_day(due_on: date | None, preliminary_on: date | None, today: date) -> ExpectedDay | None:
    """Return when a payment is expected; None where nobody knows a day.

    A preliminary day that has passed counts as today: what the payment waits for is late, and the money is no
    earlier for it.
    """
    if due_on is not None:
        return ExpectedDay(due_on, is_preliminary=False)
    if preliminary_on is None:
        return None
    return ExpectedDay(max(preliminary_on, today), is_preliminary=True)
