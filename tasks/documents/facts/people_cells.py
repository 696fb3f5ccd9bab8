"""Put a grant's numbers of people as cells that a reader reckons with: those of a document, and of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from models.rules.answers.reader import Cell, Sum, Tie
from tasks.documents.facts.repeated import Shown, Way
from tasks.documents.facts.report import FigureRow

# How many numbers of a row, or of a breakdown, are looked at together at most: below 5, no more of them can be.
_MOST_TOGETHER = 4


# What a row's number of a period is, or was when a document was made: None where it is not given.
_Numbers = Callable[[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Told:
    """What of people a document shows, and all its numbers when it was made, hidden ones too: by row's key and period.

    The numbers tell what it would give away of an answer that was corrected since. None is one that was not given.
    """

    shown: tuple[Shown, ...] = ()
    numbers: Mapping[str, Mapping[str, int | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OtherPeriod:
    """A period that a document says nothing of and others may: its key and name, and its figures by row's key."""

    key: str
    name: str
    numbers: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class SmallSum:
    """Few people, in one number or in several together: the rows' keys and the periods that it adds up.

    It is `old` where an answer was corrected since, and `together` where no document has it as one number.
    """

    cells: Sum
    number: int
    parts: Way
    old: bool = False
    together: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its rows."""
        return tuple(dict.fromkeys(key for key, _ in self.parts))

    @property
    def periods(self) -> tuple[str, ...]:
        """Its periods."""
        return tuple(dict.fromkeys(period for _, several in self.parts for period in several))


class PeopleCells:
    """The numbers of people of rows over the document's own periods and others, each a cell: what is the same is one.

    A number that was corrected since a document was made is a cell of its own, beside the one that is now; one that
    is not given is none, and nothing is held to the sum of it. `rows` are the rows by key; `ties` the sums that
    numbers are of others in every version, also where an explanation stands beside, from which a reader may know by
    how much they are not. `told` is what earlier documents showed, as sums of cells; `supposed` is what that would be
    of the numbers as they are, where it comes to the same. `small` are the sums below the threshold.
    """

    def __init__(
        self,
        rows: Mapping[str, FigureRow],
        own: Sequence[str],
        others: Sequence[OtherPeriod],
        told: Iterable[Told],
        threshold: int,
    ) -> None:
        self.rows, self._own, self._threshold = rows, own, threshold
        self._now = {
            (row.key, period): number
            for row in rows.values()
            for period, number in zip(own, counts_of(row), strict=False)
        } | {(key, one.key): number for one in others for key, number in one.numbers.items()}
        self.periods = (*own, *(one.key for one in others))
        self.numbers: dict[Cell, int] = {}
        self.ties: dict[Tie, None] = {}
        self.small: dict[Sum, SmallSum] = {}
        self._looked_at: set[frozenset[Sum]] = set()
        self._look(self.now, self.periods, old=False)
        shown = [(was, is_now) for one in told for was, is_now in self._told(one) if was]
        self.told = frozenset(was for was, _ in shown)
        same = (is_now for was, is_now in shown if self.number(was) == self.number(is_now))
        self.supposed = frozenset(same) - self.told

    def now(self, key: str, period: str) -> int | None:
        """Return what a row's number of a period is; None where it is not given."""
        return self._now.get((key, period))

    def sum_of(self, key: str, periods: Iterable[str], numbers: _Numbers | None = None) -> Sum:
        """Return the cells that a row's number over the periods is the sum of, as they are or were."""
        given = ((period, (numbers or self.now)(key, period)) for period in periods)
        return frozenset(self._cell(key, period, number) for period, number in given if number is not None)

    def _sum(self, way: Way, numbers: _Numbers) -> Sum:
        return frozenset[Cell]().union(*(self.sum_of(key, several, numbers) for key, several in way))

    def number(self, cells: Sum) -> int:
        """Return what the cells come to."""
        return sum(self.numbers[cell] for cell in cells)

    def _cell(self, key: str, period: str, number: int) -> Cell:
        cell = key, period, number
        self.numbers[cell] = number
        return cell

    def _told(self, document: Told) -> Iterator[tuple[Sum, Sum]]:
        """Yield each number that the document shows, as the sum of the numbers as they were, and as they are."""

        def then(key: str, period: str) -> int | None:
            return document.numbers.get(key, {}).get(period, self.now(key, period))

        periods = dict.fromkeys(
            [
                *(period for numbers in document.numbers.values() for period in numbers),
                *(period for _, several in document.shown for period in several),
            ]
        )
        self._look(then, tuple(periods), old=True)
        for key, several in document.shown:
            if key in self.rows:
                yield self.sum_of(key, several, then), self.sum_of(key, several)

    def _look(self, numbers: _Numbers, periods: Sequence[str], *, old: bool) -> None:
        """Note how the rows' numbers in the periods hang together, and what of them is small."""
        for row in self.rows.values():
            for period in periods:
                self.ties |= dict.fromkeys(self._ties(row, period, numbers))
            for few, together in self._every(row, periods, numbers):
                self._note(few, numbers, old=old, together=together)

    def _ties(self, row: FigureRow, period: str, numbers: _Numbers) -> Iterator[Tie]:
        """Yield the sums that the row's number of the period is, where nothing counts twice in them."""
        for whole in self.sum_of(row.key, (period,), numbers):
            for way in self._parts(row, (period,)):
                parts = self._sum(way, numbers)
                if len(parts) == len(way):  # else a part is not given, and may be anything
                    yield whole, parts
            for way in self._again(row, period, numbers):
                every = [(key, one) for key, several in way for one in several]
                parts = self._sum(way, numbers)
                if parts and len({*every}) == len(every):
                    yield whole, parts

    def _note(self, parts: Way, numbers: _Numbers, *, old: bool, together: bool) -> None:
        cells = self._sum(parts, numbers)
        number = self.number(cells)
        if 0 < number < self._threshold:
            corrected = old and any(self.now(key, period) != then for key, period, then in cells)
            self.small.setdefault(cells, SmallSum(cells, number, parts, corrected, together))

    def _every(self, row: FigureRow, periods: Sequence[str], numbers: _Numbers) -> Iterator[tuple[Way, bool]]:
        """Yield what could be few people: the row's numbers, what it says again, and several numbers together."""
        single = [(one,) for one in periods]
        # What another period's number says again is looked at as that.
        own_one = (one for one in periods if one in self._own or not any(self._again(row, one, numbers)))
        yield from ((((row.key, (one,)),), False) for one in own_one)
        own = tuple(one for one in self._own if one in periods)
        if row.over_periods == "sum":
            yield from ((((row.key, several),), False) for several in (own, tuple(periods)) if several)
            yield from self._together([(row.key, one) for one in single], numbers)
        for several in (*single, own):
            for way in self._parts(row, several):
                yield from self._together(way, numbers)
        yield from ((self._listed(way), False) for ways in row.again.values() for way in ways)

    def _again(self, row: FigureRow, period: str, numbers: _Numbers) -> Iterator[Way]:
        """Yield the sums that the row's number of the period says again, being what it is or was."""
        number = numbers(row.key, period)
        ways = (self._listed(way) for way in row.again.get(period, ()))
        return (way for way in ways if way and self.number(self._sum(way, numbers)) == number)

    def _listed(self, way: Way) -> Way:
        """Return what reports have of a sum: an answer in an application is in none."""
        return tuple(part for part in way if part[0] in self.rows)

    def _parts(self, row: FigureRow, periods: tuple[str, ...]) -> Iterator[Way]:
        return (tuple((key, periods) for key in way) for way in row.adds if self.rows.keys() >= {*way})

    def _together(self, parts: Iterable[Shown], numbers: _Numbers) -> Iterator[tuple[Way, bool]]:
        """Yield each few of the numbers that are small together: together they are as few people as one of them."""
        cells = {one: self._sum((one,), numbers) for one in parts}
        counts = {one: self.number(several) for one, several in cells.items()}
        few = [one for one, number in counts.items() if 0 < number < self._threshold]
        several = frozenset(cells[one] for one in few)
        if several in self._looked_at:
            return
        self._looked_at.add(several)
        for size in range(2, _MOST_TOGETHER + 1):
            yield from (
                (several, True)
                for several in combinations(few, size)
                if sum(counts[one] for one in several) < self._threshold
            )


def counts_of(row: FigureRow) -> list[int | None]:
    """Return a row's numbers of people by period: None where nobody gave one, and a part of one counts as one."""
    return [
        None if value is None else max(1, int(value)) if value > 0 else int(value) for value in row.values
    ]


def periods_of(figures: Sequence[FigureRow], named: Mapping[str, str]) -> Iterator[OtherPeriod]:
    """Yield what the figures say of each of their periods, which are given by key with their names."""
    counts = {row.key: counts_of(row) for row in figures}
    for at, (key, name) in enumerate(named.items()):
        yield OtherPeriod(key, name, {row: numbers[at] for row, numbers in counts.items()})
