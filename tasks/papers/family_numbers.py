"""Reckon which numbers of one table of people are small, and what hides them, each once for page and document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from models.rules.count_table import CountTable, Place, small_places
from models.rules.joined_numbers import Merged, merge, sum_joined
from models.rules.other_numbers import settled
from models.rules.small_numbers import guarded_places, hidden_places, known_places, numbers_of, unproved
from tasks.papers.people_tables import adds_up
from tasks.papers.report_figures import FigureRow
from tasks.papers.said_again import Way
from tasks.papers.told_numbers import NumbersAround, counts_of, leaves_of


class FamilyNumbers:
    """A table's rows with what other documents tell of them, and with the sums that other rows say again, by their key.

    `small` are its small numbers that nobody was told yet, and those that it would give away in other periods or of
    its own before a correction; `known` are the small ones that were told; `hidden` is what hiding hides, `merged` the
    table with its periods joined, or None where they do not add up or that does not help.
    """

    def __init__(
        self,
        key: str,
        rows: Sequence[FigureRow],
        around: NumbersAround,
        threshold: int,
        again: Iterable[tuple[str, Sequence[Way]]],
    ) -> None:
        self.key, self.rows, self.around, self._threshold = key, rows, around, threshold
        self.table, self.told, self._others = around.table, around.told, around.others
        self._again = [(key, [around.sum_of(way) for way in ways]) for key, ways in again]

    @cached_property
    def _own(self) -> frozenset[Place]:
        return small_places(self.table, self._threshold)

    @cached_property
    def _guarded(self) -> frozenset[Place]:
        return guarded_places(self.table, self._threshold, self.told, self._others)

    @cached_property
    def known(self) -> frozenset[Place]:
        return self._own & known_places(self.table, self.told)

    @cached_property
    def small(self) -> frozenset[Place]:
        again = [one for _, sums in self._again for one in sums]
        shown = unproved(self.table, self._guarded, frozenset(), [*self.told, *again], self._others)
        return (self._own - self.known) | shown

    @cached_property
    def hidden(self) -> frozenset[Place]:
        return hidden_places(self.table, self._threshold, self.told, self._others)

    @cached_property
    def exposed(self) -> frozenset[Place]:
        """The small ones that follow from what was told, whatever is hidden here."""
        asked = (self.hidden | self.small) - self.known
        return self.small & unproved(self.table, asked, self.hidden, self.told, self._others)

    @cached_property
    def merged(self) -> Merged | None:
        if not self.table.column_of_totals:
            return None
        return merge(self.table, self._threshold, self.told, self._others)

    def tellers(self, merged: Merged | None = None) -> set[str]:
        """Return the rows that say a sum again which, with what else is shown, gives a hidden number away."""
        if not self._again:
            return set()
        table, hidden = self.table, self.hidden if merged is None else frozenset[Place]()
        shown = (
            [table.sum_at(place) for place in table.places() if place not in hidden]
            if merged is None
            else [sum_joined(merged.table, merged.columns, place) for place in merged.table.places()]
        )
        asked = {table.sum_at(place) for place in hidden | self._guarded | self._own}
        known, numbers, found = [*self.told, *shown], numbers_of(table, self._others), set[str]()
        before = settled(known, numbers, asked)
        for key, sums in self._again:
            if settled([*known, *sums], numbers, asked) <= before:
                known += sums
            else:
                found.add(key)
        return found


def counted(rows: Sequence[FigureRow], names: Sequence[str]) -> CountTable:
    """Return the rows' numbers by period, with a total where they add up; what nobody gave counts as none.

    The last row is a total of the others where it says so, and they add up to it in every period.
    """
    numbers = [counts_of(row) for row in rows]
    sums = [sum(column[:-1]) == column[-1] for column in zip(*numbers, strict=True)]
    leaves = leaves_of(rows)
    whole = bool(rows[-1].adds) and not leaves
    adds = adds_up(rows)
    return CountTable(
        tuple(row.title for row in rows),
        (*names, "") if adds else tuple(names),
        tuple((*line, sum(line)) if adds else tuple(line) for line in numbers),
        column_of_totals=adds,
        row_of_totals=whole and all(sums),
        whole_columns=bool(leaves) or (whole and not all(sums)),
        leaves=leaves,
    )
