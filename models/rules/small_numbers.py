"""Decide which numbers of a table stay hidden, so that no small one can be reckoned from what is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from models.rules.known_sums import Sum, span_of
from models.rules.other_numbers import settled

THRESHOLD = 5
Place = tuple[int, int]
# What a row or a column that adds up to nothing shown stands for: whatever goes in there is nobody's business.
_OPEN = ("open", 0)
_Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts by row and column; None is hidden. The last column, the last row, or both can be totals of the rest.

    `mostly_totals` says that the last row is the total in some columns and not in others: which a reader takes it
    for is not known.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[int | None, ...], ...]
    column_of_totals: bool = False
    row_of_totals: bool = False
    mostly_totals: bool = False

    def places(self) -> Iterator[Place]:
        """Yield every cell's row and column, from 0."""
        return ((row, column) for row, line in enumerate(self.cells) for column in range(len(line)))

    def at(self, place: Place) -> int | None:
        """Return the cell's count, or None when it is hidden."""
        return self.cells[place[0]][place[1]]

    def is_total(self, place: Place) -> bool:
        """Whether the cell is a sum of others."""
        last_column = self.column_of_totals and place[1] == len(self.columns) - 1
        return last_column or (self.row_of_totals and place[0] == len(self.rows) - 1)

    def sum_at(self, place: Place) -> Sum:
        """Return which of the table's own cells, totals apart, the cell is the sum of."""
        rows, columns = [place[0]], [place[1]]
        if self.column_of_totals and place[1] == len(self.columns) - 1:
            columns = [*range(len(self.columns) - 1)]
        if self.row_of_totals and place[0] == len(self.rows) - 1:
            rows = [*range(len(self.rows) - 1)]
        return frozenset((row, column) for row in rows for column in columns)


def small_places(table: CountTable, threshold: int = THRESHOLD) -> frozenset[Place]:
    """Return the cells that are small: from 1 up to below the threshold. A nought points at nobody."""
    return frozenset(place for place in table.places() if 0 < (table.at(place) or 0) < threshold)


def hidden_places(
    table: CountTable,
    threshold: int = THRESHOLD,
    told: Iterable[Sum] = (),
    others: Mapping[Place, int] | None = None,
) -> frozenset[Place]:
    """Return the cells to hide: the small ones, and as few others as a simple search finds that keep them hidden.

    `told` are the sums of own cells that stand in documents which readers of this one have: what they say already is
    not hidden, and what they would give away together with this table is. `others` are the cells of which this
    table says nothing and another one may, by row and by columns that this one has not: no small one of them is to
    follow either.
    """
    told = [*told]
    known = _known(table, told)
    hidden = _hidden_here(table, threshold, told, known)
    guarded = guarded_places(table, threshold, told, others or {})
    while told and (bare := unproved(table, hidden | guarded, hidden, told, others or {})):
        partner = _last_partner(table, hidden | known, bare, (told, others or {}))
        if partner is None:
            break
        hidden |= {partner}
    return frozenset(hidden)


def _hidden_here(
    table: CountTable, threshold: int, told: Sequence[Sum], known: set[Place]
) -> frozenset[Place]:
    """Return the cells to hide so that adding and subtracting gives no small one away."""
    small = small_places(table, threshold) - known
    hidden = set(small)
    while True:
        if table.mostly_totals:
            # Nothing of a column with a hidden number is shown: so it does not matter what the column adds up to.
            hidden |= {
                place
                for place in table.places()
                if table.at(place) and place not in known and any(place[1] == one[1] for one in hidden)
            }
        given_away = given_away_with(table, hidden, told)
        if not given_away:
            break
        partner = _best_partner(table, hidden, given_away, (known, told))
        if partner is None:
            break
        hidden.add(partner)
    if table.mostly_totals:
        return frozenset(hidden)
    return frozenset(hidden - _needless(table, hidden, small, told))


def guarded_places(
    table: CountTable, threshold: int, told: Iterable[Sum], others: Mapping[Place, int]
) -> frozenset[Place]:
    """Return the small ones among the cells that the table has not, and that nobody was told."""
    small = {place for place, number in others.items() if 0 < number < threshold}
    if not small:
        return frozenset()
    known = settled(told, _numbers(table, others), {table.sum_at(place) for place in small})
    return frozenset(place for place in small if table.sum_at(place) not in known)


def unproved(
    table: CountTable,
    asked: Iterable[Place],
    hidden: frozenset[Place],
    told: Iterable[Sum],
    others: Mapping[Place, int],
) -> frozenset[Place]:
    """Return which of the places follow from the shown cells and from what was told, all numbers being whole."""
    asked = [*asked]
    shown = (table.sum_at(place) for place in table.places() if place not in hidden)
    sums = {table.sum_at(place) for place in asked}
    known = settled([*told, *shown], _numbers(table, others), sums)
    return frozenset(place for place in asked if table.sum_at(place) in known)


