"""Tell which hidden numbers of one table its shown ones give away, by walking the network of rows and columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from models.rules.count_table import CountTable, Place

# What a row or a column that adds up to nothing shown stands for: whatever goes in there is nobody's business.
_OPEN = ("open", 0)
_Node = tuple[str, int]


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


def small_sums_given_away(
    table: CountTable, hidden: set[Place] | frozenset[Place], threshold: int
) -> Iterator[frozenset[Place]]:
    """Yield several hidden cells of a row or a column, its total apart, whose small sum follows from the shown ones.

    They are all that ties one part of the network to the line: no circle goes out by one of them and comes back by
    another cell of the line.
    """
    edges: dict[_Node, list[tuple[_Node, Place]]] = defaultdict(list)
    for place in hidden:
        row, column, _, _ = _edge(table, place)
        edges[row].append((column, place))
        edges[column].append((row, place))
    for line in edges.keys() - {_OPEN}:
        total = len(table.columns if line[0] == "row" else table.rows) - 1
        small = [there for there, place in edges[line] if (table.at(place) or 0) < threshold - 1]
        seen = {line}
        for start in small if len(small) > 1 else ():
            if start in seen:
                continue
            seen |= (part := _part(edges, start, line))
            own = frozenset(place for there, place in edges[line] if there in part)
            count = sum(table.at(place) or 0 for place in own)
            if len(own) > 1 and count < threshold and all(place[line[0] == "row"] != total for place in own):
                yield own


def _part(edges: dict[_Node, list[tuple[_Node, Place]]], start: _Node, line: _Node) -> set[_Node]:
    """Return the nodes that are reached from one without going over the line."""
    part, waiting = {start}, [start]
    while waiting:
        for there, _ in edges[waiting.pop()]:
            if there != line and there not in part:
                part.add(there)
                waiting.append(there)
    return part


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
