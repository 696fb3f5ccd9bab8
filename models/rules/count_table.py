"""Hold counts by row and column, with what of them are totals, and find the small ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from models.rules.known_sums import Sum

THRESHOLD = 5
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts by row and column; None is hidden. The last column, the last row, or both can be totals of the rest.

    `whole_columns` says that a column is shown or hidden as one: where the last row is the total in some columns and
    not in others, since which a reader takes it for is not known; and where rows are sums of others in several ways,
    which `leaves` tells: the rows that each one is the sum of, itself where it is of none. `elsewhere` are places
    behind its own columns, of which other tables say something, and the cells that each one is the sum of.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    column_of_totals: bool = False
    row_of_totals: bool = False
    whole_columns: bool = False
    leaves: tuple[frozenset[int], ...] = ()
    elsewhere: Mapping[Place, Sum] = field(default_factory=dict)

    def places(self) -> Iterator[Place]:
        """Yield every cell's row and column, from 0."""
        return ((row, column) for row, line in enumerate(self.cells) for column in range(len(line)))

    def at(self, place: Place) -> int | None:
        """Return the cell's count, or None when it is hidden."""
        return self.cells[place[0]][place[1]]

    def is_total(self, place: Place) -> bool:
        """Whether the cell stands in the column or the row of totals."""
        last_column = self.column_of_totals and place[1] == len(self.columns) - 1
        return last_column or (self.row_of_totals and place[0] == len(self.rows) - 1)

    def sum_at(self, place: Place) -> Sum:
        """Return which of the table's own cells, totals apart, the cell is the sum of."""
        if place in self.elsewhere:
            return self.elsewhere[place]
        rows = [*self.leaves[place[0]]] if self.leaves else [place[0]]
        columns = [place[1]]
        if self.column_of_totals and place[1] == len(self.columns) - 1:
            columns = [*range(len(self.columns) - 1)]
        if self.row_of_totals and place[0] == len(self.rows) - 1:
            rows = [*range(len(self.rows) - 1)]
        return frozenset((row, column) for row in rows for column in columns)


def small_places(table: CountTable, threshold: int = THRESHOLD) -> frozenset[Place]:
    """Return the cells that are small: from 1 up to below the threshold. A nought points at nobody."""
    return frozenset(place for place in table.places() if 0 < (table.at(place) or 0) < threshold)
