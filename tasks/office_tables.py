"""Find the table in each sheet of an office's file: its header, wherever it stands, and the rows under it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.field_types import DATE_NAME
from models.sheet_headings import (
    Column,
    SheetShape,
    field_of,
    heading_key,
    heading_scale,
    headings_of,
    thousands_in,
    unit_of,
    without_unit,
)
from models.sheet_shapes import SHAPES
from models.sheet_words import is_total
from models.suggestions import did_you_mean
from models.written_dates import day_alone
from models.written_numbers import shown
from models.written_periods import read_period
from tasks.spreadsheets import Book, Cell, Sheet, place_of

_HEADER_WITHIN = 40
_INSTALMENT_WORDS = ("instalment", "rat", "del", "delbetalning")


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: what it fills, what its numbers are multiplied by, and what a heading adds to its field.

    `detail` is the period of a budget's sums, the name of a date, or the number of an instalment.
    """

    column: Column
    text: str
    scale: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet's table: its kind, its columns by position, and its rows by their number from 0."""

    shape: SheetShape
    sheet: Sheet
    headings: Mapping[int, Heading]
    header_row: int
    rows: Mapping[int, Sequence[Cell]]

    def place(self, row: int, column: int) -> str:
        """Return a cell's name: "Bidrag!B7"; of a CSV file "B7"."""
        name = place_of(row, column)
        return f"{self.sheet.name}!{name}" if self.sheet.name else name


@dataclass(slots=True)
class Findings:
    """What was found in a file: its tables, what is left out of them, and what is wrong, each with its place."""

    tables: list[Table] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


# Turns a heading into the name of a programme's date; None for one that is none.
DateOf = Callable[[str], str | None]


def find_tables(book: Book, date_of: DateOf = lambda _: None) -> Findings:
    """Return the tables of the book's sheets, and a note for each sheet and column that is not taken."""
    found = Findings()
    for sheet in book.sheets:
        named = f"the sheet '{shown(sheet.name)}'" if sheet.name else "the file"
        if not any(any(cell is not None for cell in row) for row in sheet.rows):
            continue
        if not sheet.shown:
            found.notes.append(f"{named} is hidden and is not read")
            continue
        header = _header(_filled(sheet), date_of)
        if header is None:
            near = _nearest(_filled(sheet), date_of)
            found.notes.append(f"{named} is none that is known by its headings, and is not read{near}")
            continue
        _add_table(found, sheet, header, date_of)
    if found.tables and not any(table.rows for table in found.tables):
        found.notes.append("there is no row below the headings")
    return found


@dataclass(frozen=True, slots=True)
class _Header:
    shape: SheetShape
    first: int
    last: int
    headings: Mapping[int, Heading]
    unread: Mapping[int, str]
    twice: Mapping[int, str]

    @property
    def lacks(self) -> list[str]:
        """The fields without which it is no such sheet."""
        fields = {heading.column.field for heading in self.headings.values()}
        needed = (*self.shape.needed, "amount") if self.shape.kind == "budgets" else self.shape.needed
        return [field for field in needed if field not in fields]


def _filled(sheet: Sheet) -> list[list[Cell]]:
    """Return the rows of the top with every cell of a merged range filled as its first."""
    rows = [list(row) for row in sheet.rows]
    for top, left, bottom, right in sheet.hidden.merged:
        value = _at(rows, top, left)
        if top < bottom and isinstance(value, int | float):
            continue  # a sum stands once, however many rows it spans
        for number in range(top, min(bottom + 1, len(rows))):
            row = rows[number]
            row.extend([None] * (min(right, 200) + 1 - len(row)))
            row[left : right + 1] = [value] * (len(row[left : right + 1]))
    return rows


def _at(rows: Sequence[Sequence[Cell]], row: int, column: int) -> Cell:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else None


def _header(rows: Sequence[Sequence[Cell]], date_of: DateOf) -> _Header | None:
    """Return the header that names the most columns, of one row or two, from the first row that can begin one."""
    for number in range(min(_HEADER_WITHIN, len(rows))):
        if not any(_fits(rows, number, date_of)):
            continue
        # What begins here may be the title, with the header below it.
        found = [*_fits(rows, number, date_of), *_fits(rows, number + 1, date_of)]
        return max(found, key=lambda one: (len(one.headings) - len(one.twice), -len(one.unread), one.first))
    return None


def _fits(rows: Sequence[Sequence[Cell]], first: int, date_of: DateOf) -> Iterator[_Header]:
    for last in (first, first + 1):
        if last < len(rows):
            for shape in SHAPES:
                header = _as_header(shape, rows, first, last, date_of)
                if not header.lacks:
                    yield header


def _nearest(rows: Sequence[Sequence[Cell]], date_of: DateOf) -> str:
    """Return which sheet it would be with which columns more; empty where none is near."""
    tried = (
        _as_header(shape, rows, number, number, date_of)
        for number in range(min(_HEADER_WITHIN, len(rows)))
        for shape in SHAPES
    )
    near = max(tried, key=lambda one: (len(one.headings), -len(one.lacks)), default=None)
    if near is None or len(near.headings) < 2:
        return ""
    return f"; for {near.shape.kind} it lacks {', '.join(headings_of(near.lacks, near.shape))}"


