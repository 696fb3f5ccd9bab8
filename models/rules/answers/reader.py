"""Tell which numbers a reader can reckon from others, by looking for other ones that fit all that is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.rules.answers.number_solver import NumberSolver

# What a cell is called.
Cell = tuple[Any, ...]
Sum = frozenset[Cell]
# A cell that is the sum of others, or by how much it is not, as the reader knows without being told how much they are.
Tie = tuple[Cell, Sum]
# By how much each cell is another.
Difference = Mapping[Cell, int]


class Reader:
    """Somebody who knows sums of cells, and which cells are sums of others; `numbers` are what the cells are.

    The reader knows that no cell is below nothing and, unless he doubts it, that one that is 1 or more is not nothing:
    a hidden number stands for somebody. A sum is told when no other whole numbers fit. That others do is proved by
    such numbers, which are held against all that is known in whole numbers; the solver only finds them.
    """

    def __init__(
        self,
        numbers: Mapping[Cell, int],
        ties: Iterable[Tie],
        before: Set[Sum] = frozenset(),
        *,
        doubts: bool = False,
    ) -> None:
        self._least = {cell: 0 if doubts else min(1, number) for cell, number in numbers.items()}
        self._numbers, self._ties, self._before = numbers, [*dict.fromkeys(ties)], before
        self._others: list[Difference] = []
        self._last: dict[Sum, int] = {}
        self._because: dict[Sum, list[Set[Sum]]] = defaultdict(list)
        self._changed: list[dict[Sum, bool]] = []

    def told(self, known: Set[Sum], asked: Iterable[Sum]) -> Iterator[tuple[Sum, Set[Sum]]]:
        """Yield each asked sum that follows from the known ones, with those of them that it follows from.

        What the reader knew `before` is known too.
        """
        known = known | self._before
        fitting = {at for at in range(len(self._others)) if not any(self._changes(at, one) for one in known)}
        alone = {cell: one for one in known if len(one) == 1 for cell in one}
        last = self._last
        # Of many asked sums most are another with what was found before, and none of them is looked at again.
        for one in [one for one in asked if last.get(one) not in fitting]:
            if one <= alone.keys():
                yield one, {alone[cell] for cell in one}
                continue
            found = next((at for at in fitting if self._changes(at, one)), None)
            if found is None:
                enough = next((some for some in self._because[one] if some <= known), None)
                if enough is not None:
                    yield one, enough
                    continue
                other, because = self._solver.other(known, one)
                if other is None:
                    self._because[one].append(because)
                    yield one, because
                    continue
                self._others.append(other)
                self._changed.append({})
                found = len(self._others) - 1
                fitting.add(found)
            last[one] = found

    def _changes(self, at: int, cells: Sum) -> bool:
        """Return whether the sum is another with the other numbers."""
        seen = self._changed[at]
        if cells not in seen:
            other = self._others[at]
            seen[cells] = sum(other[cell] for cell in cells if cell in other) != 0
        return seen[cells]

    @cached_property
    def _solver(self) -> NumberSolver:
        from models.rules.answers.number_solver import NumberSolver  # it takes long to load

        return NumberSolver(self._numbers, self._least, self._ties)
