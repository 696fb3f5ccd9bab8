"""Read the cells of XLSX and CSV files as offices keep them, within bounds of size, memory and time."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import warnings
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.errors import BadInput, Unreadable
from models.message import Common
from models.reading.number import shown
from tasks.files.inspection import Filed, FileFault, FileRefused, inspect_workbook, read_plain_file
from tasks.files.tables import unescaped

Cell = str | int | float | bool | date | None
MOST_ROWS, MOST_COLUMNS = 50_000, 200
# What a workbook's parts may unpack to: texts become objects of many times their size.
_MOST_TEXTS, _MOST_PARTS = 8_000_000, 40_000_000
_MOST_CELLS = 1_000_000  # of a sheet up to its last one, empty ones too
_LONGEST_CELL, _LONGEST_LINE = 32_767, 200_000
_DAY_ZERO, _DAY_ZERO_OF_1904 = date(1899, 12, 30), date(1904, 1, 1)
_CODECS = {"utf-8": "utf-8", "windows-1252": "cp1252"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what Excel calls Unicode text
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRICT, _HEAD = b"http://purl.oclc.org/ooxml/", 4_096
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_IN_QUOTES = re.compile('"[^"]*"')
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ENDLESS = re.compile(f"[^\r\n]{{{_LONGEST_LINE}}}")


# Why a line of a CSV file cannot be parted into columns: the library has no codes, only words.
NO_COLUMNS = Unreadable(Filed.QUOTE_OPEN())


class TableUnreadable(BadInput):
    """The table cannot be read."""


@dataclass(slots=True)
class Hidden:
    """What nobody sees in a sheet's values, by positions from 0: ranges of cells that are shown as one.

    A range is its top row, left column, bottom row and right column; `unreckoned` cells hold a formula whose value was
    never saved.
    """

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unreckoned: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first, texts trimmed and empty cells None; `name` is empty for a CSV file.

    `day_zero` is the day from which its numbers count days, where a cell was not told that it is one; `parted_by` is
    what parts the columns of a CSV file.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = True
    hidden: Hidden = field(default_factory=Hidden)
    day_zero: date = _DAY_ZERO
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
    if path.suffix.lower() != ".xlsx":
        raise TableUnreadable(Filed.NOT_XLSX(name=path.name))
    try:
        inspect_workbook(content, path.name)
    except FileRefused as refused:
        if refused.fault is FileFault.NOT_WHAT_IT_SAYS:
            raise TableUnreadable(Filed.NOT_XLSX(name=path.name)) from refused
        raise TableUnreadable(Common.AT(place=path.name, why=refused.fault())) from refused
    # Only who reads a workbook pays for loading the library.
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import MAC_EPOCH

    # What it leaves out when it writes a workbook again is nothing to who reads one.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    try:
        with_formulas = _refuse_large(path.name, content)
        book = load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
        formulas: dict[str, object] = {}
        if with_formulas:
            written = load_workbook(io.BytesIO(content), keep_links=False)
            formulas = {sheet.title: sheet for sheet in written.worksheets}
        day_zero = _DAY_ZERO_OF_1904 if book.epoch == MAC_EPOCH else _DAY_ZERO
        sheets = [_sheet(path.name, one, formulas.get(one.title), day_zero) for one in book.worksheets]
    except TableUnreadable:
        raise
    # The library raises whatever its parsers do: KeyError, TypeError, ParseError, ...
    except Exception as fault:
        raise TableUnreadable(Filed.DAMAGED(name=path.name)) from fault
    return Book(path.name, hashlib.sha256(content).hexdigest(), tuple(sheets))


def read_csv(path: Path, delimiter: str = ";", encoding: str = "utf-8") -> Book:
    """Return a CSV file as a book of one sheet; TableUnreadable says what is wrong, and where."""
    content = _content(path)
    try:
        text = content.decode(_marked(content) or _CODECS[encoding])  # utf-16 always has its mark
    except (UnicodeDecodeError, KeyError) as error:
        raise TableUnreadable(Filed.OTHER_ENCODING(name=path.name, encoding=encoding)) from error
    return _csv_book(path.name, content, text, delimiter)


def read_any_csv(path: Path) -> Book:
    """Return a CSV file of which nobody said how it is written: UTF-8 or Windows-1252, with `;`, `,` or tabs."""
    content = _content(path)
    try:
        text = content.decode(_marked(content) or "utf-8")
    except UnicodeDecodeError:
        text = _of_windows(path.name, content)
    first = next((line for line in text[:_LONGEST_LINE].splitlines() if line.strip(";,\t ")), "")
    delimiter = max(";\t,", key=lambda sign: (first.count(sign) > 0, sign == ";", first.count(sign)))
    return _csv_book(path.name, content, text, delimiter)


def _content(path: Path) -> bytes:
    try:
        return read_plain_file(path)
    except BadInput as unread:
        raise TableUnreadable(unread.remark) from unread


def _marked(content: bytes) -> str | None:
    """Return how a text is stored that begins with the mark of it, whatever anybody says; None without a mark."""
    return next((codec for mark, codec in _MARKS if content.startswith(mark)), None)


def _of_windows(name: str, content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise TableUnreadable(Filed.NOT_A_TEXT(name=name)) from error


def _csv_book(name: str, content: bytes, text: str, delimiter: str) -> Book:
    if _NO_TEXT.search(text):
        raise TableUnreadable(Filed.NOT_A_TEXT(name=name))
    if _ENDLESS.search(text):
        raise TableUnreadable(Filed.LONG_LINE(name=name, most=_LONGEST_LINE))
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[Cell, ...]] = []
    try:
        for line in lines:
            if len(rows) == MOST_ROWS or len(line) > MOST_COLUMNS:
                raise TableUnreadable(Filed.TOO_MANY_ROWS(name=name, rows=MOST_ROWS, columns=MOST_COLUMNS))
            rows.append(tuple(_clean(value) for value in line))
    except csv.Error as error:
        raise TableUnreadable(Filed.ON_LINE(name=name, line=lines.line_num, why=NO_COLUMNS)) from error
    return Book(name, hashlib.sha256(content).hexdigest(), (Sheet("", tuple(rows), parted_by=delimiter),))


def _refuse_large(name: str, content: bytes) -> bool:
    """Return whether a formula stands in a workbook; TableUnreadable for one that would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
        cells = sum(part.file_size for part in parts if part.filename.lower().endswith(".xml"))
        if texts > _MOST_TEXTS or cells > _MOST_PARTS:
            raise _too_much(name)
        with archive.open("xl/workbook.xml") as book:
            if _STRICT in book.read(_HEAD):
                raise TableUnreadable(Filed.STRICT_XML(name=name))
        return any(_FORMULA.search(archive.read(part)) for part in parts)


