"""Tell which sums follow from others that are known, by adding and subtracting."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from fractions import Fraction

Sum = frozenset[tuple[int, int]]
_Line = dict[Hashable, Fraction]


class Span:
    """All that follows from some sums: each is the set of the cells that it adds up."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, _Line] = {}  # by the cell that the line begins with

    def add(self, known: Iterable[Hashable]) -> None:
        """Take one more sum as known."""
        left = self._left_of(known)
        if left:
            first = next(iter(left))
            self._lines[first] = {cell: value / left[first] for cell, value in left.items()}

    def holds(self, asked: Iterable[Hashable]) -> bool:
        """Return whether the sum follows from the known ones."""
        return not self._left_of(asked)

    def _left_of(self, cells: Iterable[Hashable]) -> _Line:
        """Return what is left of the sum when all that is known is taken off it."""
        left: _Line = dict.fromkeys(cells, Fraction(1))
        # In the order in which they came: no line holds a cell that an earlier one begins with.
        for first, line in self._lines.items():
            share = left.get(first)
            if share:
                for cell, value in line.items():
                    rest = left.get(cell, Fraction(0)) - share * value
                    if rest:
                        left[cell] = rest
                    else:
                        left.pop(cell, None)
        return left


def span_of(sums: Iterable[Iterable[Hashable]]) -> Span:
    """Return what follows from the sums."""
    span = Span()
    for one in sums:
        span.add(one)
    return span
