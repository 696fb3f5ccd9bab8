"""What being late costs, and from which day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from models.rules.money.shares import share_of

if TYPE_CHECKING:
    from models.programme.terms import LateRule


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when a step is not done before a day; the sum is None while the award is not known."""

    from_on: date
    share: str
    amount_minor: int | None


def losses(late: Iterable[LateRule], due_on: date, award_minor: int | None) -> tuple[Loss, ...]:
    """Return what being late costs, each from its day on, in the order of time."""
    return tuple(
        Loss(
            rule.from_on(due_on),
            rule.loses,
            None if award_minor is None else share_of(award_minor, rule.loses),
        )
        for rule in late
    )
