"""Prove that hidden numbers stay hidden, by finding other numbers that all that is known fits as well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.rules.known_sums import Sum, span_of

_Cell = tuple[int, int]
# How far an asked sum is from what it is, in other numbers that are looked for.
_OTHERWISE = (1, -1, 2, -2)
# Where a search goes on for longer, the sum counts as settled: what is not proved is not safe.
_MOST_TRIES = 300


def settled(known: Iterable[Sum], numbers: Mapping[_Cell, int], asked: Iterable[Sum]) -> frozenset[Sum]:
    """Return the asked sums that a reader of the known ones can tell, or cannot be proved not to.

    The reader knows which cells are none at all only where a sum says so, and that every other one is 1 or more: a
    hidden nought there is not. A cell of which nothing is known here counts as none.
    """
    known, left = [*known], set(asked)
    span = span_of(known)
    told = {one for one in left if span.holds(one)}
    for one in sorted(left - told, key=sorted):
        if one in left:
            other = next(filter(None, (_otherwise(known, numbers, one, by) for by in _OTHERWISE)), None)
            if other is not None:
                left -= {sum_ for sum_ in left if _of(sum_, {**numbers, **other}) != _of(sum_, numbers)}
    return frozenset(left | told)


def _of(cells: Iterable[_Cell], numbers: Mapping[_Cell, int]) -> int:
    return sum(numbers.get(cell, 0) for cell in cells)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of cells with what they come to, and in which of them each cell stands."""

    every: Sequence[tuple[Sum, int]]
    by_cell: Mapping[_Cell, Sequence[int]]

    @classmethod
    def of(cls, every: Sequence[tuple[Sum, int]]) -> _Sums:
        by_cell: dict[_Cell, list[int]] = defaultdict(list)
        for at, (cells, _) in enumerate(every):
            for cell in cells:
                by_cell[cell].append(at)
        return cls(every, by_cell)


@dataclass(frozen=True, slots=True)
class _Ranges:
    """What each cell can be, from `low` to `high`."""

    low: dict[_Cell, int]
    high: dict[_Cell, int]

    def narrowed(self, sums: _Sums, fixed: _Cell | None = None) -> _Ranges | None:
        """Return the ranges that the sums leave, after one cell was fixed where there is one; None for none."""
        low, high = dict(self.low), dict(self.high)
        waiting = dict.fromkeys(range(len(sums.every)) if fixed is None else sums.by_cell[fixed])
        while waiting:
            at = next(iter(waiting))
            del waiting[at]
            cells, total = sums.every[at]
            least, most = sum(low[cell] for cell in cells), sum(high[cell] for cell in cells)
            for cell in cells:
                highest, lowest = total - (least - low[cell]), total - (most - high[cell])
                if highest < high[cell] or lowest > low[cell]:
                    least, most = least - low[cell], most - high[cell]
                    low[cell], high[cell] = max(low[cell], lowest), min(high[cell], highest)
                    if low[cell] > high[cell]:
                        return None
                    least, most = least + low[cell], most + high[cell]
                    waiting |= dict.fromkeys(sums.by_cell[cell])
        return _Ranges(low, high)


def _otherwise(
    known: Sequence[Sum], numbers: Mapping[_Cell, int], asked: Sum, by: int
) -> dict[_Cell, int] | None:
    """Return numbers that fit the known sums and give the asked one another value, of the cells that it hangs on."""
    sums = [(asked, _of(asked, numbers) + by)]
    cells, waiting = set(asked), [*known]
    while near := [one for one in waiting if one & cells]:
        waiting = [one for one in waiting if not one & cells]
        cells |= frozenset().union(*near)
        sums += [(one, _of(one, numbers)) for one in near]
    most = _of(cells, numbers) + len(cells) + 2
    low = {cell: min(1, numbers.get(cell, 0)) for cell in cells}
    ranges = _Ranges(low, dict.fromkeys(sorted(cells), most))
    narrow = ranges.narrowed(every := _Sums.of(sums))
    return _search(narrow, every, numbers, iter(range(_MOST_TRIES)))


def _search(
    narrow: _Ranges | None, sums: _Sums, numbers: Mapping[_Cell, int], tries: Iterator[int]
) -> dict[_Cell, int] | None:
    """Return numbers within the ranges that fit the sums, as near as can be to what they are; None if none is found."""
    if narrow is None or next(tries, None) is None:
        return None
    near = {cell: min(max(numbers.get(cell, 0), low), narrow.high[cell]) for cell, low in narrow.low.items()}
    wrong = next((cells for cells, total in sums.every if sum(near[cell] for cell in cells) != total), None)
    if wrong is None:
        return near
    cell = min(
        (one for one in wrong if narrow.low[one] < narrow.high[one]),
        key=lambda one: (narrow.high[one] - narrow.low[one], one),
    )
    values = range(narrow.low[cell], narrow.high[cell] + 1)
    for value in sorted(values, key=lambda one: abs(one - near[cell]))[:4]:
        fixed = replace(narrow, low=narrow.low | {cell: value}, high=narrow.high | {cell: value})
        found = _search(fixed.narrowed(sums, cell), sums, numbers, tries)
        if found is not None:
            return found
    return None
