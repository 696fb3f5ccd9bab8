"""Put what other documents tell of a table's rows beside its own numbers, also where those were others then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.rules.count_table import CountTable, Place
from models.rules.known_sums import Sum
from tasks.papers.report_figures import FigureRow
from tasks.papers.said_again import SaidAgain, Shown, Way

# By how much the cell that stands for all else is above what it completes: room enough for other numbers there.
_ALL_ELSE = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What of people a document shows, and all its numbers when it was made, hidden ones too: by row's key and period.

    The numbers tell what it would give away of an answer that was corrected since. `again` are the sums that what it
    shows said once more.
    """

    shown: tuple[Shown, ...] = ()
    numbers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    again: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherPeriod:
    """A period that a document says nothing of and others may: its key and name, and its figures by row's key."""

    key: str
    name: str
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column behind the table's own: the periods that it adds up, and whether some were corrected since.

    `title` is of the rows that it adds up too, where it does.
    """

    periods: tuple[str, ...]
    old: bool
    title: str = ""


class NumbersAround:
    """What other documents tell of a table's rows, as sums of its cells and of cells in columns behind its own.

    A period that only others have is such a column. So is one whose numbers were others when a document was made:
    there what is the same now is the same cell, and what was corrected a cell of its own. `table` knows what each of
    those is the sum of; `told` are the sums that were shown, `others` the numbers behind the own ones.
    """

    def __init__(
        self,
        rows: Sequence[FigureRow],
        table: CountTable,
        keys: Sequence[str],
        others: Sequence[OtherPeriod],
        told: Iterable[Told],
    ) -> None:
        self._rows, self._bare = rows, table
        self._sums: dict[Place, Sum] = {}
        self._ties: list[Sum] = []
        self.others: dict[Place, int] = {}
        self.columns: list[_Column] = []
        self._width = len(keys) + 1
        self._by_numbers: dict[tuple[str, tuple[int, ...]], int] = {}
        self._cells: dict[tuple[int, str, int], Place] = {}
        self._now: dict[str, tuple[int, tuple[int, ...]]] = {}
        for at, key in enumerate(keys):
            self._stands(key, at, tuple(table.at((row, at)) or 0 for row in range(len(rows))))
        for one in others:
            self._behind(one.key, tuple(one.numbers.get(row.key, 0) for row in rows), old=False)
        if others:
            self._hold_totals(self._now, old=False)
        sums: dict[Sum, None] = {}
        for document in told:
            sums |= dict.fromkeys(self._told(document))
        self.told = [*sums, *self._ties]
        self.table = replace(table, elsewhere=self._sums)

    def _stands(self, period: str, column: int, numbers: tuple[int, ...]) -> None:
        """Note that a period's numbers are these now, and stand in the column."""
        self._now[period] = column, numbers
        self._by_numbers[period, numbers] = column
        for row, number in enumerate(numbers):
            self._cells.setdefault((row, period, number), (row, column))
        self._tie(column, numbers)

    def _behind(self, period: str, numbers: tuple[int, ...], *, old: bool) -> int:
        """Return a new column behind the others, with what each of its numbers is the sum of."""
        column = self._width + len(self.columns)
        self.columns.append(_Column((period,), old))
        self._by_numbers[period, numbers] = column
        parts = [frozenset(row for row, _ in self._bare.sum_at((at, 0))) for at in range(len(numbers))]
        # What is the sum of others comes after them.
        for row in sorted(range(len(numbers)), key=lambda one: parts[one] != {one}):
            place, number = (row, column), numbers[row]
            first = self._cells.setdefault((row, period, number), place)
            if parts[row] == {row}:
                cells = frozenset({first})
            elif sum(numbers[part] for part in parts[row]) == number:
                cells = frozenset[Place]().union(*(self._sums[part, column] for part in parts[row]))
            else:
                cells = frozenset({place})
            self._sums[place] = cells
            if first == place or cells == {place}:
                self.others[place] = number
        if not old:
            self._now[period] = column, numbers
        self._tie(column, numbers)
        return column

    def _tie(self, column: int, numbers: Sequence[int]) -> None:
        """Note that what a row adds up to in one way is what it does in another, whether or not the row is shown.

        Nobody is told how much that is. With a cell that stands for all else, each way comes to one and the same sum.
        """
        places = {row.key: at for at, row in enumerate(self._rows)}
        for at, row in enumerate(self._rows):
            ways = {self._sum_at((at, column)): None}
            for way in row.adds:
                cells = [self._sum_at((places[key], column)) for key in way]
                both = frozenset[Place]().union(*cells)
                # Where some count twice, or an explanation stands beside the sum, it is none.
                if (
                    len(both) == sum(map(len, cells))
                    and sum(numbers[places[key]] for key in way) == numbers[at]
                ):
                    ways[both] = None
            if len(ways) > 1:
                rest = len(self._rows) + at, column
                self.others[rest] = numbers[at] + _ALL_ELSE
                self._ties += [way | {rest} for way in ways]

    def _told(self, document: Told) -> Iterator[Sum]:
        """Yield what the document shows of the rows, as sums."""
        places, then = {row.key: at for at, row in enumerate(self._rows)}, document.numbers
        columns: dict[str, tuple[int, tuple[int, ...]]] = {}
        periods_then = (period for numbers in then.values() for period in numbers)
        shown = (period for _, periods in document.shown for period in periods)
        for period in dict.fromkeys([*periods_then, *shown]):
            _, now = self._now.get(period, (0, (0,) * len(self._rows)))
            numbers = tuple(
                then.get(row.key, {}).get(period, number) for row, number in zip(self._rows, now, strict=True)
            )
            known = self._by_numbers.get((period, numbers))
            columns[period] = (
                known if known is not None else self._behind(period, numbers, old=True),
                numbers,
            )
        self._hold_totals(columns, old=True)
        for key, periods in document.shown:
            if key not in places:
                continue
            row = places[key]
            yield from self._ways(row, [columns[period] for period in periods])
            current = [self._now[period] for period in periods if period in self._now]
            # Where it comes to the same now, it says that of the numbers as they are too.
            if len(current) == len(periods) and sum(numbers[row] for _, numbers in current) == sum(
                columns[period][1][row] for period in periods
            ):
                yield from self._ways(row, current)
        for way in document.again:
            yield self._sum_of(way, self._now | columns)

    def hold(self, ways: Iterable[Way]) -> None:
        """Note sums of the rows that another table says: a small one is to be told by neither."""
        own = {row.key: row.title for row in self._rows}
        there = {self._bare.sum_at(place) for place in self._bare.places()}
        for way in ways:
            cells = self.sum_of(way)
            if any(key not in own for key, _ in way) or cells in there.union(self._sums.values()):
                continue
            place = (
                next(at for at, row in enumerate(self._rows) if row.key == way[0][0]),
                self._width + len(self.columns),
            )
            self._sums[place] = cells
            self.others[place] = sum(
                self._now[period][1][at]
                for at, row in enumerate(self._rows)
                for key, periods in way
                for period in periods
                if row.key == key and period in self._now
            )
            periods = tuple(dict.fromkeys(period for _, several in way for period in several))
            self.columns.append(_Column(periods, old=False, title=" + ".join(own[key] for key, _ in way)))

    def sum_of(self, way: Way) -> Sum:
        """Return which of the rows' numbers, as they are now, a sum that is said again adds up."""
        return self._sum_of(way, self._now)

    def _sum_of(self, way: Way, columns: Mapping[str, tuple[int, tuple[int, ...]]]) -> Sum:
        places = {row.key: at for at, row in enumerate(self._rows)}
        cells = (
            self._sum_at((places[key], columns[period][0]))
            for key, periods in way
            if key in places
            for period in periods
            if period in columns
        )
        return frozenset[Place]().union(*cells)

    def _hold_totals(self, columns: Mapping[str, tuple[int, tuple[int, ...]]], *, old: bool) -> None:
        """Note the rows' sums over more periods than the table's own: of old ones those that are others now."""
        if len(columns) < 2 or not self._bare.column_of_totals:
            return
        column = self._width + len(self.columns)
        for row in range(len(self._rows)):
            same = (self._sum_at((row, one)) for one, _ in columns.values())
            cells = frozenset[Place]().union(*same)
            corrected = any(
                period not in self._now or self._now[period][1][row] != numbers[row]
                for period, (_, numbers) in columns.items()
            )
            if corrected == old and cells not in self._sums.values():
                self._sums[row, column] = cells
                self.others[row, column] = sum(numbers[row] for _, numbers in columns.values())
        if any(place[1] == column for place in self._sums):
            self.columns.append(_Column(tuple(columns), old))

    def _ways(self, row: int, columns: Sequence[tuple[int, tuple[int, ...]]]) -> Iterator[Sum]:
        """Yield the sums of cells that the row's number over the columns is: one for each way in which it adds up."""
        yield frozenset[Place]().union(*(self._sum_at((row, column)) for column, _ in columns))

    def _sum_at(self, place: Place) -> Sum:
        return self._sums[place] if place in self._sums else self._bare.sum_at(place)


