"""Find the table in each sheet of an office's file: its header, wherever it stands, and the rows under it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.errors import Unreadable
from models.intake.columns import SheetShape, thousands_in, unit_of
from models.intake.words import is_total
from models.reading.date import day_alone
from models.reading.money import currency_in
from models.reading.number import bare_sum, decimal_mark, shown
from models.reading.suggestion import meant, nearest
from models.sentence import Sentence
from tasks.files.spreadsheets import Book, Cell, Sheet
from tasks.intake.headers import (
    DateOf,
    Heading,
    SheetHeader,
    cell_at,
    filled_rows,
    find_header,
    heading_text,
    nearest_sheet,
)

# Why something is not taken, in words that each language has; and where that is.
Reason = Sentence | Unreadable
Problem = tuple[str, Reason]
_FEW = 5  # cells that a note names
# "Antal: 5", "Uppdaterad: 2010-03-01", "* inställt".
_NOTE = re.compile(r"\*|[^:@]+:(\s|\Z)")


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's table: its kind, its columns by position, and its rows by their number from 0.

    `marks` are by their field what stands before the decimals of sums that are written as text, where they show it.
    """

    shape: SheetShape
    sheet: Sheet
    headings: Mapping[int, Heading]
    header_row: int
    rows: Mapping[int, Sequence[Cell]]
    marks: Mapping[str, str]

    def place(self, row: int, column: int) -> str:
        """Return a cell's name: "Bidrag!B7"; of a CSV file "B7"."""
        return self.sheet.place(row, column)


@dataclass(slots=True)
class Findings:
    """What was found in a file: its tables, what is left out of them, and what is wrong, each with its place."""

    tables: list[Table] = field(default_factory=list)
    notes: list[Sentence] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_tables(book: Book, date_of: DateOf = lambda _: None) -> Findings:
    """Return the tables of the book's sheets, and a note for each sheet and column that is not taken."""
    found = Findings()
    for sheet in book.sheets:
        named = _named(sheet)
        if not any(any(cell is not None for cell in row) for row in sheet.rows):
            continue
        if not sheet.shown:
            found.notes.append(Sentence("%(sheet)s is hidden and is not read", sheet=named))
            continue
        header = find_header(filled_rows(sheet), date_of)
        if header is None:
            near = nearest_sheet(filled_rows(sheet), date_of)
            found.notes.append(
                Sentence(
                    "%(sheet)s is none that is known by its headings, and is not read%(near)s",
                    sheet=named,
                    near=near,
                )
            )
            continue
        _add_table(found, sheet, header, date_of)
    if found.tables and not any(table.rows for table in found.tables):
        found.notes.append(Sentence("there is no row below the headings"))
    return found


def _named(sheet: Sheet) -> Sentence:
    return Sentence("the sheet '%(name)s'", name=shown(sheet.name)) if sheet.name else Sentence("the file")


def _add_table(found: Findings, sheet: Sheet, header: SheetHeader, date_of: DateOf) -> None:
    rows = filled_rows(sheet)
    needed = [at for at, one in header.headings.items() if one.column.needed]
    has_sums = any(column.reads == "sum" for column in header.shape.columns)
    kept = {}
    end = _end_of_table(rows, header.last + 1)
    for number in range(header.last + 1, end):
        row = rows[number]
        cells = [cell_at(rows, number, at) for at in header.headings]
        if all(cell is None for cell in cells):
            continue
        first = next((cell for cell in row if cell is not None), None)
        # A sheet's own sums stand below what they sum, and lack what makes a row.
        about = [cell_at(rows, number, at) for at in needed]
        if is_total(first) and any(cell is None or is_total(cell) for cell in about):
            continue
        # Where nothing is added up, as among answers, the word is what it names: a question can be called `total`.
        if has_sums and any(is_total(cell, alone=True) for cell in about):
            continue
        kept[number] = row
        if sheet.parted_by == "," and any(cell is not None for cell in row[header.width :]):
            found.problems.append(
                (
                    sheet.place(number, header.width),
                    Sentence(
                        "stands behind the last heading: put what holds a comma between quotation marks"
                    ),
                )
            )
    table = Table(header.shape, sheet, header.headings, header.last, kept, _marks(header, kept))
    found.tables.append(table)
    for at, text in header.twice.items():
        said = Sentence("the column '%(column)s' stands twice", column=shown(text))
        found.problems.append((table.place(header.last, at), said))
    found.problems += _unsaid_units(table, rows[: header.last])
    _note_what_is_left(found, table, header)
    below = [_quoted(said) for row in rows[end:] for said in _said(row)]
    if below:
        found.notes.append(
            Sentence(
                "in %(sheet)s what stands below the table is not read: %(texts)s",
                sheet=_briefly(sheet),
                texts=below,
            )
        )


