"""Tell which sums follow from others that are known, by adding and subtracting."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction
from heapq import heapify, heappop, heappush

Sum = frozenset[tuple[int, int]]
_Line = dict[Hashable, int | Fraction]


class Span:
    """All that follows from some sums: each is the set of the cells that it adds up."""

    def __init__(self, before: Span | None = None) -> None:
        # By the cell that the line begins with; and those cells' places in the order in which they came.
        self._lines: dict[Hashable, _Line] = dict(before._lines) if before else {}
        self._order: dict[Hashable, int] = dict(before._order) if before else {}

    def add(self, known: Iterable[Hashable]) -> None:
        """Take one more sum as known."""
        left = self._left_of(known)
        if left:
            # Where it can be, whole numbers stay whole: they are many times as quick.
            first = next((cell for cell, value in left.items() if abs(value) == 1), next(iter(left)))
            share = left[first]
            self._lines[first] = {
                cell: value * share if abs(share) == 1 else Fraction(value) / share
                for cell, value in left.items()
            }
            self._order[first] = len(self._order)

    def holds(self, asked: Iterable[Hashable]) -> bool:
        """Return whether the sum follows from the known ones."""
        return not self._left_of(asked)

    def _left_of(self, cells: Iterable[Hashable]) -> _Line:
        """Return what is left of the sum when all that is known is taken off it."""
        left: _Line = dict.fromkeys(cells, 1)
        begun = {self._order[cell]: cell for cell in left if cell in self._order}
        waiting = [*begun]
        heapify(waiting)
        # In the order in which they came: no line holds a cell that an earlier one begins with.
        while waiting:
            first = begun[heappop(waiting)]
            share = left.get(first)
            if share:
                for cell, value in self._lines[first].items():
                    rest = left.get(cell, 0) - share * value
                    if rest:
                        left[cell] = rest
                    else:
                        left.pop(cell, None)
                    at = self._order.get(cell)
                    if at is not None and at not in begun:
                        begun[at] = cell
                        heappush(waiting, at)
        return left


def span_of(sums: Iterable[Iterable[Hashable]], before: Span | None = None) -> Span:
    """Return what follows from the sums, and from those of which another tells."""
    span = Span(before)
    for one in sums:
        span.add(one)
    return span
