"""What being late costs, and from which day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from models.rules.shares import share_of

if TYPE_CHECKING:
    from models.step_terms import Delay, LateRule


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when a step is not done before a day; the sum is None while the award is not known."""

    from_on: date
    share: str
    amount_minor: int | None


def add_delay(day: date, delay: Delay) -> date:
    """Return the day so long after; months end on the same day-number or on the month's last day."""
    count, unit = delay.length
    return day + relativedelta(**{unit: count})  # type: ignore[arg-type]


def losses(late: Iterable[LateRule], due_on: date, award_minor: int | None) -> tuple[Loss, ...]:
    """Return what being late costs, each from its day on, in the order of time."""
    return tuple(
        Loss(
            add_delay(due_on, rule.after),
            rule.loses,
            None if award_minor is None else share_of(award_minor, rule.loses),
        )
        for rule in late
    )
