"""Read the cells of XLSX and CSV files as offices keep them, within bounds of size, memory and time."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
import time
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.errors import Unreadable, Worded
from models.reading.number import shown
from tasks.files.inspection import FileFault, FileRefused, inspect_workbook
from tasks.files.number_formats import spelled
from tasks.files.plain import read_plain_file
from tasks.files.tables import unescaped
from tasks.files.workbook_mends import mended
from tasks.files.workbook_scan import Fetches, Hidden, Macros, TooMuch, scan_parts

Cell = str | int | float | bool | date | None
MOST_ROWS, MOST_COLUMNS = 50_000, 200
_MOST_EMPTY = 1_048_576  # the rows of a sheet
# What a workbook's parts may unpack to: texts become objects of many times their size.
_MOST_TEXTS, _MOST_PARTS = 8_000_000, 60_000_000
_MOST_SECONDS = 20.0
_MOST_SHEETS, _MOST_MERGED_CELLS = 250, 500_000
_LONGEST_CELL, _LONGEST_LINE = 32_767, 200_000
_DAY_ZERO, _DAY_ZERO_OF_1904 = date(1899, 12, 30), date(1904, 1, 1)
_CODECS = {"utf-8": "utf-8", "windows-1252": "cp1252"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),  # what Excel calls Unicode text
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRICT, _HEAD = b"http://purl.oclc.org/ooxml/", 4_096
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# What å, ä and ö of DOS are to Windows, which nobody writes within a word.
_OF_DOS = re.compile("[A-Za-z][\u2020\u201e\u201d][a-z]")
_ENDLESS = re.compile(f"[^\r\n]{{{_LONGEST_LINE}}}")


class TableUnreadable(Worded):
    """The table cannot be read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows from its first, texts trimmed and empty cells None; `name` is empty for a CSV file.

    `day_zero` is the day from which its numbers count days, where a cell was not told that it is one; `timed` are
    the places of the days that had a time of day behind them, which is left out; `parted_by` is what parts the columns
    of a CSV file.
    """

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    shown: bool = True
    hidden: Hidden = field(default_factory=Hidden)
    day_zero: date = _DAY_ZERO
    timed: frozenset[tuple[int, int]] = frozenset()
    parted_by: str = ""

    def place(self, row: int, column: int) -> str:
        """Return a cell's name, both from 0: "Bidrag!B7"; of a CSV file "B7"."""
        name = place_of(row, column)
        return f"{self.name}!{name}" if self.name else name

    def as_shown(self, row: int, column: int, cell: Cell) -> Cell:
        """Return a cell that is there as text: a number that its format shows digit by digit as it is shown."""
        code = self.hidden.spelled.get((row, column))
        if code is None or isinstance(cell, bool) or not isinstance(cell, int | float):
            return cell
        return spelled(int(cell), code) if cell >= 0 and cell == int(cell) else cell


