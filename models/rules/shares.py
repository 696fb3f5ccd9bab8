"""Split an award into its instalments, and add decisions up to an award."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal

from models.grant import Decision


def split_award(award_minor: int, shares: Sequence[str]) -> tuple[int, ...]:
    """Return the instalments in minor units; each is rounded down and the last takes the remainder."""
    parts = []
    for share in shares[:-1]:
        part = Decimal(award_minor) * Decimal(share.rstrip(" %")) / 100
        parts.append(int(part.to_integral_value(rounding=ROUND_FLOOR)))
    return (*parts, award_minor - sum(parts))


def add_up_award(decisions: Iterable[Decision]) -> int | None:
    """Return the award after the decisions, oldest first; None while no decision states a sum.

    A decision adds its `amount_minor` or states the `total_minor` so far, which covers earlier decisions whose own
    part is not known.
    """
    total: int | None = None
    for decision in sorted(decisions, key=lambda row: (row.decided_on, row.id or 0)):
        if decision.total_minor is not None:
            total = decision.total_minor
        elif decision.amount_minor is not None:
            total = (total or 0) + decision.amount_minor
    return total
