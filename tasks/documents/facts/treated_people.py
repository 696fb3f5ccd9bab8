"""Reckon which numbers of people are small in a document, and what of it is withheld so that none of them is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from models.rules.answers.reader import Reader, Sum
from models.rules.answers.withheld_sums import Printed, withheld
from tasks.documents.facts.people_cells import PeopleCells, SmallSum, counts_of
from tasks.documents.facts.report import FigureRow

Choice = Literal["hide", "merge", "send"]
CHOICES: tuple[Choice, ...] = ("hide", "merge", "send")

# The periods that a table has as one column, by their places in the document.
Columns = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """Rows that are chosen about together; `joined` are their columns when periods are joined, where that can be."""

    key: str
    rows: Sequence[FigureRow]
    joined: Columns | None


@dataclass(frozen=True, slots=True)
class Made:
    """What becomes of the tables: the keys of those whose periods are joined, and the sums that are not shown."""

    joined: frozenset[str]
    withheld: frozenset[Sum]


class TreatedPeople:
    """The tables of people of a document over its periods, given by key, with the cells that its readers reckon with.

    A document shows what is not withheld; no small sum of a table that was not sent follows from that and from what
    other documents told, those apart that follow from other documents, or from tables that were sent, alone. One that
    follows only for a reader who takes something for granted is kept from one who doubts it.
    """

    def __init__(
        self,
        tables: Iterable[tuple[str, Sequence[FigureRow]]],
        periods: Sequence[str],
        cells: PeopleCells,
        threshold: int,
    ) -> None:
        self._periods, self.cells, self._threshold = periods, cells, threshold
        self.tables = [PeopleTable(key, rows, join_columns(rows, threshold)) for key, rows in tables]
        self._reader = Reader(cells.numbers, cells.ties, cells.told | cells.supposed)
        self._doubter = Reader(cells.numbers, cells.ties, cells.told, doubts=True)
        self._of = {row.key: table.key for table in self.tables for row in table.rows}
        for key, row in cells.rows.items():
            near = [one for way in row.adds for one in (key, *way)]
            known = next((self._of[one] for one in near if one in self._of), None)
            self._of |= dict.fromkeys((one for one in near if known and one not in self._of), known or "")
        # What hangs together with none of its rows is asked about with the first.
        self._of = dict.fromkeys(cells.rows, self.tables[0].key if self.tables else "") | self._of
        self._done: dict[tuple[tuple[str, Choice], ...], Made] = {}

    def columns(self, table: PeopleTable, row: FigureRow, joined: Collection[str] = ()) -> Columns:
        """Return the columns of a row, by the places of their periods: with its total where that is a sum."""
        single = tuple((at,) for at in range(len(self._periods)))
        own = table.joined if table.joined and table.key in joined else single
        total = tuple(range(len(self._periods)))
        return (*own, total) if row.over_periods == "sum" and total not in own else own

    def sum_of(self, row: FigureRow, column: Iterable[int]) -> Sum:
        """Return what a row's number in a column is the sum of."""
        return self.cells.sum_of(row.key, (self._periods[at] for at in column))

    def small(self, table: PeopleTable) -> list[SmallSum]:
        """Return what the table would tell of few people and nobody was told, and what of that follows already."""
        told = self._told_by_all
        asked = [one for one in self._small_of(table) if one.cells in told]
        alone = frozenset[object]().union(*(one.cells for one in asked if not one.together))
        asked = [one for one in asked if not (one.together and one.cells <= alone)]
        return sorted([*asked, *self.exposed(table)], key=lambda one: self._rank(table, one))

    def known(self, table: PeopleTable) -> list[SmallSum]:
        """Return the small numbers of the table that another document shows."""
        return [one for one in self._own(table) if self._shown_before(one.cells)]

    def exposed(self, table: PeopleTable) -> list[SmallSum]:
        """Return the small numbers of the table that no other document shows, and that follow from those."""
        sure = (one for one in self._own(table) if one.cells in self._surely_before)
        return [one for one in sure if not self._shown_before(one.cells)]

    def asking(self) -> list[PeopleTable]:
        """Return the tables with something to choose about."""
        return [table for table in self.tables if self.small(table)]

    def joins(self, table: PeopleTable) -> bool:
        """Return whether joining its periods keeps the table's small numbers untold."""
        if table.joined is None:
            return False
        others: dict[str, Choice] = {one.key: "hide" for one in self.asking()}
        return table.key in self.made(others | {table.key: "merge"}).joined

    def made(self, choices: Mapping[str, Choice]) -> Made:
        """Return what becomes of the tables: one that asks and is not chosen about is sent."""
        named = tuple(sorted(choices.items()))
        if named not in self._done:
            asking = {table.key for table in self.asking()}
            sent = {key for key in asking if choices.get(key, "send") == "send"}
            joined = {
                table.key for table in self.tables if choices.get(table.key) == "merge" and table.joined
            }
            self._done[named] = self._made(asking - sent, sent, joined)
        return self._done[named]

    def _made(self, treated: Collection[str], sent: Collection[str], joined: set[str]) -> Made:
        while True:
            printed = {one.cells: one for one in self._printed(joined, sent)}
            hidden = {
                one.cells
                for table in self.tables
                if table.key in treated and table.key not in joined
                for one in self._own(table)
                if one.cells in printed and not self._shown_before(one.cells)
            }
            fixed = self._every(joined) - printed.keys()
            found = withheld(self._guarded(treated, fixed), fixed, [*printed.values()], hidden)
            failed = {
                table.key
                for table in self.tables
                if table.key in joined and found & self._sums(table, joined)
            }
            if not failed:
                return Made(frozenset(joined), found)
            joined = joined - failed

    def _guarded(self, treated: Collection[str], fixed: Set[Sum]) -> dict[Reader, list[Sum]]:
        """Return the small sums of the treated tables that are to be told no reader, without what is fixed tells."""
        asked = [one for one in self._told_by_all if self._of[self._first(one)] in treated]
        known = self._followed(self._reader, asked, fixed)
        sure = self._followed(self._doubter, known, fixed)
        return {
            self._reader: [one for one in asked if one not in known],
            self._doubter: [one for one in known if one not in sure],
        }

    def _printed(self, joined: Collection[str], sent: Collection[str]) -> Iterator[Printed]:
        """Yield what may be withheld: what says others again first, and of a table that is sent, last, that alone."""
        for table in self.tables:
            for row in table.rows:
                if table.key in sent and not row.again:
                    continue
                worth = 3 if table.key in sent else 2 if table.key in joined else 0 if row.again else 1
                for column in self.columns(table, row, joined):
                    if cells := self.sum_of(row, column):
                        total = bool(row.adds) or len(column) == len(self._periods) > 1
                        yield Printed(cells, self.cells.number(cells), total, worth)

    def _sums(self, table: PeopleTable, joined: Collection[str] = ()) -> frozenset[Sum]:
        every = (
            self.sum_of(row, column) for row in table.rows for column in self.columns(table, row, joined)
        )
        return frozenset(filter(None, every))

    def _every(self, joined: Collection[str] = ()) -> frozenset[Sum]:
        return frozenset[Sum]().union(*(self._sums(table, joined) for table in self.tables))

    @cached_property
    def _told_before(self) -> Collection[Sum]:
        small = self.cells.small if self.cells.told else ()
        return self._followed(self._reader, small)

    @cached_property
    def _surely_before(self) -> Collection[Sum]:
        """The small sums that followed before for a reader, too, who takes nothing for granted."""
        return self._followed(self._doubter, self._told_before)

    @cached_property
    def _told_by_all(self) -> Mapping[Sum, SmallSum]:
        """The small sums that follow when everything is shown, and did not before."""
        shown, before, sure = self._every(), self._told_before, self._surely_before
        told = [*self._reader.told(shown, (one for one in self.cells.small if one not in before))]
        told += self._doubter.told(shown, (one for one in before if one not in sure))
        return {one: self.cells.small[one] for one, _ in told}

    def _followed(
        self, reader: Reader, sums: Iterable[Sum], fixed: Set[Sum] = frozenset()
    ) -> Collection[Sum]:
        """Return those of the sums that follow: a nought that is added to what is told tells of nobody."""
        somebody = {one: self._somebody(one) for one in sums}
        told = dict(reader.told(fixed, dict.fromkeys([*somebody, *somebody.values()])))
        return {one: None for one, cells in somebody.items() if one in told or cells in told}

    def _somebody(self, cells: Sum) -> Sum:
        return frozenset(cell for cell in cells if self.cells.numbers[cell])

    def _shown_before(self, cells: Sum) -> bool:
        return cells in self.cells.told or self._somebody(cells) in self.cells.told

    def _first(self, cells: Sum) -> str:
        return self.cells.small[cells].parts[0][0]

    def _small_of(self, table: PeopleTable) -> Iterator[SmallSum]:
        return (one for one in self.cells.small.values() if self._of[one.parts[0][0]] == table.key)

    def _own(self, table: PeopleTable) -> list[SmallSum]:
        """Return the small numbers that the table itself would show."""
        own = self._sums(table)
        return sorted(
            (one for one in self._small_of(table) if one.cells in own), key=lambda one: self._rank(table, one)
        )

    def _rank(self, table: PeopleTable, one: SmallSum) -> tuple[int, bool, int]:
        keys = [row.key for row in table.rows]
        key = one.parts[0][0]
        return keys.index(key) if key in keys else len(keys), one.old, len(one.parts[0][1])


def join_columns(rows: Sequence[FigureRow], threshold: int) -> Columns | None:
    """Return the columns with neighbouring periods made one until no number is small.

    None where none was to be joined, where the rows do not add up over periods, and where a number stays small.
    """
    if any(row.over_periods != "sum" for row in rows):
        return None
    counts = [[number or 0 for number in counts_of(row)] for row in rows]
    if any(0 < sum(line) < threshold for line in counts):
        return None
    columns: list[tuple[int, ...]] = [(at,) for at in range(len(counts[0]))]

    def small() -> int | None:
        return next(
            (
                at
                for at, own in enumerate(columns)
                if any(0 < sum(line[one] for one in own) < threshold for line in counts)
            ),
            None,
        )

    first = at = small()
    while at is not None:
        # The last one joins the one before it.
        left = min(at, len(columns) - 2)
        columns[left : left + 2] = [(*columns[left], *columns[left + 1])]
        at = small()
    return tuple(columns) if first is not None else None
