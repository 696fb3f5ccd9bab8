"""Read the cells of workbooks, within bounds of size, memory and time."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers.expat import ExpatError

from models.errors import BadInput
from models.reading.number import shown
from tasks.files.cell_marks import CellMarks, read_cell_marks
from tasks.files.inspection import LARGEST, Filed, inspect_workbook, read_plain_file

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

Cell = str | int | float | bool | date | None
MOST_COLUMNS = 200
_LONGEST_CELL = 32_767


@dataclass(frozen=True, slots=True)
class TableBounds:
    """How large a table may be: its bytes, its rows, and a sheet's cells up to the last, empty ones included.

    `texts` and `parts` are bytes of a workbook's unpacked parts: texts become objects of many times
    their size.
    """

    bytes: int = LARGEST
    rows: int = 50_000
    cells: int = 1_000_000
    texts: int = 8_000_000
    parts: int = 40_000_000


TABLE = TableBounds()


class TableUnreadable(BadInput):
    """The table cannot be read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first, texts trimmed and empty cells None; `name` is empty for a CSV file.

    `parted_by` is the delimiter of a CSV file. Positions count from 0. `merged` ranges of cells are
    shown as one: top row, left column, bottom row, right column. `unreckoned` cells hold a formula
    whose value was never saved.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = True
    merged: Sequence[tuple[int, int, int, int]] = ()
    unreckoned: frozenset[tuple[int, int]] = frozenset()
    parted_by: str = ""

    def place(self, row: int, column: int) -> str:
        """Return a cell's name, its row and column from 0: "Bidrag!B7"; in a CSV file "B7"."""
        name = place_of(row, column)
        return f"{self.name}!{name}" if self.name else name

    def filled_down(self, columns: Collection[int] = range(MOST_COLUMNS)) -> Sequence[Sequence[Cell]]:
        """Return the rows; a cell of these columns that is merged with one above has the value above."""
        rows = list(self.rows)
        for top, left, bottom, right in self.merged:
            for column in range(left, right + 1):
                if column not in columns or top >= bottom or top >= len(rows):
                    continue
                value = rows[top][left] if left < len(rows[top]) else None
                for at in range(top + 1, min(bottom + 1, len(rows))):
                    row = rows[at]
                    row = (*row, *[None] * (column + 1 - len(row)))
                    rows[at] = (*row[:column], value, *row[column + 1 :])
        return rows


@dataclass(frozen=True, slots=True)
class Book:
    """A file's sheets in their order, and the hash of its bytes."""

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str | None) -> Sheet:
        """Return the sheet of that name, or the first visible one; TableUnreadable names the sheets."""
        if not self.sheets:
            raise TableUnreadable(Filed.NO_SHEET(name=self.name))
        if name is None:
            return next((sheet for sheet in self.sheets if sheet.shown), self.sheets[0])
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        there = ", ".join(f"'{shown(sheet.name)}'" for sheet in self.sheets)
        raise TableUnreadable(Filed.NO_SUCH_SHEET(name=self.name, sheet=name, there=there))


def place_of(row: int, column: int) -> str:
    """Return a spreadsheet's name of a cell, its row and column from 0: (6, 2) is C7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def read_workbook(path: Path, bounds: TableBounds = TABLE) -> Book:
    """Return an XLSX file's sheets; TableUnreadable, in one line, if it is broken, hostile or too large.

    Formulas count as the values that were saved with them; one without a saved value is an empty
    cell.
    """
    content = read_content(path, bounds)
    try:
        inspect_workbook(content, path.name, bounds.bytes)
    except BadInput as refused:
        raise TableUnreadable(refused.remark) from refused
    # Imported here, so that only commands that read a workbook wait for the library.
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    _refuse_large_parts(path.name, content, bounds)
    try:
        marks = read_cell_marks(content)
        # calamine makes a cell of every position up to the last one.
        for mark in marks.values():
            is_long = mark.rows > bounds.rows or mark.rows * mark.columns > bounds.cells
            if is_long or mark.columns > MOST_COLUMNS:
                raise TableUnreadable(Filed.MORE_THAN_A_TABLE(name=path.name))
        book = load_workbook(io.BytesIO(content))
        sheets = [
            _sheet(
                book.get_sheet_by_name(sheet.name),
                marks[sheet.name],
                sheet.visible == SheetVisibleEnum.Visible,
            )
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        ]
    except (CalamineError, ExpatError, LookupError, ValueError, OSError) as fault:
        raise TableUnreadable(Filed.DAMAGED(name=path.name)) from fault
    return Book(path.name, hashlib.sha256(content).hexdigest(), tuple(sheets))


def read_content(path: Path, bounds: TableBounds = TABLE) -> bytes:
    """Return the file's bytes; TableUnreadable if it cannot be read, or is too large."""
    try:
        return read_plain_file(path, bounds.bytes)
    except BadInput as unread:
        raise TableUnreadable(unread.remark) from unread


def _refuse_large_parts(name: str, content: bytes, bounds: TableBounds) -> None:
    """Raise TableUnreadable for a workbook that would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    cells = sum(part.file_size for part in parts if part.filename.lower().endswith(".xml"))
    if texts > bounds.texts or cells > bounds.parts:
        raise TableUnreadable(Filed.MORE_THAN_A_TABLE(name=name))


def _sheet(sheet: CalamineSheet, marks: CellMarks, is_shown: bool) -> Sheet:
    """Return a sheet's cells, with its marks applied."""
    rows = [[read_cell(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), error in marks.errors.items():
        rows[row][column] = error
    for row, column in marks.percents:
        rows[row][column] = _as_percent(rows[row][column])
    for cells in rows:
        while cells and cells[-1] is None:
            cells.pop()
    while rows and not rows[-1]:
        rows.pop()
    merged = [(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()]
    return Sheet(sheet.name, tuple(map(tuple, rows)), is_shown, merged, frozenset(marks.unreckoned))


def _as_percent(cell: Cell) -> Cell:
    """Return a number in percent, as it is shown: 0.8 is "80 %"."""
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return cell
    return f"{(Decimal(repr(cell)) * 100).normalize():f} %"


def read_cell(value: object) -> Cell:
    """Return a cell's value: a day without its time, a whole number as int, a text without outer spaces."""
    if isinstance(value, str):
        # Excel writes a carriage return as _x000D_.
        return value.replace("_x000D_", "").strip()[:_LONGEST_CELL] or None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int | float | date):
        return value
    return str(value) or None
