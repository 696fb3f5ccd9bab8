"""Find whole numbers that fit sums, by integer programmes: the solver proposes, and exact numbers decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

import highspy
import numpy as np

from models.rules.answers.reader import Cell, Difference, Sum, Tie

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

    def __init__(self, numbers: Mapping[Cell, int], least: Mapping[Cell, int], ties: Sequence[Tie]) -> None:
        self._numbers, self._least, self._ties = numbers, least, ties
        self._columns = {cell: at for at, cell in enumerate(numbers)}
        self._rows: dict[Sum, int] = {}
        self._fixed: set[Sum] = set()
        self._highs = highs = _Silent()  # type: ignore[no-untyped-call]
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("time_limit", _MOST_SECONDS)
        for cell, number in numbers.items():
            highs.addVar(float(least[cell]), float(number + _ROOM))
        every = np.arange(len(numbers), dtype=np.int32)
        highs.changeColsIntegrality(len(numbers), every, np.full(len(numbers), highspy.HighsVarType.kInteger))
        for whole, parts in ties:
            self._add(parts, whole)

    def _add(self, cells: Sum, whole: Cell | None = None) -> None:
        """Add a row: what the cells come to, or how much that is from the whole, is as it is."""
        shares = dict.fromkeys(self._places(cells), 1.0)
        value = float(self._sum(cells))
        if whole is not None:
            at = self._columns[whole]
            shares[at] = shares.get(at, 0.0) - 1.0
            value -= self._numbers[whole]
        columns = np.array([*shares], dtype=np.int32)
        self._highs.addRow(value, value, len(columns), columns, np.array([*shares.values()]))

    def _places(self, cells: Sum) -> list[int]:
        """Return the cells' columns in their order: the solver finds the same whatever a set's order is."""
        return sorted(self._columns[cell] for cell in cells)

    def other(self, known: Set[Sum], asked: Sum) -> tuple[Difference | None, Set[Sum]]:
        """Return how other numbers that fit the known sums differ, where the asked one does.

        None where none are found, with those of the known sums that are enough for that.
        """
        self._fix(known)
        columns = np.array(self._places(asked), dtype=np.int32)
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
        for one in sorted(known - self._rows.keys(), key=self._places):
            self._rows[one] = len(self._ties) + len(self._rows)
            self._add(one)
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
        if any(self._numbers[cell] + by < self._least[cell] for cell, by in other.items()):
            return None
        if not _changed(other, asked) or any(_changed(other, one) for one in known):
            return None
        if any(other.get(whole, 0) != _changed(other, parts) for whole, parts in self._ties):
            return None
        return other


def _changed(other: Difference, cells: Iterable[Cell]) -> int:
    return sum(other.get(cell, 0) for cell in cells)
