"""Decide how much of a grant's money is at risk, and what lateness costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from models.reading.number import print_part
from models.rules.money.payment import find_claim_minor, sum_paid_minor
from models.rules.money.shares import find_share
from models.vocabulary import GrantStatus

if TYPE_CHECKING:
    from models.programme.language.amounts import Price
    from models.programme.plan import Programme
    from models.tables.grant import Grant
    from models.tables.money import Instalment
    from models.tables.step import Step


def find_shortfall(amount_minor: int | None, paid_minor: int | None) -> int:
    """Return by how much the payments fell short of an instalment, in minor units; 0 before anything came."""
    return 0 if paid_minor is None else max((amount_minor or 0) - paid_minor, 0)


def find_late_costs(programme: Programme) -> dict[str, Fraction]:
    """Return the largest part of the award that each step can cost when late, by programme step."""
    return {rule.key: rule.late[-1].part for rule in programme.steps if rule.late}


def at_risk_minor(
    grant: Grant,
    instalments: Collection[Instalment],
    unsettled: Iterable[Step],
    costs: Mapping[str, Fraction],
) -> int:
    """Return how much of a grant can still be lost, in minor units: unpaid money, or a late step's cost.

    The larger counts. Money that is lost already, as no more of a part comes, does not. `costs` are
    the programme's `find_late_costs`. A grant that is not open has nothing to lose.
    """
    if grant.status != GrantStatus.OPEN:
        return 0
    late = (
        find_share(grant.award_minor or 0, costs[step.template_key])
        for step in unsettled
        if step.template_key in costs
    )
    return max(_unpaid(grant, instalments), *late, 0)


def _unpaid(grant: Grant, instalments: Collection[Instalment]) -> int:
    """Return the money that is neither paid nor lost; while a part's sum is unknown, the whole award counts."""
    total = sum(find_claim_minor(row) for row in instalments)
    if grant.award_minor is not None and any(row.amount_minor is None for row in instalments):
        total = max(total, grant.award_minor)
    lost = sum(
        find_shortfall(find_claim_minor(row), row.paid_minor) for row in instalments if row.no_more_why
    )
    return total - sum_paid_minor(instalments) - lost


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when a step is not done before a day; the sum is None while the award is unknown."""

    from_on: date
    share: str
    amount_minor: int | None


def find_losses(late: Iterable[Price], due_on: date, award_minor: int | None) -> tuple[Loss, ...]:
    """Return what lateness costs, each from its day on, in order of time."""
    return tuple(
        Loss(
            lateness.from_on(due_on),
            print_part(lateness.part),
            None if award_minor is None else find_share(award_minor, lateness.part),
        )
        for lateness in late
    )
