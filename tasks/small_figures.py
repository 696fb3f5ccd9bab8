"""Find the small numbers in a report's figures, and hide them with those that would give them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.rules.small_numbers import CountTable, hidden_places, small_places
from tasks.report_figures import FigureRow

HIDDEN = "*"


def name_small(figures: Sequence[FigureRow], periods: Sequence[str], threshold: int) -> list[str]:
    """Return which figures about people are small: "Persons under 20, quarter 1 2010: 1"."""
    rows, table = _counts(figures, periods)
    heads = (*periods, "")
    return [
        f"{rows[row].title}{f', {heads[column]}' if heads[column] else ''}: {table.at((row, column))}"
        for row, column in sorted(small_places(table, threshold))
    ]


def hide_small(figures: Sequence[FigureRow], periods: Sequence[str], threshold: int) -> tuple[FigureRow, ...]:
    """Return the figures with every number hidden that is small, or from which a small one could be reckoned."""
    rows, table = _counts(figures, periods)
    hidden = hidden_places(table, threshold)
    changed = {
        id(row): replace(
            row,
            cells=tuple(HIDDEN if (at, one) in hidden else cell for one, cell in enumerate(row.cells)),
            values=tuple(None if (at, one) in hidden else value for one, value in enumerate(row.values)),
            total=HIDDEN if (at, len(row.cells)) in hidden else row.total,
        )
        for at, row in enumerate(rows)
    }
    return tuple(changed.get(id(row), row) for row in figures)


def _counts(figures: Sequence[FigureRow], periods: Sequence[str]) -> tuple[list[FigureRow], CountTable]:
    """Return the rows about people, and their numbers by period with a total; what nobody gave counts as none."""
    rows = [row for row in figures if row.sensitive]
    numbers = [[int(value or 0) for value in row.values] for row in rows]
    cells = tuple((*line, sum(line)) for line in numbers)
    columns = (*periods, "total")
    return rows, CountTable(tuple(row.title for row in rows), columns, cells, column_of_totals=True)
