"""Tell by integer programmes which numbers follow from printed ones: a model that shares none of the code's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import highspy
import numpy as np

# A row, a period, and what its number is or was, since a corrected one is another: None where it is not given.
Number = tuple[str, int, int | None]
Name = TypeVar("Name")
_ENOUGH = 400.0


@dataclass
class Knowledge:
    """What is known of numbers: what sums of them come to, at least and at most; each is none or more."""

    numbers: dict[Number, int] = field(default_factory=dict)
    lines: list[tuple[dict[int, int], float, float]] = field(default_factory=list)

    def copy(self) -> Knowledge:
        """Return the same, to learn more."""
        return Knowledge(self.numbers, [*self.lines])

    def learn(
        self,
        plus: Iterable[Number],
        least: float,
        most: float | None = None,
        minus: Iterable[Number] = (),
    ) -> None:
        """Learn what numbers less others come to: `least`, or up to `most`."""
        line: Counter[int] = Counter(self._column(one) for one in plus)
        line.subtract(Counter(self._column(one) for one in minus))
        self.lines.append(({**line}, least, least if most is None else most))

    def _column(self, one: Number) -> int:
        return self.numbers.setdefault(one, len(self.numbers))

    def told(self, asked: Mapping[Name, frozenset[Number]]) -> set[Name]:
        """Return the sums that can be nothing else than they are."""
        left = {name: [self._column(one) for one in cells] for name, cells in asked.items()}
        if not left:
            return set()
        is_now = np.array([number or 0 for _, _, number in self.numbers], dtype=float)
        highs, found = self._programme(), set[Name]()
        while left:
            name, columns = next(iter(left.items()))
            other = self._other(highs, columns, is_now)
            if other is None:
                found.add(name)
                del left[name]
            else:
                left = {key: at for key, at in left.items() if other[at].sum() == is_now[at].sum()}
        return found

    def _programme(self) -> highspy.Highs:
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.silent()
        highs.setOptionValue("threads", 1)
        count = len(self.numbers)
        highs.addVars(count, np.zeros(count), np.full(count, _ENOUGH))
        kinds = np.full(count, highspy.HighsVarType.kInteger)
        highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
        for line, least, most in self.lines:
            columns = np.array([*line], dtype=np.int32)
            highs.addRow(least, most, len(line), columns, np.array([*line.values()], dtype=float))
        return highs

    def _other(self, highs: highspy.Highs, columns: list[int], is_now: np.ndarray) -> np.ndarray | None:
        """Return other numbers that fit, where these columns come to something else; None where none do."""
        at = np.array(columns, dtype=np.int32)
        highs.changeColsCost(len(at), at, np.ones(len(at)))
        try:
            for sense in (highspy.ObjSense.kMaximize, highspy.ObjSense.kMinimize):
                highs.changeObjectiveSense(sense)
                highs.run()
                assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
                other = np.round(np.array(highs.getSolution().col_value))
                if other[at].sum() != is_now[at].sum():
                    return other
        finally:
            highs.changeColsCost(len(at), at, np.zeros(len(at)))
        return None
