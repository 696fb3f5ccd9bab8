"""Join the answers that a question was given in several periods into one: added up, the last, the highest, or none."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from models.programme.question import OverPeriods


def join_periods(values: Iterable[Decimal | None], how: OverPeriods) -> Decimal | None:
    """Return what the periods' values, oldest first, come to; None where nothing is known or nothing is to be said."""
    known = [value for value in values if value is not None]
    if not known or how == "none":
        return None
    if how == "last":
        return known[-1]
    return max(known) if how == "highest" else sum(known, Decimal(0))