def _numbers(table: CountTable, others: Mapping[Place, int]) -> dict[Place, int]:
    """Return the numbers of the own cells, totals apart, here and elsewhere."""
    own = {place: table.at(place) or 0 for place in table.places() if not table.is_total(place)}
    return own | {place: number for place, number in others.items() if table.sum_at(place) == {place}}


def _last_partner(
    table: CountTable,
    hidden: Iterable[Place],
    bare: frozenset[Place],
    before: tuple[Sequence[Sum], Mapping[Place, int]],
) -> Place | None:
    """Return the shown cell that keeps most of the places hidden when it is hidden too; None when none is left.

    Here a nought is one of them: it points at nobody, but with what was told it can be what leaves a small number.
    """
    told, others = before
    taken = frozenset(hidden)
    left = [place for place in table.places() if place not in taken]
    near = [place for place in left if any(_in_line(place, other) for other in bare)]

    def cost(place: Place) -> tuple[int, bool, bool, int, Place]:
        still, number = unproved(table, bare, taken | {place}, told, others), table.at(place) or 0
        return len(still), not number, table.is_total(place), number, place

    return min(near or left, key=cost, default=None)


def _needless(
    table: CountTable, hidden: set[Place], small: frozenset[Place] | set[Place], told: Sequence[Sum]
) -> set[Place]:
    """Return the partners that later ones made needless: whole columns and rows of them first, then the largest."""
    partners = hidden - small
    lines = [
        {place for place in partners if place[axis] == at}
        for axis in (1, 0)
        for at in sorted({place[axis] for place in partners}, reverse=True)
    ]
    singles = [{place} for place in sorted(partners, key=lambda one: (-(table.at(one) or 0), one))]
    needless: set[Place] = set()
    given_away = given_away_with(table, hidden, told)
    for group in (*lines, *singles):
        if group and given_away_with(table, hidden - needless - group, told) <= given_away:
            needless |= group
    return needless


def _known(table: CountTable, told: Sequence[Sum]) -> set[Place]:
    """Return the cells whose number follows from what was told before."""
    if not told:
        return set()
    span = span_of(told)
    return {place for place in table.places() if span.holds(table.sum_at(place))}


def given_away_with(
    table: CountTable, hidden: set[Place] | frozenset[Place], told: Sequence[Sum]
) -> frozenset[Place]:
    """Return the hidden cells that the shown ones give away, by themselves or together with what was told before."""
    given_away = given_away_by_rest(table, hidden)
    if not told:
        return given_away
    shown = (table.sum_at(place) for place in table.places() if place not in hidden)
    span = span_of([*told, *shown])
    return given_away | {place for place in hidden if span.holds(table.sum_at(place))}


def suppress(
    table: CountTable,
    threshold: int = THRESHOLD,
    told: Iterable[Sum] = (),
    others: Mapping[Place, int] | None = None,
) -> CountTable:
    """Return the table without its small numbers and without those that would give them away.

    A reader who knows the threshold, and that a nought is never hidden, can tell no hidden cell's number for sure.
    """
    hidden = hidden_places(table, threshold, told, others)
    cells = tuple(
        tuple(None if (row, column) in hidden else value for column, value in enumerate(line))
        for row, line in enumerate(table.cells)
    )
    return replace(table, cells=cells)


@dataclass(frozen=True, slots=True)
class Merged:
    """A table with columns made one: the table, and which of the first one's columns each of its own columns was."""

    table: CountTable
    columns: tuple[tuple[int, ...], ...]


def merge(
    table: CountTable,
    threshold: int = THRESHOLD,
    told: Iterable[Sum] = (),
    others: Mapping[Place, int] | None = None,
) -> Merged:
    """Return the table with neighbouring columns made one until no number is small; what still is, is hidden.

    Where what was told before gives a small number of the first table away together with the joined ones, or where
    joining leaves something to hide, columns are not joined and the first table is suppressed.
    """
    told = [*told]
    joined = table
    places: list[tuple[int, ...]] = [(column,) for column in _own_columns(table)]
    while len(places) > 1 and small_places(joined, threshold):
        column = min(place[1] for place in small_places(joined, threshold))
        if column not in _own_columns(joined):
            break
        # The last of its own joins the one before it; a small total is cured by no joining of columns.
        left = min(column, len(places) - 2)
        joined = _joined(joined, left)
        places[left : left + 2] = [(*places[left], *places[left + 1])]
    if small_places(joined, threshold) or _unjoined(table, joined, places, (threshold, told, others or {})):
        return Merged(suppress(table, threshold, told, others), tuple((one,) for one in _own_columns(table)))
    return Merged(joined, tuple(places))


