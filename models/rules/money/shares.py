"""Work out the sum of each instalment, and add a grant's decisions up to its award."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeVar

from models.reading.number import exact_amount, read_amount, read_part
from models.vocabulary import DecisionKind

if TYPE_CHECKING:
    from datetime import date

    from models.programme.instalment import InstalmentRule
    from models.programme.language.amounts import Repays, Share
    from models.programme.plan import Programme
    from models.tables.grant import Decision


class HasKind(Protocol):
    """A decision: a row of the table, or a part of one."""

    @property
    def kind(self) -> str:
        """Whether it grants the money, changes it, or refuses it."""


AnyDecision = TypeVar("AnyDecision", bound=HasKind)


@dataclass(frozen=True, slots=True)
class PartToSize:
    """An instalment to be sized by its programme's `share`, whose sums are in a `currency`.

    Parts of one `rule` get equal parts of the rule's sum. A decision states `stated_minor`. A claim
    asks for `claimed_minor`; for the rest of costs it is the approved sum. `fixed_minor` is the sum
    of one that was paid or claimed already, which keeps it. `kept` is the part of the award, or of
    the claim, that somebody keeps.

    The rest is the whole less the other instalments, and at most what is left of the award.
    `unused_minor` is taken off; None while it is unknown. Then the sum is rounded as the share
    says.
    """

    rule: int
    share: Share
    currency: str
    stated_minor: int | None = None
    claimed_minor: int | None = None
    fixed_minor: int | None = None
    kept: Fraction | None = None
    kept_minor: int = 0  # of one that was claimed or paid already
    unused_minor: int | None = 0

    @property
    def takes_rest(self) -> bool:
        """Whether it takes what the others leave."""
        return self.share.kind == "rest"

    @property
    def is_claimed(self) -> bool:
        """Whether its sum is what is claimed, or was spent."""
        return self.share.kind in ("claimed", "costs")

    @property
    def is_kept(self) -> bool:
        """Whether it gives back what was kept of the others."""
        return self.share.kind == "kept"


@dataclass(frozen=True, slots=True)
class Sized:
    """An instalment's sum in minor units, None while unknown; `wanted_minor` if the award gives less.

    `kept_minor` is what somebody keeps of it, which the last instalment gives back.
    """

    amount_minor: int | None
    kept_minor: int = 0
    wanted_minor: int | None = None


def size_parts(
    award_minor: int, parts: Sequence[PartToSize], ceiling: str | None = None
) -> tuple[Sized, ...]:
    """Return each part's sum. They add up to the award, or to less where less is claimed for the last.

    Shares are rounded down to minor units. The last part takes the remainder, or what was kept of
    the others, so it waits until all others are known. No part exceeds what is left of the award.
    Before the last no part exceeds the ceiling, where money that somebody keeps counts as paid.
    """
    comes_back = parts[-1].is_kept and parts[-1].fixed_minor is None
    left = award_minor - sum(
        (part.fixed_minor or 0) + (part.kept_minor if comes_back else 0) for part in parts
    )
    room = award_minor if ceiling is None else find_share(award_minor, ceiling)
    room -= sum(part.fixed_minor + part.kept_minor for part in parts[:-1] if part.fixed_minor is not None)
    sized: dict[int, Sized] = {}
    ends = _ends(parts)
    last = len(parts) - 1
    for index, part in enumerate(parts):
        if part.fixed_minor is not None:
            sized[index] = Sized(part.fixed_minor, part.kept_minor)
        elif part.is_kept:
            sized[index] = _given_back(sized.values())
        elif index not in ends:
            most = left if index == last else max(0, min(left, room))
            wanted, kept = _wanted(award_minor, parts, index)
            size = _cut(part, wanted, kept, most)
            sized[index] = size
            left -= (size.amount_minor or 0) + (size.kept_minor if comes_back else 0)
            room -= (size.amount_minor or 0) + size.kept_minor
    lost = _lost(award_minor, parts[-1]) if ends else 0
    is_known = lost is not None and all(size.amount_minor is not None for size in sized.values())
    left = max(0, left - (lost or 0))
    for position, index in enumerate(ends):
        equal = left // (len(ends) - position)
        amount = equal if index == last else max(0, min(equal, room))
        sized[index] = Sized(amount if is_known else None)
        left -= amount
        room -= amount
    return tuple(sized[index] for index in range(len(parts)))


def _ends(parts: Sequence[PartToSize]) -> list[int]:
    """Return the places of the parts that share the remainder: those of the last rule, not yet claimed."""
    last = len(parts) - 1
    return [
        index
        for index, part in enumerate(parts)
        if part.fixed_minor is None
        and not (part.is_claimed or part.is_kept)
        and (index == last or (part.takes_rest and part.rule == parts[last].rule))
    ]


def _lost(award_minor: int, last: PartToSize) -> int | None:
    """Return how much of the remainder the last part does not take; None while it is unknown."""
    of_costs = last.takes_rest and bool(last.share.asks)
    if last.unused_minor is None or (of_costs and last.claimed_minor is None):
        return None
    costs = last.claimed_minor if of_costs else award_minor
    return last.unused_minor + award_minor - min(costs or 0, award_minor)


def _given_back(others: Collection[Sized]) -> Sized:
    """Return what was kept of the other parts, once all of them are known."""
    is_known = all(other.amount_minor is not None for other in others)
    return Sized(sum(other.kept_minor for other in others) if is_known else None)


def _cut(part: PartToSize, wanted: int | None, kept: int, most: int) -> Sized:
    """Return a wanted sum, at most `most`; the kept part is taken from it and counts as paid."""
    if wanted is None:
        return Sized(None)
    gross = min(wanted, most)
    kept = find_share(gross, part.kept) if part.kept and part.is_claimed else min(kept, gross)
    return Sized(gross - kept, kept, wanted if gross < wanted else None)


def _wanted(award_minor: int, parts: Sequence[PartToSize], index: int) -> tuple[int | None, int]:
    """Return a part's sum by its rule, before any cut, and what somebody keeps of it."""
    part = parts[index]
    share = parts[index].share
    if part.is_claimed:
        return _less_unused(part, part.claimed_minor), 0
    whole = 0 if part.takes_rest else None
    if part.stated_minor is not None:
        whole = min(part.stated_minor, find_share(award_minor, share.at_most or Fraction(1)))
    elif share.sum is not None:
        whole = exact_amount(share.sum, part.currency)
    elif share.part is not None and not part.takes_rest:
        whole = find_share(award_minor, share.part)
    whole = _less_unused(part, whole)
    if whole is None:
        return None, 0
    kept = find_share(award_minor, part.kept) if part.kept else 0
    alike = [place for place, other in enumerate(parts) if other.rule == part.rule]
    ends = index == alike[-1]
    return _equal(whole, len(alike), ends), _equal(kept, len(alike), ends)