def said_again_in(
    figures: Sequence[FigureRow], keys: Sequence[str], others: Sequence[OtherPeriod]
) -> SaidAgain:
    """Return the figures that say others once more, with the numbers of the document's periods and of the others."""
    numbers = {
        row.key: {one.key: one.numbers.get(row.key, 0) for one in others}
        | dict(zip(keys, counts_of(row), strict=True))
        for row in figures
    }
    return SaidAgain({row.key: row.again for row in figures if row.again}, numbers)


def leaves_of(rows: Sequence[FigureRow]) -> tuple[frozenset[int], ...]:
    """Return which rows each one is the sum of, itself where of none; empty where only the last is a sum of others."""
    if sum(len(row.adds) for row in rows) <= 1:
        return ()
    return tuple(frozenset(ways_of(rows, at)[0]) for at in range(len(rows)))


def ways_of(rows: Sequence[FigureRow], at: int, above: frozenset[int] = frozenset()) -> list[set[int]]:
    """Return the rows that a row is the sum of in every period, with parts of parts for parts, for each way."""
    places = {row.key: place for place, row in enumerate(rows)}
    found = []
    for way in rows[at].adds:
        parts = [places[key] for key in way]
        columns = zip(*(counts_of(rows[part]) for part in parts), strict=True)
        if above & {at, *parts} or [sum(column) for column in columns] != counts_of(rows[at]):
            continue
        each = [ways_of(rows, part, above | {at})[0] for part in parts]
        leaves = set().union(*each)
        if len(leaves) == sum(len(one) for one in each):  # none of them counts twice
            found.append(leaves)
    return found or [{at}]


def counts_of(row: FigureRow) -> list[int]:
    """Return a row's numbers of people by period: none where nobody gave one, and a part of one counts as one."""
    return [max(1, int(value)) if value and value > 0 else int(value or 0) for value in row.values]


def periods_of(figures: Sequence[FigureRow], named: Mapping[str, str]) -> Iterator[OtherPeriod]:
    """Yield what the figures say of each of their periods, which are given by key with their names."""
    counts = {row.key: counts_of(row) for row in figures}
    for at, (key, name) in enumerate(named.items()):
        yield OtherPeriod(key, name, {row: numbers[at] for row, numbers in counts.items()})
