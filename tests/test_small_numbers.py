"""Small numbers: hidden with what would give them away, proved by counting every table that a reader could think of."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.small_numbers import (
    CountTable,
    Place,
    given_away_by_rest,
    hidden_places,
    merge,
    small_places,
    suppress,
)


def a_table(cells: list[list[int]], *, down: bool = True, across: bool = True) -> CountTable:
    """Return a table with the totals that are asked for."""
    lines = [[*line, sum(line)] if across else list(line) for line in cells]
    if down:
        lines.append([sum(column) for column in zip(*lines, strict=True)])
    return CountTable(
        tuple(f"r{number}" for number in range(len(lines))),
        tuple(f"c{number}" for number in range(len(lines[0]))),
        tuple(tuple(line) for line in lines),
        across,
        down,
    )


def adds_up(table: CountTable, values: dict[Place, int]) -> bool:
    """Whether the numbers fit the table's totals, and no hidden one is below 1."""
    rows, columns = len(table.rows), len(table.columns)
    across = not table.column_of_totals or all(
        sum(values[row, column] for column in range(columns - 1)) == values[row, columns - 1]
        for row in range(rows)
    )
    return across and (
        not table.row_of_totals
        or all(
            sum(values[row, column] for row in range(rows - 1)) == values[rows - 1, column]
            for column in range(columns)
        )
    )


def possible(table: CountTable, hidden: frozenset[Place], most: int) -> dict[Place, set[int]]:
    """Return what each hidden cell can be, by trying every number up to `most` in every hidden cell."""
    found: dict[Place, set[int]] = defaultdict(set)
    places = sorted(hidden)
    shown = {place: value for place in table.places() if (value := table.at(place)) is not None}
    for numbers in product(range(1, most + 1), repeat=len(places)):
        guess = dict(zip(places, numbers, strict=True))
        if adds_up(table, shown | guess):
            for place, number in guess.items():
                found[place].add(number)
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=1, max_size=2),
    st.booleans(),
    st.booleans(),
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=5),
)
def test_what_is_given_away_is_what_only_one_number_fits(
    cells: list[list[int]], down: bool, across: bool, chosen: set[Place]
) -> None:
    table = a_table(cells, down=down, across=across)
    hidden = frozenset(place for place in chosen & set(table.places()) if table.at(place))
    # One more than any number in the table is enough room for a cell to be another.
    most = max(value or 0 for line in table.cells for value in line) + 1
    guesses = possible(table, hidden, most)
    assert given_away_by_rest(table, hidden) == {place for place in hidden if len(guesses[place]) == 1}


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 40), min_size=width, max_size=width), min_size=1, max_size=5
        )
    ),
    st.booleans(),
    st.booleans(),
    st.integers(2, 10),
)
def test_no_hidden_number_can_be_reckoned(
    cells: list[list[int]], down: bool, across: bool, threshold: int
) -> None:
    table = a_table(cells, down=down, across=across)
    hidden = hidden_places(table, threshold)
    assert small_places(table, threshold) <= hidden
    assert given_away_by_rest(table, hidden) == frozenset()
    shown = suppress(table, threshold)
    for place in table.places():
        assert shown.at(place) == (None if place in hidden else table.at(place))
        assert table.at(place) or place not in hidden
    assert hidden or not small_places(table, threshold)
    joined = merge(table, threshold)
    visible = [value for line in joined.cells for value in line if value is not None]
    assert all(not 0 < value < threshold for value in visible)


@pytest.mark.parametrize(
    ("cells", "down", "hidden"),
    [
        ([[10, 3, 7]], False, {(0, 1), (0, 2)}),  # 3 follows from the total: the smallest other goes too
        ([[1, 1, 20]], False, {(0, 0), (0, 1), (0, 2)}),  # two hidden ones that make 2 are 1 and 1
        ([[10, 20], [30, 40]], True, set()),
        ([[0, 0], [0, 0]], True, set()),
        ([[3, 20], [30, 40]], True, {(0, 0), (0, 1), (1, 0), (1, 1)}),  # a square, so that no side tells
    ],
)
def test_partners_are_hidden_too(cells: list[list[int]], down: bool, hidden: set[Place]) -> None:
    assert hidden_places(a_table(cells, down=down)) == hidden


def test_quarters_are_joined_until_none_is_small() -> None:
    table = merge(a_table([[3, 9, 12, 4]], down=False))
    assert table.columns == ("c0 + c1", "c2 + c3", "c4")
    assert table.cells == ((12, 16, 28),)