def _less_unused(part: PartToSize, whole: int | None) -> int | None:
    """Return a sum less the unused money, rounded to its unit; None while either is unknown."""
    if whole is None or part.unused_minor is None:
        return None
    unit = exact_amount(Decimal(part.share.unit), part.currency) if part.share.unit else 1
    units, more = divmod(max(0, whole - part.unused_minor), unit)
    rounds_up = part.share.rounded == "up" and more > 0
    return (units + 1) * unit if rounds_up else units * unit


def _equal(whole: int, count: int, ends: bool) -> int:
    part = whole // count
    return whole - part * (count - 1) if ends else part


def find_share(award_minor: int, share: str | Fraction) -> int:
    """Return a share, as "12.5 %" or "1/3", of the award in minor units, rounded down."""
    return math.floor(award_minor * (read_part(share) if isinstance(share, str) else share))


def find_amount_of_year(programme: Programme, name: str, year: int) -> tuple[int, int]:
    """Return a yearly amount in minor units, and the year it was published for.

    If none is published for the year, the year before it counts, else the first year after.
    """
    years = programme.amounts[name]
    published = max((before for before in years if before <= year), default=min(years))
    return published, read_amount(years[published], programme.currency)


def build_part(rule: InstalmentRule, currency: str) -> PartToSize:
    """Return an instalment to be sized of which only its rule is known."""
    return PartToSize(rule.number, rule.share, currency, kept=rule.keeps.part if rule.keeps else None)


def find_funded_minor(costs: Share | Repays, spent_minor: int, rate: Fraction | None) -> int | None:
    """Return the funder's part of costs, rounded down; None while no decision states its `rate`."""
    part = Fraction(1) if costs.part is None else costs.part
    if costs.rate:
        if rate is None:
            return None
        part *= rate
    return find_share(spent_minor, part)


def find_unused(rule: InstalmentRule, paid_minor: int, spent_minor: int) -> int:
    """Return by how much spending fell short of the payment, or of a part of it, in minor units."""
    return max(0, find_share(paid_minor, rule.share.unused_of or Fraction(1)) - spent_minor)


def decision_sort_key(decision: Decision) -> tuple[date, bool, int]:
    """Return the sort key of decisions: the award of a day comes first, also after a correction."""
    number = decision.id or 0  # the sample award of `grants check` is in no database
    return decision.decided_on, decision.kind is not DecisionKind.AWARD, number


def find_award(decisions: Iterable[AnyDecision]) -> AnyDecision | None:
    """Return the decision that granted the money; None before there is one, and where it was annulled."""
    return next((decision for decision in decisions if decision.kind == DecisionKind.AWARD), None)


def awarded_on(decisions: Iterable[Decision]) -> date | None:
    """Return the day on which the money was granted; None before."""
    award = find_award(decisions)
    return award.decided_on if award is not None else None


def add_up_award(decisions: Iterable[Decision]) -> int | None:
    """Return the award after the decisions, oldest first; None while no decision states a sum.

    A decision adds its `amount_minor`, or states the `total_minor` so far. A total also covers
    earlier decisions whose own part is unknown.
    """
    total: int | None = None
    for decision in sorted(decisions, key=decision_sort_key):
        if decision.total_minor is not None:
            total = decision.total_minor
        elif decision.amount_minor is not None:
            total = (total or 0) + decision.amount_minor
    return total
