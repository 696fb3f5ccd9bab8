"""Find the table in each sheet of an office's file, below any title, and write an empty file to fill in."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from models.errors import Unreadable
from models.intake.headings import (
    SHAPES,
    Column,
    SheetShape,
    field_of,
    heading_scale,
    headings_of,
    is_total,
    nearest_heading,
    without_unit,
)
from models.message import Remark
from models.reading.date import read_period
from models.reading.number import shown
from tasks.files.table_writer import SheetOut, xlsx_of
from tasks.files.workbook_reader import Book, Cell, Sheet
from tasks.intake.import_faults import Imported


class CellPlace(NamedTuple):
    """A cell in the order in which a person corrects a file, and its name: "Bidrag!B7"; in a CSV "B7".

    A line of a YAML file is a row without a name.
    """

    sheet: int = -1
    row: int = 0
    column: int = 0
    name: str = ""

    def __str__(self) -> str:
        """The name of the cell."""
        return self.name


# Why something is not taken, in words that each language has; and the place of it.
Reason = Remark | Unreadable
Problem = tuple[CellPlace, Reason]
# Turns a heading into the name of a programme's date; None for any other heading.
DateOf = Callable[[str], str | None]
_HEADINGS_WITHIN = 20  # rows
_DATE_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*_on\Z")
_INSTALMENT = re.compile("(?:instalment|rat|del|delbetalning) ([0-9]{1,3})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its field, the multiplier of its numbers, and a detail of its field.

    `detail` is the period of a budget's sums, the name of a date, or the number of an instalment.
    """

    column: Column
    text: str
    scale: int = 1
    detail: str = ""

    @property
    def name(self) -> str:
        """The field, with its key where it is one of several."""
        return f"{self.column.field}.{self.detail}" if self.detail else self.column.field


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet's table: its kind, its columns by position, and its rows by their number from 0."""

    shape: SheetShape
    sheet: Sheet
    number: int
    headings: Mapping[int, Heading]
    rows: Mapping[int, Sequence[Cell]]

    def place(self, row: int, column: int) -> CellPlace:
        """Return the place of a cell, both from 0."""
        return CellPlace(self.number, row, column, self.sheet.place(row, column))


@dataclass(slots=True)
class Findings:
    """What was found in a file: its tables, what is left out of them, and its faults, each with its place."""

    tables: list[SheetTable] = field(default_factory=list)
    notes: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Header:
    """A row that may be a sheet's headings: its kind, its columns by position, and the unknown ones."""

    shape: SheetShape
    row: int
    headings: Mapping[int, Heading]
    unread: Mapping[int, str]

    @property
    def missing(self) -> list[Column]:
        """The columns that such a sheet must have and this one lacks."""
        return self.shape.missing([heading.column.field for heading in self.headings.values()])


def find_tables(book: Book, date_of: DateOf = lambda _: None) -> Findings:
    """Return the tables of the book's sheets, and a note for each sheet and column that is not taken.

    A sheet is of the kind that most of its headings belong to: a list of grants without a funder is
    no list of decisions.
    """
    findings = Findings()
    for number, sheet in enumerate(book.sheets):
        named = Imported.THE_SHEET(name=shown(sheet.name)) if sheet.name else Imported.THE_FILE()
        headers = _headers(sheet, date_of)
        near = max(
            headers,
            key=lambda header: (len(header.headings), -len(header.missing), -header.row),
            default=None,
        )
        if not any(any(cell is not None for cell in row) for row in sheet.rows):
            continue
        if not sheet.shown:
            findings.notes.append(Imported.HIDDEN_SHEET(sheet=named))
        elif near is None:
            findings.notes.append(Imported.UNKNOWN_SHEET(sheet=named))
        elif near.missing:
            kind = " / ".join(near.shape.titles)
            lacks = ", ".join(headings_of(near.missing))
            fault = Imported.NEAREST_SHEET(sheet=named, kind=kind, headings=lacks)
            findings.problems.append((CellPlace(number, near.row, 0, sheet.place(near.row, 0)), fault))
        else:
            _add_table(findings, sheet, number, near)
    if findings.tables and not any(table.rows for table in findings.tables):
        findings.notes.append(Imported.NO_ROWS())
    return findings


