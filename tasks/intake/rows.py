"""Read the rows of an office's tables: each cell into its field, and what is wrong with one by its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from models.errors import Unreadable
from models.reading.number import LessThanNothing
from models.sentence import Sentence
from tasks.files.spreadsheets import Cell
from tasks.intake.cells import cell_text, read_cell
from tasks.intake.headers import Heading
from tasks.intake.names import Known
from tasks.intake.tables import Problem, Reason, Table

# An empty cell of a column that is there empties these.
_EMPTIED = ("manager", "deputy", "departed_on", "agenda_on", "documents_on", "adjustment_days",
            "funder_reference", "period_start_on", "period_end_on")  # fmt: skip


_OWN = ("day", "sum")  # what is only so of this row
_TELLING = 3  # a value of so few signs stands in a sentence by chance


@dataclass(slots=True)
class Row:
    """A row's values by field, where it stands, the place of each of its cells, and where an entry holds it."""

    table: Table
    number: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    sound: bool = True
    within: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The row's first cell."""
        return self.table.place(self.number, min(self.table.headings))

    def cell_named(self, sentence: str) -> str:
        """Return the cell that the sentence is about: the row's first where it names none.

        A day or a sum is named by its field or as it is written, and the first one named is meant; of all others, which
        stand in quotation marks, the last one, since what it belongs to is named before it.
        """
        first, last = [], []
        for at, heading in self.table.headings.items():
            name = _name(heading)
            text = str(_within(self.values, name))
            if heading.column.reads in _OWN:
                said = [f"(?<!\\w){re.escape(text)}(?!\\w)"] if len(text) > _TELLING else []
                said.append(rf"'{re.escape(name.rpartition('.')[2])}'")
                if found := re.search("|".join(said), sentence):
                    first.append((found.start(), at))
            elif text and (quoted := sentence.rfind(f"'{text}'")) >= 0:
                last.append((quoted, at))
        named = min(first) if first else max(last, default=None)
        return self.place if named is None else self.table.place(self.number, named[1])


def _within(values: dict[str, Any], name: str) -> Any:
    """Return the value of a field, or of a key of the mapping that a field is; nothing where there is none."""
    field_name, _, key = name.partition(".")
    value = values.get(field_name, "")
    return value.get(key, "") if isinstance(value, dict) else value


def read_row(table: Table, number: int, known: Known, problems: list[Problem]) -> Row:
    """Return the row of that number; what is wrong with its cells is added to the problems, each by its place."""
    row, cells = Row(table, number), table.rows[number]
    for at, heading in table.headings.items():
        cell = cells[at] if at < len(cells) else None
        wrong: Reason | None
        place = row.places[_name(heading)] = table.place(number, at)
        if (number, at) in table.sheet.hidden.unreckoned:
            wrong = Sentence("holds a formula whose value was never saved: open and save the file")
        elif cell is None or cell_text(cell) == "":
            wrong = _leave_empty(row, heading)
        else:
            wrong = _take(row, heading, cell, known)
        if wrong is not None:
            problems.append((place, wrong))
            row.sound = False
    if table.shape.kind == "grants" and "amount" in row.values and "decided_on" not in row.values:
        _miss_decision(row, problems)
    return row


def _name(heading: Heading) -> str:
    return f"{heading.column.field}.{heading.detail}" if heading.detail else heading.column.field


def _leave_empty(row: Row, heading: Heading) -> Reason | None:
    """Take an empty cell; return what is wrong with that, or nothing."""
    if heading.column.needed:
        return Sentence("is empty: %(heading)s is needed", heading=heading.text)
    if heading.column.field in _EMPTIED:
        row.values[heading.column.field] = None
    return None


def _take(row: Row, heading: Heading, cell: Cell, known: Known) -> Reason | None:
    """Take a cell's value; return what is wrong with it, or nothing."""
    try:
        mark = row.table.marks.get(heading.column.field, "")
        value = read_cell(heading, cell, known, row.table.sheet.day_zero, mark)
    except LessThanNothing as error:
        if row.table.shape.kind == "budgets":
            return Sentence("%(why)s: a budget holds costs, leave income out", why=error)
        return error
    except Unreadable as error:
        return error
    # A dot in a field's name, or a heading's detail, puts the value into a mapping.
    name, _, rest = heading.column.field.partition(".")
    key = rest or heading.detail
    if key:
        row.values.setdefault(name, {})[key] = value
    else:
        row.values[name] = value
    return None


def _miss_decision(row: Row, problems: list[Problem]) -> None:
    """Say that an awarded sum lacks the day of its decision: the column of it, or a cell where all else is sound."""
    if "decided_on" not in row.places:
        problems.append(
            (row.places["amount"], Sentence("an awarded sum needs the day of its decision: add the column"))
        )
    elif row.sound:
        said = Sentence("is empty: an awarded sum needs the day of its decision")
        problems.append((row.places["decided_on"], said))
    row.sound = False
