"""Divide an award into what came, what is claimed, what is still to come, and what is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.vocabulary import CLAIMED_OR_PAID


class PartSaid(Protocol):
    """An instalment as pages state it: its sum is `find_stated_minor`."""

    @property
    def amount_minor(self) -> int | None:
        """Its sum in minor units; None while it is not known."""

    @property
    def paid_minor(self) -> int | None:
        """What came of it, in minor units."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def no_more_why(self) -> str | None:
        """Why no more comes; None where the rest is waited for."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A grant's money in minor units; the four add up to the award, or else to its parts."""

    received: int
    claimed: int
    left: int
    lost: int

    @property
    def total(self) -> int:
        """The whole, in minor units."""
        return self.received + self.claimed + self.left + self.lost

    @property
    def to_come(self) -> int:
        """What is still to come, claimed or not, in minor units."""
        return self.claimed + self.left


def divide_award(award_minor: int | None, parts: Sequence[PartSaid]) -> Outstanding:
    """Divide the award of a grant by how far its instalments have come.

    Once the sum of every part is known, the award less what is paid and what can be claimed is
    lost.
    """
    received = sum(part.paid_minor or 0 for part in parts)
    claimed = sum(_missing(part) for part in parts if part.status in CLAIMED_OR_PAID)
    left = sum(_missing(part) for part in parts if part.status not in CLAIMED_OR_PAID)
    award = max(award_minor or 0, received + claimed + left)
    rest = award - received - claimed - left
    if any(part.amount_minor is None for part in parts):
        return Outstanding(received, claimed, left + rest, 0)
    return Outstanding(received, claimed, left, rest)


def _missing(part: PartSaid) -> int:
    """Return how much of a part is still to come, in minor units; 0 if no more comes."""
    if part.no_more_why is not None:
        return 0
    return max((part.amount_minor or 0) - (part.paid_minor or 0), 0)