@dataclass(frozen=True, slots=True)
class Book:
    """A file's sheets in their order, and the hash of its bytes."""

    name: str
    sha256: str
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str | None) -> Sheet:
        """Return the sheet of that name, or the first that is not hidden; TableUnreadable names those there are."""
        if not self.sheets:
            raise TableUnreadable("%(name)s has no sheet", name=self.name)
        if name is None:
            return next((sheet for sheet in self.sheets if sheet.shown), self.sheets[0])
        for sheet in self.sheets:
            if sheet.name.casefold() == name.casefold():
                return sheet
        there = ", ".join(f"'{shown(sheet.name)}'" for sheet in self.sheets)
        raise TableUnreadable(
            "%(name)s has no sheet '%(sheet)s'; it has %(there)s", name=self.name, sheet=name, there=there
        )


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
        raise TableUnreadable("%(name)s is no XLSX file: save it anew as XLSX", name=path.name)
    try:
        inspect_workbook(content, path.name)
    except FileRefused as refused:
        if refused.fault is FileFault.NOT_WHAT_IT_SAYS:
            raise TableUnreadable(
                "%(name)s is no XLSX file, whatever its name says: open it, and save it as an Excel workbook (.xlsx)",
                name=path.name,
            ) from refused
        raise TableUnreadable("%(name)s: %(why)s", name=path.name, why=refused.fault) from refused
    until = time.monotonic() + _MOST_SECONDS
    # Only who reads a workbook pays for loading the library.
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import MAC_EPOCH

    # What it leaves out when it writes a workbook again is nothing to who reads one.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")
    try:
        marks = _look_through(path.name, content)
        book = load_workbook(io.BytesIO(mended(content)), read_only=True, data_only=True, keep_links=False)
        if len(book.worksheets) > _MOST_SHEETS:
            raise TableUnreadable(
                "%(name)s has more than %(most)s sheets: keep only those that are needed",
                name=path.name,
                most=_MOST_SHEETS,
            )
        day_zero = _DAY_ZERO_OF_1904 if book.epoch == MAC_EPOCH else _DAY_ZERO
        sheets = []
        for sheet in book.worksheets:
            part = getattr(sheet, "_worksheet_path", "").lstrip("/")  # no other name leads from sheet to part
            hidden = marks.get(part) or Hidden()
            timed: set[tuple[int, int]] = set()
            rows = _with_percents(list(_rows(path.name, sheet, until, timed)), hidden.percents)
            if sum(_cells_within(merged, len(rows)) for merged in hidden.merged) > _MOST_MERGED_CELLS:
                raise TableUnreadable(
                    "%(name)s has more merged cells than a table does: save it without them", name=path.name
                )
            visible = sheet.sheet_state == "visible"
            sheets.append(Sheet(sheet.title, rows, visible, hidden, day_zero, frozenset(timed)))
        book.close()
    except TableUnreadable:
        raise
    # The library raises whatever its parsers do: KeyError, TypeError, ParseError, ...
    except Exception as fault:
        raise TableUnreadable("%(name)s is damaged: save it anew as XLSX", name=path.name) from fault
    return Book(path.name, hashlib.sha256(content).hexdigest(), tuple(sheets))


def read_csv(path: Path, delimiter: str = ";", encoding: str = "utf-8") -> Book:
    """Return a CSV file as a book of one sheet; TableUnreadable says what is wrong, and where."""
    content = _content(path)
    try:
        text = content.decode(_marked(content) or _CODECS[encoding])  # utf-16 always has its mark
    except (UnicodeDecodeError, KeyError) as error:
        raise TableUnreadable(
            "%(name)s is not %(encoding)s text: save it so, or say its encoding",
            name=path.name,
            encoding=encoding,
        ) from error
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
    except Worded as unread:
        raise TableUnreadable(unread.sentence, **unread.facts) from unread


def _marked(content: bytes) -> str | None:
    """Return how a text is stored that begins with the mark of it, whatever anybody says; None without a mark."""
    return next((codec for mark, codec in _MARKS if content.startswith(mark)), None)


def _of_windows(name: str, content: bytes) -> str:
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise TableUnreadable("%(name)s is not a text: save it as CSV UTF-8", name=name) from error
    if _OF_DOS.search(text):
        raise TableUnreadable("%(name)s is not a text: save it as CSV UTF-8", name=name)
    return text


def _csv_book(name: str, content: bytes, text: str, delimiter: str) -> Book:
    if _NO_TEXT.search(text):
        raise TableUnreadable("%(name)s is not a text: save it as CSV UTF-8", name=name)
    if _ENDLESS.search(text):
        raise TableUnreadable(
            "%(name)s has a line of more than %(most)s characters", name=name, most=_LONGEST_LINE
        )
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[Cell, ...]] = []
    try:
        for line in lines:
            if len(rows) == MOST_ROWS or len(line) > MOST_COLUMNS:
                raise TableUnreadable(
                    "%(name)s has more than %(rows)s rows or %(columns)s columns",
                    name=name,
                    rows=MOST_ROWS,
                    columns=MOST_COLUMNS,
                )
            rows.append(tuple(_clean(value) for value in line))
    except csv.Error as error:
        raise TableUnreadable(
            "%(name)s, line %(line)s: %(why)s", name=name, line=lines.line_num, why=why_no_columns(error)
        ) from error
    return Book(name, hashlib.sha256(content).hexdigest(), (Sheet("", tuple(rows), parted_by=delimiter),))