def _unjoined(
    table: CountTable,
    joined: CountTable,
    places: Sequence[tuple[int, ...]],
    limits: tuple[int, Sequence[Sum], Mapping[Place, int]],
) -> bool:
    """Return whether the joined table gives a small number away, here or elsewhere, told ones apart."""
    threshold, told, others = limits
    known = [*told, *(sum_joined(joined, places, place) for place in joined.places())]
    small = small_places(table, threshold) - _known(table, told)
    asked = {table.sum_at(place) for place in small | guarded_places(table, threshold, told, others)}
    return bool(settled(known, _numbers(table, others), asked))


def sum_joined(joined: CountTable, places: Sequence[tuple[int, ...]], place: Place) -> Sum:
    """Return which of the first table's own cells a cell of the joined one is the sum of."""
    return frozenset((row, column) for row, own in joined.sum_at(place) for column in places[own])


def given_away_by_rest(table: CountTable, hidden: set[Place] | frozenset[Place]) -> frozenset[Place]:
    """Return the hidden cells whose number follows from the shown ones and from each hidden one being 1 or more.

    Rows and columns with their totals make a network in which a hidden cell is an edge: its number can be another
    exactly when a circle of hidden edges goes through it along which one can be added here and taken away there.
    That holds for whole numbers, without rounding, for any table of this form.
    """
    edges: dict[_Node, list[tuple[_Node, Place]]] = defaultdict(list)
    ends: dict[Place, tuple[_Node, _Node, bool, bool]] = {}
    for place in hidden:
        row, column, up, down = _edge(table, place)
        ends[place] = row, column, up, down
        if up:
            edges[row].append((column, place))
        if down:
            edges[column].append((row, place))
    return frozenset(place for place in hidden if not _can_change(edges, ends[place], place))


def _edge(table: CountTable, place: Place) -> tuple[_Node, _Node, bool, bool]:
    """Return the cell's row and column in the network, and whether its part in their sums can grow and shrink."""
    row: _Node = ("row", place[0]) if table.column_of_totals else _OPEN
    column: _Node = ("column", place[1]) if table.row_of_totals else _OPEN
    can_shrink = (table.at(place) or 0) > 1
    totals = (table.column_of_totals and place[1] == len(table.columns) - 1) != (
        table.row_of_totals and place[0] == len(table.rows) - 1
    )
    # A total stands on the other side of the sum: as it grows, its part shrinks.
    return (row, column, can_shrink, True) if totals else (row, column, True, can_shrink)


def _can_change(
    edges: dict[_Node, list[tuple[_Node, Place]]], end: tuple[_Node, _Node, bool, bool], place: Place
) -> bool:
    row, column, up, down = end
    return (up and _reaches(edges, column, row, place)) or (down and _reaches(edges, row, column, place))


def _reaches(
    edges: dict[_Node, list[tuple[_Node, Place]]], start: _Node, goal: _Node, without: Place
) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        for there, place in edges[here]:
            if place != without and there not in seen:
                seen.add(there)
                waiting.append(there)
    return False


def _best_partner(
    table: CountTable,
    hidden: set[Place],
    given_away: frozenset[Place],
    before: tuple[set[Place], Sequence[Sum]],
) -> Place | None:
    """Return the shown cell that helps most when it is hidden too; among equals no total, then the smallest.

    None when every other cell is hidden, or known from before.
    """
    known, told = before
    open_cells = [
        place for place in table.places() if table.at(place) and place not in hidden and place not in known
    ]
    near = [place for place in open_cells if any(_in_line(place, other) for other in given_away)]

    def cost(place: Place) -> tuple[int, bool, int, Place]:
        left = given_away_with(table, {*hidden, place}, told)
        return len(left), table.is_total(place), table.at(place) or 0, place

    return min(near or open_cells, key=cost, default=None)


def _in_line(one: Place, other: Place) -> bool:
    return one[0] == other[0] or one[1] == other[1]


def _own_columns(table: CountTable) -> Sequence[int]:
    return range(len(table.columns) - (1 if table.column_of_totals else 0))


def _joined(table: CountTable, left: int) -> CountTable:
    """Return the table with the column and the one after it as one."""
    columns = (
        *table.columns[:left],
        f"{table.columns[left]} + {table.columns[left + 1]}",
        *table.columns[left + 2 :],
    )
    cells = tuple(
        (*line[:left], (line[left] or 0) + (line[left + 1] or 0), *line[left + 2 :]) for line in table.cells
    )
    return replace(table, columns=columns, cells=cells)
