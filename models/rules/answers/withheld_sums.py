"""Choose which printed numbers are not shown, so that what is shown tells none of those that are to stay untold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from models.rules.answers.reader import Reader, Sum

# How many numbers are tried at most before one more is withheld.
_MOST_TRIED = 12


@dataclass(frozen=True, slots=True)
class Printed:
    """A number that a document would print: what it is the sum of, how much that is, and how gladly it is withheld.

    Of several that help as much, one of lower `worth` is withheld first, then what is no total, then the smallest;
    a nought last, since it points at nobody.
    """

    cells: Sum
    number: int
    total: bool
    worth: int = 0


def withheld(
    asked: Mapping[Reader, Collection[Sum]], known: Set[Sum], printed: Sequence[Printed], hidden: Set[Sum]
) -> frozenset[Sum]:
    """Return the printed sums to withhold, `hidden` among them, so that none of what is asked follows for its reader.

    `known` are sums that readers have whatever is withheld; none of the asked ones follows from them alone. As few
    are withheld as a simple search finds: one at a time, then without those that later ones made needless.
    """
    order = {one.cells: at for at, one in enumerate(printed)}
    shown = order.keys() - hidden
    while told := {reader: found for reader, found in _told(asked, known | shown) if found}:
        because = [one & shown for found in told.values() for one in found.values()]
        tried = _tried(because, printed, order)
        tried = tried or [one for one in printed if one.cells in shown][:_MOST_TRIED]
        if not tried:
            break

        def cost(
            one: Printed,
            told: Mapping[Reader, Collection[Sum]] = told,
            shown: Set[Sum] = shown,
            many: int = len(because),
        ) -> tuple[object, ...]:
            left = sum(len(found) for _, found in _told(told, known | (shown - {one.cells})))
            return left == many, one.worth, left, not one.number, one.total, one.number, order[one.cells]

        shown = shown - {min(tried, key=cost).cells}
    partners = (one for one in printed if one.cells not in shown and one.cells not in hidden)
    for one in sorted(partners, key=lambda one: (-one.worth, -one.number, order[one.cells])):
        more = known | shown | {one.cells}
        if not any(any(reader.told(more, sums)) for reader, sums in asked.items()):
            shown = shown | {one.cells}
    return frozenset(order.keys() - shown)


def _told(
    asked: Mapping[Reader, Collection[Sum]], known: Set[Sum]
) -> Iterator[tuple[Reader, dict[Sum, Set[Sum]]]]:
    return ((reader, dict(reader.told(known, sums))) for reader, sums in asked.items())


def _tried(because: Sequence[Set[Sum]], printed: Sequence[Printed], order: dict[Sum, int]) -> list[Printed]:
    """Return the shown numbers that most of the told ones follow from."""
    often = Counter(one for several in because for one in several)

    def rank(cells: Sum) -> tuple[object, ...]:
        one = printed[order[cells]]
        return -often[cells], one.worth, not one.number, one.total, one.number, order[cells]

    return [printed[order[cells]] for cells in sorted(often, key=rank)[:_MOST_TRIED]]