def why_no_columns(error: csv.Error) -> Unreadable:
    """Return why a line of a CSV file cannot be parted into columns: the library has no codes, only words."""
    if "end of data" in str(error):
        return Unreadable("a quotation mark is opened and never closed")
    if "field limit" in str(error):
        return Unreadable("a value is too long: look at its quotation marks")
    return Unreadable("a quotation mark stands within a value")


def _look_through(name: str, content: bytes) -> dict[str, Hidden]:
    """Return what the sheets hide, having refused what would fill the memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        with archive.open("xl/workbook.xml") as book:
            if _STRICT in book.read(_HEAD):
                raise TableUnreadable(
                    "%(name)s is saved as Strict Open XML: save it as an Excel workbook (.xlsx)", name=name
                )
        parts = archive.infolist()
        texts = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
        cells = sum(part.file_size for part in parts if part.filename.lower().endswith(".xml"))
        try:
            if texts > _MOST_TEXTS or cells > _MOST_PARTS:
                raise TooMuch
            return scan_parts(archive, most_rows=MOST_ROWS)
        except (Fetches, Macros) as error:
            why = FileFault.LINKED if isinstance(error, Fetches) else FileFault.MACROS
            raise TableUnreadable("%(name)s: %(why)s", name=name, why=why) from error
        except TooMuch as error:
            raise TableUnreadable(
                "%(name)s holds more than a table does: keep only the sheet that is needed, and delete the empty rows"
                " below it",
                name=name,
            ) from error


def _rows(name: str, sheet: Any, until: float, timed: set[tuple[int, int]]) -> Iterator[tuple[Cell, ...]]:
    """Yield the sheet's rows, and add to `timed` the places of the days with a time of day."""
    # What a sheet says of its own size may lie; the rows themselves are counted.
    sheet.reset_dimensions()
    empty = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True)):
        if row.count(None) == len(row):
            # Held back: thousands of them may follow the last row, down to where a cell was once coloured.
            empty += 1
            if empty > _MOST_EMPTY:
                raise TableUnreadable("%(name)s has rows where no sheet has any: save it anew", name=name)
            continue
        if number >= MOST_ROWS or time.monotonic() > until:
            raise TableUnreadable(
                "%(name)s has more than %(rows)s rows: keep only the sheet that is needed",
                name=name,
                rows=MOST_ROWS,
            )
        cells = tuple(_clean(value) for value in row[:MOST_COLUMNS])
        timed.update(
            (number, at)
            for at, value in enumerate(row)
            if isinstance(value, datetime) and (value.hour, value.minute, value.second) != (0, 0, 0)
        )
        while cells and cells[-1] is None:
            cells = cells[:-1]
        yield from ((),) * empty
        empty = 0
        yield cells


def _cells_within(merged: tuple[int, int, int, int], rows: int) -> int:
    """Return how many of the sheet's cells a merged range stands over."""
    top, left, bottom, right = merged
    return max(0, min(bottom + 1, rows) - top) * max(0, min(right + 1, MOST_COLUMNS) - left)


def _with_percents(
    rows: list[tuple[Cell, ...]], percents: Mapping[tuple[int, int], int]
) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows with numbers as they are shown where that is as parts of a hundred: 0.8 is "80 %"."""
    for (number, at), times in percents.items():
        row = rows[number] if number < len(rows) else ()
        value = row[at] if at < len(row) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            shown_as = f"{(Decimal(repr(value)) * times).normalize():f} %"
            rows[number] = (*row[:at], shown_as, *row[at + 1 :])
    return tuple(rows)


def _clean(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, bool | int | float | date):
        return value
    if value is None:
        return None
    return unescaped(str(value)).strip()[:_LONGEST_CELL] or None