def _as_header(
    shape: SheetShape, rows: Sequence[Sequence[Cell]], first: int, last: int, date_of: DateOf
) -> _Header:
    headings: dict[int, Heading] = {}
    unread: dict[int, str] = {}
    twice: dict[int, str] = {}
    taken: dict[tuple[str, str], tuple[int, str]] = {}
    for position, texts in enumerate(_texts(rows, first, last)):
        if not texts:
            continue
        heading = next((one for text in texts if (one := _read(shape, text, date_of))), None)
        if heading is None:
            unread[position] = texts[0]
            continue
        key = (heading.column.field, heading.detail)
        if key not in taken:
            taken[key], headings[position] = (position, heading.text), heading
        elif heading_key(taken[key][1]) == heading_key(heading.text):
            twice[position] = heading.text
        else:
            unread[position] = texts[0]
    if shape.kind == "budgets" and any(heading.detail for heading in headings.values()):
        # Beside its parts, a sum of them is no line of the budget.
        for position in [
            at for at, one in headings.items() if one.column.field == "amount" and not one.detail
        ]:
            unread[position] = headings.pop(position).text
    return _Header(shape, first, last, headings, unread, twice)


def _texts(rows: Sequence[Sequence[Cell]], first: int, last: int) -> Iterator[list[str]]:
    """Yield each column's heading: of two rows both together, then the lower alone, then the upper."""
    width = max(len(rows[first]), len(rows[last]))
    over = ""
    for position in range(width):
        upper, lower = (_text(_at(rows, number, position)) for number in (first, last))
        if first == last:
            yield [upper] if upper else []
            continue
        over = upper or over  # a merged heading stands over those after it
        listed = (
            [lower, upper] if upper == lower else [f"{over} {lower}".strip() if lower else "", lower, upper]
        )
        yield [text for text in dict.fromkeys(listed) if text]


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None or isinstance(cell, bool) else " ".join(str(cell).split())


def _read(shape: SheetShape, text: str, date_of: DateOf) -> Heading | None:
    column = field_of(shape, text)
    if column is not None:
        return Heading(column, text, heading_scale(text))
    if shape.kind == "budgets":
        try:
            period = read_period(without_unit(text))
        except ValueError:
            return None
        return (
            Heading(Column("amount", "sum", "belopp"), text, heading_scale(text), period) if period else None
        )
    if shape.kind in ("grants", "decisions"):
        name = text.casefold() if DATE_NAME.match(text.casefold()) else date_of(text)
        if name is not None:
            return Heading(Column("dates", "day", "datum"), text, 1, name)
    words = text.casefold().split()
    if (
        shape.kind == "decisions"
        and len(words) == 2
        and words[0] in _INSTALMENT_WORDS
        and words[1].isdigit()
        and words[1].isascii()
    ):
        return Heading(Column("instalments", "text", "rat"), text, 1, str(int(words[1])))
    return None


def _add_table(found: Findings, sheet: Sheet, header: _Header, date_of: DateOf) -> None:
    rows = _filled(sheet)
    needed = [at for at, one in header.headings.items() if one.column.needed]
    kept = {}
    for number in range(header.last + 1, len(rows)):
        row = rows[number]
        cells = [_at(rows, number, at) for at in header.headings]
        if all(cell is None for cell in cells):
            continue
        first = next((cell for cell in row if cell is not None), None)
        # A sheet's own sums stand below what they sum, and lack what makes a row.
        if is_total(first) and any(
            _at(rows, number, at) is None or is_total(_at(rows, number, at)) for at in needed
        ):
            continue
        kept[number] = row
    table = Table(header.shape, sheet, header.headings, header.last, kept)
    found.tables.append(table)
    for at, text in header.twice.items():
        found.problems.append((table.place(header.last, at), f"the column '{shown(text)}' stands twice"))
    found.problems += _unsaid_units(table, rows[: header.last])
    _note_what_is_left(found, table, header)


def _unsaid_units(table: Table, above: Sequence[Sequence[Cell]]) -> Iterator[tuple[str, str]]:
    """Yield the headings of sums that say no unit where what stands above says thousands: a guess would cost money."""
    unit = next((said for row in above for cell in row if (said := thousands_in(_text(cell)))), None)
    for at, heading in table.headings.items() if unit else ():
        if heading.column.reads == "sum" and not unit_of(heading.text):
            named = shown(heading.text)
            yield (
                table.place(table.header_row, at),
                f"'{named}' says no unit, and '{unit}' stands above: write '{named} ({unit})' or '{named} (kr)'",
            )


def _note_what_is_left(found: Findings, table: Table, header: _Header) -> None:
    named = f"'{shown(table.sheet.name)}'" if table.sheet.name else "the file"
    if header.unread:
        known = [column.field for column in header.shape.columns]
        listed = []
        for text in header.unread.values():
            near = did_you_mean(text.casefold(), known)
            listed.append(f"'{shown(text)}'" + (near if "did you mean" in near else ""))
        what = "columns are" if len(listed) > 1 else "column is"
        found.notes.append(f"in {named} {len(listed)} {what} not read: {', '.join(listed)}")
    timed = [
        f"'{shown(heading.text)}'"
        for at, heading in table.headings.items()
        if heading.column.reads == "day"
        and any(day_alone(_text(row[at]))[1] for row in table.rows.values() if at < len(row))
    ]
    if timed:
        found.notes.append(
            f"in {named} days are read without the time of day behind them: {', '.join(timed)}"
        )
    hidden = len(table.sheet.hidden.rows & table.rows.keys())
    if hidden:
        rows = "rows are" if hidden > 1 else "row is"
        found.notes.append(f"in {named} {hidden} hidden {rows} read like the others")