def _headers(sheet: Sheet, date_of: DateOf) -> Iterator[_Header]:
    """Yield each row near the top as the headings of each kind of sheet that two or more columns fit."""
    # A heading that is merged over two rows is one of the lower row's.
    for number, row in enumerate(sheet.filled_down()[:_HEADINGS_WITHIN]):
        texts = {at: text for at, cell in enumerate(row) if (text := _heading_text(cell))}
        for shape in SHAPES:
            read = {at: _read(shape, text, date_of) for at, text in texts.items()}
            headings = {at: column for at, column in read.items() if column is not None}
            if len(headings) > 1:
                unread = {at: texts[at] for at, column in read.items() if column is None}
                yield _Header(shape, number, headings, unread)


def _add_table(findings: Findings, sheet: Sheet, number: int, header: _Header) -> None:
    width = max((*header.headings, *header.unread)) + 1
    rows: dict[int, Sequence[Cell]] = {}
    table = SheetTable(header.shape, sheet, number, header.headings, rows)
    findings.tables.append(table)
    seen: dict[str, str] = {}
    for at, heading in header.headings.items():
        if heading.name in seen:
            fault = Imported.SAME_COLUMN(column=shown(heading.text), other=shown(seen[heading.name]))
            findings.problems.append((table.place(header.row, at), fault))
        seen.setdefault(heading.name, heading.text)
    for at, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1):
        cells = (row[column] for column in header.headings if column < len(row))
        filled = [cell for cell in cells if cell is not None]
        # A total below a list is no row of it; a budget's is asked about, since an account can be called so.
        if filled and (header.shape.kind == "budgets" or not is_total(filled[0], alone=True)):
            rows[at] = row
        if sheet.parted_by == "," and any(cell is not None for cell in row[width:]):
            findings.problems.append((table.place(at, width), Imported.BEHIND_HEADINGS()))
    name = Imported.QUOTED(name=shown(sheet.name)) if sheet.name else Imported.THE_FILE()
    for text in header.unread.values():
        if near := nearest_heading(header.shape, text):
            findings.notes.append(Imported.COLUMN_MEANT(sheet=name, column=shown(text), near=near))
        else:
            findings.notes.append(Imported.COLUMN_UNREAD(sheet=name, column=shown(text)))


def _heading_text(cell: Cell) -> str:
    """Return what a heading's cell says, on one line."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None or isinstance(cell, bool) else " ".join(str(cell).split())


def _read(shape: SheetShape, text: str, date_of: DateOf) -> Heading | None:
    """Return what a heading fills in a sheet of that kind; None for one that it does not know."""
    column = field_of(shape, text)
    if column is not None:
        return Heading(column, text, heading_scale(text))
    if shape.kind == "budgets":
        try:
            period = read_period(without_unit(text))
        except ValueError:
            return None
        return Heading(Column("amount", "sum"), text, heading_scale(text), period) if period else None
    if shape.kind in ("grants", "decisions"):
        name = date_of(text) or (text.casefold() if _DATE_NAME.match(text.casefold()) else None)
        if name is not None:
            return Heading(Column("dates", "last_day"), text, 1, name)
    number = _INSTALMENT.fullmatch(text) if shape.kind == "decisions" else None
    return Heading(Column("instalments", "sum"), text, 1, str(int(number[1]))) if number else None


def empty_workbook(language: str) -> bytes:
    """Return a workbook with one sheet a kind and its headings in the language."""
    return xlsx_of(*(_sheet(shape, language) for shape in SHAPES))


def _sheet(shape: SheetShape, language: str) -> SheetOut:
    # A grant's decision, dates and payments have sheets of their own.
    own = {"grants": ("decided_on", "amount", "dates.applied_on", "paid", "paid_on")}.get(shape.kind, ())
    headings = [column.heading(language) for column in shape.columns if column.field not in own]
    widths = [max(24, len(heading) + 2) for heading in headings]
    return SheetOut(shape.titles[language == "en"], [headings], widths)
