"""Read the rows of an office's tables: each cell into its field, and what is wrong with one by its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from models.errors import Unreadable
from models.intake.words import is_total
from models.reading.line import clean_email
from models.reading.number import shown
from tasks.files.spreadsheets import Cell
from tasks.intake.cells import address_text, cell_text, read_cell
from tasks.intake.messages import Imported
from tasks.intake.names import Known
from tasks.intake.workbook import Heading, Place, Problem, Reason, Table


@dataclass(slots=True)
class Draft:
    """A row, or an entry that several rows make: its values as YAML has them, and the cell of each by the way to it."""

    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[tuple[str, ...], Place] = field(default_factory=dict)
    sound: bool = True

    def cell(self, *way: object) -> Place:
        """Return the cell of what the way leads to, or of what it stands in."""
        parts = tuple(map(str, way))
        return next(
            self.cells[parts[:length]] for length in range(len(parts), -1, -1) if parts[:length] in self.cells
        )

    def take(self, row: Draft, *way: object, cell: str = "") -> None:
        """Take the cells of a row in, at the end of the way."""
        parts = tuple(map(str, way))
        for name, place in row.cells.items():
            self.cells.setdefault((*parts, *name), place)
        if cell:
            self.cells[parts] = row.cell(cell)
        self.sound &= row.sound


def introduce(table: Table, known: Known) -> None:
    """Let cells name the table's people, whatever else is wrong with their rows."""
    for cells in table.rows.values():
        said = {one.name: address_text(cells[at]) for at, one in table.headings.items() if at < len(cells)}
        try:
            email = clean_email(said.get("email", ""))
        except ValueError:
            continue  # told where the row is read
        known.add_person(email, said.get("name") or f"{said.get('given_name')} {said.get('family_name')}")


def read_rows(table: Table, known: Known, problems: list[Problem]) -> Iterator[Draft]:
    """Yield the table's rows; what is wrong with a cell is added to the problems."""
    for number, cells in table.rows.items():
        row = Draft(cells={(): table.place(number, min(table.headings))})
        for at, heading in table.headings.items():
            cell = cells[at] if at < len(cells) else None
            place = row.cells[tuple(heading.name.split("."))] = table.place(number, at)
            wrong: Reason | None = None
            if (number, at) in table.sheet.hidden.unreckoned:
                wrong = Imported.UNRECKONED()
            else:
                try:
                    wrong = _read(table, row, heading, cell, known)
                except Unreadable as error:
                    wrong = error
            if wrong is not None:
                problems.append((place, wrong))
                row.sound = False
        yield row


def _read(table: Table, row: Draft, heading: Heading, cell: Cell, known: Known) -> Reason | None:
    """Take a cell's value; return what is wrong with it, or raise it, or nothing."""
    if cell is None or cell_text(cell) == "":
        if heading.column.needs_cell:
            return Imported.HEADING_EMPTY(heading=heading.text)
        if heading.column.need == "empties":
            row.values[heading.column.field] = None
        return None
    if table.shape.kind == "budgets" and is_total(cell, alone=True):
        return Imported.TOTAL(value=shown(cell))
    value = read_cell(heading, cell, known, table.sheet.day_zero)
    # A dot in a field's name, or a heading's detail, puts the value into a mapping.
    name, _, key = heading.name.partition(".")
    if key:
        row.values.setdefault(name, {})[key] = value
    else:
        row.values[name] = value
    return None