def _marks(header: SheetHeader, rows: Mapping[int, Sequence[Cell]]) -> dict[str, str]:
    """Return the mark before decimals that the sums of a field prove, its columns together."""
    written: dict[str, list[str]] = defaultdict(list)
    for at, heading in header.headings.items():
        if heading.column.is_sum:
            cells = [row[at] for row in rows.values() if at < len(row)]
            texts = [cell for cell in cells if isinstance(cell, str)]
            written[heading.column.field] += [bare_sum(text, currency_in(text)) for text in texts]
    return {field: decimal_mark(texts) for field, texts in written.items()}


def _said(row: Sequence[Cell]) -> set[Cell]:
    """Return what a row's cells say, once each: a merged one says the same in all of them."""
    return {cell for cell in row if cell is not None}


def _end_of_table(rows: Sequence[Sequence[Cell]], first: int) -> int:
    """Return where the table's rows end: below them can stand notes, as "Antal: 5", each alone in its row."""
    end = len(rows)
    while end > first:
        said = _said(rows[end - 1])
        if said and not (len(said) == 1 and _NOTE.match(str(*said))):
            break
        end -= 1
    return end


def _unsaid_units(table: Table, above: Sequence[Sequence[Cell]]) -> Iterator[Problem]:
    """Yield the headings of sums that say no unit where what stands above says thousands: a guess would cost money."""
    unit = next((said for row in above for cell in row if (said := thousands_in(heading_text(cell)))), None)
    for at, heading in table.headings.items() if unit else ():
        if heading.column.reads == "sum" and not unit_of(heading.text):
            named = shown(heading.text)
            yield (
                table.place(table.header_row, at),
                Sentence(
                    "'%(heading)s' says no unit, and '%(unit)s' stands above: write '%(heading)s (%(unit)s)' or"
                    " '%(heading)s (kr)'",
                    heading=named,
                    unit=unit,
                ),
            )


def _briefly(sheet: Sheet) -> Sentence:
    return _quoted(sheet.name) if sheet.name else Sentence("the file")


def _quoted(text: object, near: str | Sentence = "") -> Sentence:
    return Sentence("'%(name)s'%(near)s", name=shown(text), near=near)


def _note_what_is_left(found: Findings, table: Table, header: SheetHeader) -> None:
    """Note the columns that are not read, times of day that are left out, and what is read though it is hidden."""
    named = _briefly(table.sheet)
    if header.unread:
        found.notes.append(_unread(header, named))
    if timed := [_quoted(heading) for heading in _timed(table)]:
        found.notes.append(
            Sentence(
                "in %(sheet)s days are read without the time of day behind them: %(columns)s",
                sheet=named,
                columns=timed,
            )
        )
    if phones := _numbered_phones(table):
        listed = ", ".join(phones[:_FEW])
        found.notes.append(
            Sentence(
                "in %(sheet)s telephone numbers are numbers to the spreadsheet, which keeps no 0 before them:"
                " %(cells)s; let the cells be text, and write them again",
                sheet=named,
                cells=Sentence("%(cells)s and more", cells=listed) if phones[_FEW:] else listed,
            )
        )
    hidden = len(table.sheet.hidden.rows & table.rows.keys())
    if hidden > 1:
        found.notes.append(
            Sentence("in %(sheet)s %(count)s hidden rows are read like the others", sheet=named, count=hidden)
        )
    elif hidden:
        found.notes.append(Sentence("in %(sheet)s 1 hidden row is read like the others", sheet=named))


def _unread(header: SheetHeader, named: Sentence) -> Sentence:
    known = [column.field for column in header.shape.columns]
    listed = [_quoted(text, meant(nearest(text.casefold(), known))) for text in header.unread.values()]
    if len(header.unread) > 1:
        return Sentence(
            "in %(sheet)s %(count)s columns are not read: %(columns)s",
            sheet=named,
            count=len(header.unread),
            columns=listed,
        )
    return Sentence("in %(sheet)s 1 column is not read: %(columns)s", sheet=named, columns=listed)


def _timed(table: Table) -> Iterator[str]:
    """Yield the headings of days of which one has a time of day behind it."""
    for at, heading in table.headings.items():
        if heading.column.reads == "day" and any(
            (number, at) in table.sheet.timed or day_alone(heading_text(row[at]))[1]
            for number, row in table.rows.items()
            if at < len(row)
        ):
            yield heading.text


def _numbered_phones(table: Table) -> list[str]:
    """Return the cells of telephone numbers that are numbers."""
    return [
        table.sheet.place(number, at).rpartition("!")[2]
        for at, heading in table.headings.items()
        if heading.column.field == "phone"
        for number, row in table.rows.items()
        if at < len(row) and isinstance(row[at], int | float)
    ]
