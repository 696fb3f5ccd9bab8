"""Tell what can still be lost of a grant, and what is missing of an instalment that was paid."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from models.rules.money.shares import share_of
from models.vocabulary import GrantStatus, InstalmentStatus


class AwardRow(Protocol):
    """A grant, as whoever asks has it: a row of the table, or a part of one."""

    @property
    def status(self) -> str:
        """Whether it still runs."""

    @property
    def award_minor(self) -> int | None:
        """What was awarded; None before that."""


class PaidRow(Protocol):
    """An instalment, as whoever asks has it."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def amount_minor(self) -> int | None:
        """Its sum; None while it is not known."""

    @property
    def paid_minor(self) -> int | None:
        """What came of it; None while nothing did."""

    @property
    def no_more_why(self) -> str | None:
        """Why no more of it comes; None while what is missing is waited for."""


class RuledRow(Protocol):
    """A step, as whoever asks has it."""

    @property
    def template_key(self) -> str:
        """Its key in the programme."""


def missing_of(amount_minor: int | None, paid_minor: int | None) -> int:
    """Return what of an instalment is missing when it was paid; nothing while it was not."""
    return 0 if paid_minor is None else max((amount_minor or 0) - paid_minor, 0)


def at_risk_minor(
    grant: AwardRow, instalments: Collection[PaidRow], unsettled: Iterable[RuledRow], costs: Mapping[str, str]
) -> int:
    """Return what can still be lost of a grant, in minor units: what is not paid yet, or what a late step can cost.

    The larger counts; what is lost already, as no more of a part comes, does not. `costs` is the largest part of the
    award that each step can cost late, by the step's key in the programme. A grant that is not open has nothing to
    lose.
    """
    if grant.status != GrantStatus.OPEN:
        return 0
    late = (
        share_of(grant.award_minor or 0, costs[step.template_key])
        for step in unsettled
        if step.template_key in costs
    )
    return max(_unpaid(grant, instalments), *late, 0)


def _unpaid(grant: AwardRow, instalments: Collection[PaidRow]) -> int:
    """Return what is not paid yet and not lost; while a part's sum is not known, all of the award that is not."""
    paid = sum(row.paid_minor or 0 for row in instalments if row.status == InstalmentStatus.PAID)
    total = sum(row.amount_minor or 0 for row in instalments)
    if grant.award_minor is not None and any(row.amount_minor is None for row in instalments):
        total = max(total, grant.award_minor)
    lost = sum(missing_of(row.amount_minor, row.paid_minor) for row in instalments if row.no_more_why)
    return total - paid - lost
