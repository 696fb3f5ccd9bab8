"""Find whole numbers that fit sums, by integer programmes: the solver proposes, and exact numbers decide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

import highspy
import numpy as np

from models.rules.reader import Cell, Difference, Sum, Tie

# How far above what it is a cell is looked for. Nearer than that, another number is found where there is one.
_ROOM = 10
# Where the solver takes longer, the sum counts as told: what is not proved is not safe.
_MOST_SECONDS = 5.0
_NEAR = 1e-6


class _Silent(highspy.Highs):
    """A solver that prints nothing, not that it begins either, and calls nothing back."""

    def enableCallbacks(self) -> None:  # noqa: N802 - as it is called there
        self.silent()


class NumberSolver:
    """Integer programmes over the cells: one column for each, a row for each tie and for each sum known so far."""

    def __init__(self, numbers: Mapping[Cell, int], ties: Sequence[Tie]) -> None:
        self._numbers, self._ties = numbers, ties
        self._columns = {cell: at for at, cell in enumerate(numbers)}
        self._rows: dict[Sum, int] = {}
        self._fixed: set[Sum] = set()
        self._highs = highs = _Silent()  # type: ignore[no-untyped-call]
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("time_limit", _MOST_SECONDS)
        for number in numbers.values():
            highs.addVar(float(min(1, number)), float(number + _ROOM))
        every = np.arange(len(numbers), dtype=np.int32)
        highs.changeColsIntegrality(len(numbers), every, np.full(len(numbers), highspy.HighsVarType.kInteger))
        for whole, parts in ties:
            beside = numbers[whole] - self._sum(parts)
            self._add([(whole, 1.0), *((cell, -1.0) for cell in parts)], float(beside))

    def _add(self, line: Iterable[tuple[Cell, float]], value: float) -> None:
        by_column: dict[int, float] = defaultdict(float)
        for cell, share in line:
            by_column[self._columns[cell]] += share
        columns, shares = np.array([*by_column], dtype=np.int32), np.array([*by_column.values()])
        self._highs.addRow(value, value, len(columns), columns, shares)

    def other(self, known: Set[Sum], asked: Sum) -> tuple[Difference | None, Set[Sum]]:
        """Return how other numbers that fit the known sums differ, where the asked one does.

        None where none are found, with those of the known sums that are enough for that.
        """
        self._fix(known)
        columns = np.array([self._columns[cell] for cell in asked], dtype=np.int32)
        self._highs.changeColsCost(len(columns), columns, np.ones(len(columns)))
        because: set[Sum] = set()
        try:
            for sense in (highspy.ObjSense.kMaximize, highspy.ObjSense.kMinimize):
                self._highs.changeObjectiveSense(sense)
                for relaxed in (True, False):
                    self._highs.setOptionValue("solve_relaxation", relaxed)
                    self._highs.run()
                    solution = self._highs.getSolution()
                    because |= self._held_by(solution.row_dual) if relaxed else known
                    other = self._proved(solution.col_value, known, asked)
                    if other is not None:
                        return other, frozenset()
                    most = self._highs.getInfo().objective_function_value
                    if abs(most - self._sum(asked)) < _NEAR:
                        break
        finally:
            self._highs.changeColsCost(len(columns), columns, np.zeros(len(columns)))
        return None, because

    def _fix(self, known: Set[Sum]) -> None:
        for one in known - self._rows.keys():
            self._rows[one] = len(self._ties) + len(self._rows)
            self._add(((cell, 1.0) for cell in one), float(self._sum(one)))
            self._fixed.add(one)
        for one in self._fixed - known:
            self._highs.changeRowBounds(self._rows[one], -highspy.kHighsInf, highspy.kHighsInf)
        for one in known - self._fixed:
            self._highs.changeRowBounds(self._rows[one], float(self._sum(one)), float(self._sum(one)))
        self._fixed = {*known}

    def _held_by(self, duals: list[float]) -> set[Sum]:
        return {one for one in self._fixed if abs(duals[self._rows[one]]) > _NEAR} if duals else set()

    def _sum(self, cells: Iterable[Cell]) -> int:
        return sum(self._numbers[cell] for cell in cells)

    def _proved(self, values: list[float], known: Set[Sum], asked: Sum) -> Difference | None:
        """Return the solver's numbers as differences where, made whole, they fit and make the asked sum another."""
        if len(values) < len(self._columns):
            return None
        found = {cell: round(values[at]) - self._numbers[cell] for cell, at in self._columns.items()}
        other = {cell: by for cell, by in found.items() if by}
        if any(self._numbers[cell] + by < min(1, self._numbers[cell]) for cell, by in other.items()):
            return None
        if not _changed(other, asked) or any(_changed(other, one) for one in known):
            return None
        if any(other.get(whole, 0) != _changed(other, parts) for whole, parts in self._ties):
            return None
        return other


def _changed(other: Difference, cells: Iterable[Cell]) -> int:
    return sum(other.get(cell, 0) for cell in cells)
