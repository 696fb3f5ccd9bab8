"""Read the cells of XLSX and CSV files as offices keep them, within bounds of size, memory and time."""

import csv
import hashlib
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.errors import BadInput, Unreadable
from models.reading.number import shown
from tasks.files.inspection import Filed, inspect_workbook, read_plain_file

Cell = str | int | float | bool | date | None
MOST_ROWS, MOST_COLUMNS = 50_000, 200
# What a workbook's parts may unpack to: texts become objects of many times their size.
_MOST_TEXTS, _MOST_PARTS = 8_000_000, 40_000_000
_MOST_CELLS = 1_000_000  # of a sheet up to its last one, empty ones too
_LONGEST_CELL, _FIRST_LINE = 32_767, 10_000
_CODECS = {"utf-8": "utf-8-sig", "windows-1252": "cp1252"}
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


class TableUnreadable(BadInput):
    """The table cannot be read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first, texts trimmed and empty cells None; `name` is empty for a CSV file.

    `parted_by` is what parts the columns of a CSV file. By positions from 0: `merged` ranges of cells are shown as one
    (top row, left column, bottom row, right column), and `unreckoned` cells hold a formula whose value was never saved.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = True
    merged: Sequence[tuple[int, int, int, int]] = ()
    unreckoned: frozenset[tuple[int, int]] = frozenset()
    parted_by: str = ""

    def place(self, row: int, column: int) -> str:
        """Return a cell's name, both from 0: "Bidrag!B7"; of a CSV file "B7"."""
        name = place_of(row, column)
        return f"{self.name}!{name}" if self.name else name


@dataclass(frozen=True, slots=True)
class Book:
    """A file's sheets in their order, and the hash of its bytes."""

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str | None) -> Sheet:
        """Return the sheet of that name, or the first that is not hidden; TableUnreadable names those there are."""
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
    """Return the name that a spreadsheet gives a cell, both from 0: (6, 2) is C7."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def read_workbook(path: Path) -> Book:
    """Return an XLSX file's sheets; TableUnreadable, in one line, for one that is broken, hostile or too large.

    Formulas count as the values that were saved with them; one that was never reckoned is an empty cell.
    """
    content = _content(path)
    try:
        inspect_workbook(content, path.name)
    except BadInput as refused:
        raise TableUnreadable(refused.remark) from refused
    # Only who reads a workbook pays for loading the library.
    from openpyxl import load_workbook

    # What it leaves out when it writes a workbook again is nothing to who reads one.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    try:
        with_formulas = _refuse_large(path.name, content)
        book = load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
        formulas: dict[str, object] = {}
        if with_formulas:
            written = load_workbook(io.BytesIO(content), keep_links=False)
            formulas = {sheet.title: sheet for sheet in written.worksheets}
        sheets = [_sheet(path.name, one, formulas.get(one.title)) for one in book.worksheets]
    except TableUnreadable:
        raise
    # The library raises whatever its parsers do: KeyError, TypeError, ParseError, ...
    except Exception as fault:
        raise TableUnreadable(Filed.DAMAGED(name=path.name)) from fault
    return Book(path.name, hashlib.sha256(content).hexdigest(), tuple(sheets))


def read_csv(path: Path, delimiter: str = "", encoding: str = "") -> Book:
    """Return a CSV file as a book of one sheet; TableUnreadable says what is wrong, and where.

    Where nobody said how it is written, it is UTF-8 or Windows-1252, with `;`, `,` or tabs.
    """
    content = _content(path)
    text = _decoded(path.name, content, encoding)
    first = next((line for line in text[:_FIRST_LINE].splitlines() if line.strip(";,\t ")), "")
    sign = delimiter or max(";\t,", key=lambda one: (first.count(one) > 0, one == ";", first.count(one)))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    rows: list[tuple[Cell, ...]] = []
    try:
        for line in lines:
            if len(rows) == MOST_ROWS or len(line) > MOST_COLUMNS:
                said = Filed.TOO_MANY_ROWS(name=path.name, rows=MOST_ROWS, columns=MOST_COLUMNS)
                raise TableUnreadable(said)
            rows.append(tuple(_clean(value) for value in line))
    except csv.Error as error:
        why = Unreadable(Filed.QUOTE_OPEN())
        raise TableUnreadable(Filed.ON_LINE(name=path.name, line=lines.line_num, why=why)) from error
    sheet = Sheet("", tuple(rows), parted_by=sign)
    return Book(path.name, hashlib.sha256(content).hexdigest(), (sheet,))


def _decoded(name: str, content: bytes, encoding: str) -> str:
    tried = encoding or ("windows-1252" if _is_windows(content) else "utf-8")
    try:
        text = content.decode(_CODECS[tried])
    except UnicodeDecodeError as error:
        said = Filed.OTHER_ENCODING(name=name, encoding=encoding) if encoding else Filed.NOT_A_TEXT(name=name)
        raise TableUnreadable(said) from error
    if _NO_TEXT.search(text):
        raise TableUnreadable(Filed.NOT_A_TEXT(name=name))
    return text


def _is_windows(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return True
    return False


def _content(path: Path) -> bytes:
    try:
        return read_plain_file(path)
    except BadInput as unread:
        raise TableUnreadable(unread.remark) from unread


def _refuse_large(name: str, content: bytes) -> bool:
    """Return whether a formula stands in a workbook; TableUnreadable for one that would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
        cells = sum(part.file_size for part in parts if part.filename.lower().endswith(".xml"))
        if texts > _MOST_TEXTS or cells > _MOST_PARTS:
            raise TableUnreadable(Filed.MORE_THAN_A_TABLE(name=name))
        return any(_FORMULA.search(archive.read(part)) for part in parts)


def _sheet(name: str, sheet: Any, written: Any) -> Sheet:
    """Return a sheet's cells; `written` is the same sheet with its formulas, where there are any."""
    width = min(sheet.max_column, MOST_COLUMNS)
    if sheet.max_row > MOST_ROWS or sheet.max_row * width > _MOST_CELLS:
        raise TableUnreadable(Filed.MORE_THAN_A_TABLE(name=name))
    rows: list[tuple[Cell, ...]] = []
    unreckoned: set[tuple[int, int]] = set()
    for number, row in enumerate(sheet.iter_rows(max_col=width)):
        cells = [_shown_cell(cell) for cell in row]
        for at, cell in enumerate(row):
            # A formula whose value is an empty text was reckoned.
            if (
                written is not None
                and (cell.value, cell.data_type) == (None, "n")
                and written.cell(number + 1, at + 1).data_type == "f"
            ):
                unreckoned.add((number, at))
        while cells and cells[-1] is None:
            cells.pop()
        rows.append(tuple(cells))
    while rows and not rows[-1]:
        rows.pop()
    bounds = (one.bounds for one in sheet.merged_cells.ranges)
    merged = [(top - 1, left - 1, bottom - 1, right - 1) for left, top, right, bottom in bounds]
    is_shown = sheet.sheet_state == "visible"
    return Sheet(sheet.title, tuple(rows), is_shown, merged, frozenset(unreckoned))


def _shown_cell(cell: Any) -> Cell:
    """Return a cell's value; a number that is shown as parts of a hundred as it is shown: 0.8 is "80 %"."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in cell.number_format:
        return f"{(Decimal(repr(value)) * 100).normalize():f} %"
    return _clean(value)


def _clean(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date):
        return value
    if value is None:
        return None
    # Excel writes the first half of a line's end by its number.
    return str(value).replace("_x000D_", "").strip()[:_LONGEST_CELL] or None
