"""Read the rows of an office's tables: each cell into its field, and what is wrong with one by its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from models.errors import Unreadable
from models.intake.words import is_total
from models.reading.number import LessThanNothing, shown
from tasks.files.spreadsheets import Cell
from tasks.intake.cells import cell_text, read_cell
from tasks.intake.messages import Imported
from tasks.intake.names import Known
from tasks.intake.workbook import Heading, Problem, Reason, Table


@dataclass(slots=True)
class Row:
    """A row's values by field, the place of each of its cells, and whether all of them could be read."""

    table: Table
    number: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    sound: bool = True

    @property
    def place(self) -> str:
        """The row's first cell."""
        return self.table.place(self.number, min(self.table.headings))

    def place_of(self, *names: str) -> str:
        """Return the cell of the first of the fields that the row has; its first cell where it has none of them."""
        return next((self.places[name] for name in names if name in self.places), self.place)


def read_rows(table: Table, known: Known, problems: list[Problem]) -> Iterator[Row]:
    """Yield the table's rows; what is wrong with a cell is added to the problems."""
    for number, cells in table.rows.items():
        row = Row(table, number)
        for at, heading in table.headings.items():
            cell = cells[at] if at < len(cells) else None
            place = row.places[heading.name] = table.place(number, at)
            if (wrong := _read(row, at, heading, cell, known)) is not None:
                problems.append((place, wrong))
                row.sound = False
        awarded = table.shape.kind == "grants" and "amount" in row.values
        if awarded and row.sound and "decided_on" not in row.values:
            said = Imported.AWARD_WITHOUT_DAY()
            problems.append((row.place_of("decided_on", "amount"), said))
            row.sound = False
        yield row


def _read(row: Row, at: int, heading: Heading, cell: Cell, known: Known) -> Reason | None:
    """Take a cell's value; return what is wrong with it, or nothing."""
    sheet = row.table.sheet
    if (row.number, at) in sheet.hidden.unreckoned:
        return Imported.UNRECKONED()
    if cell is None or cell_text(cell) == "":
        if heading.column.needs_cell:
            return Imported.HEADING_EMPTY(heading=heading.text)
        if heading.column.need == "empties":
            row.values[heading.column.field] = None
        return None
    if row.table.shape.kind == "budgets" and is_total(cell, alone=True):
        return Imported.TOTAL(value=shown(cell))
    try:
        value = read_cell(heading, cell, known, sheet.day_zero)
    except LessThanNothing as error:
        if row.table.shape.kind == "budgets":
            return Imported.BUDGET_INCOME(why=error)
        return error
    except Unreadable as error:
        return error
    # A dot in a field's name, or a heading's detail, puts the value into a mapping.
    name, _, key = heading.name.partition(".")
    if key:
        row.values.setdefault(name, {})[key] = value
    else:
        row.values[name] = value
    return None
