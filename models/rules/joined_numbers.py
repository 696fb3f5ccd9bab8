"""Join neighbouring columns of a table until no number is small, where that gives none away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from models.rules.count_table import THRESHOLD, CountTable, Place, small_places
from models.rules.known_sums import Sum
from models.rules.other_numbers import settled
from models.rules.small_numbers import guarded_places, known_places, numbers_of


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
) -> Merged | None:
    """Return the table with neighbouring columns made one until no number is small.

    None where none was to be joined, where joining leaves a small number, and where what was told before gives one of
    the first table away together with the joined ones.
    """
    told = [*told]
    joined = table
    places: list[tuple[int, ...]] = [(column,) for column in _own_columns(table)]
    while len(places) > 1 and small_places(joined, threshold):
        column = min(place[1] for place in small_places(joined, threshold))
        # The last of its own joins the one before it; a small total stays, however many are joined.
        left = min(column, len(places) - 2)
        joined = _joined(joined, left)
        places[left : left + 2] = [(*places[left], *places[left + 1])]
    if joined is table or small_places(joined, threshold):
        return None
    if _unjoined(table, joined, places, (threshold, told, others or {})):
        return None
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
    small = small_places(table, threshold) - known_places(table, told)
    asked = {table.sum_at(place) for place in small | guarded_places(table, threshold, told, others)}
    return bool(settled(known, numbers_of(table, others), asked))


def sum_joined(joined: CountTable, places: Sequence[tuple[int, ...]], place: Place) -> Sum:
    """Return which of the first table's own cells a cell of the joined one is the sum of."""
    return frozenset((row, column) for row, own in joined.sum_at(place) for column in places[own])


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