def _too_much(name: str) -> TableUnreadable:
    return TableUnreadable(Filed.MORE_THAN_A_TABLE(name=name))


def _sheet(name: str, sheet: Any, written: Any, day_zero: date) -> Sheet:
    """Return a sheet's cells; `written` is the same sheet with its formulas, where there are any."""
    width = min(sheet.max_column, MOST_COLUMNS)
    if sheet.max_row > MOST_ROWS or sheet.max_row * width > _MOST_CELLS:
        raise _too_much(name)
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
    ranges = (one.bounds for one in sheet.merged_cells.ranges)
    hidden = Hidden(
        [(top - 1, left - 1, bottom - 1, right - 1) for left, top, right, bottom in ranges],
        unreckoned,
    )
    return Sheet(sheet.title, tuple(rows), sheet.sheet_state == "visible", hidden, day_zero)


def _shown_cell(cell: Any) -> Cell:
    """Return a cell's value; a number that is shown as parts of a hundred as it is shown: 0.8 is "80 %"."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in cell.number_format:
        times = 100 if "%" in _IN_QUOTES.sub("", cell.number_format) else 1
        return f"{(Decimal(repr(value)) * times).normalize():f} %"
    return _clean(value)


def _clean(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date):
        return value
    if value is None:
        return None
    return unescaped(str(value)).strip()[:_LONGEST_CELL] or None
