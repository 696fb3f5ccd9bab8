"""Read an office's tables row by row: days, sums and words as people write them, people and bodies by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models.errors import Unreadable
from models.forms.field import Field, Kind, read_value
from models.intake.headings import WORDS, YES_NO, is_cell_error, is_total
from models.message import Common, Remark
from models.reading.account import under_heading
from models.reading.address import clean_email
from models.reading.date import Edge, likely_day, read_period
from models.reading.day import Side
from models.reading.number import bare_sum, currency_in, in_full, narrow, read_number, shown
from models.reading.reference import kept_reference
from models.reading.value_faults import Reading
from tasks.files.workbook_reader import Cell
from tasks.intake.cell_names import CellNames
from tasks.intake.import_faults import Imported
from tasks.intake.workbook import CellPlace, Heading, Problem, Reason, SheetTable

_EDGES = {"first_day": Edge.FIRST, "last_day": Edge.LAST}
# A day as a spreadsheet counts it, in a cell not formatted as a day: 1970 to 2119. 20101 is a quarter.
_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(25_569, 80_000)
_DAY = Field("", Kind.DAY, side=Side.WRITTEN)


def cell_text(cell: Cell) -> str:
    """Return a cell as the text that it shows; whole numbers without decimals."""
    if isinstance(cell, float):
        return f"{Decimal(repr(round(cell, 6))).normalize():f}"
    return "" if cell is None else str(cell).strip()


def address_text(cell: Cell) -> str:
    """Return an address as written, without what a program adds when it makes a link of it."""
    text = cell_text(cell)
    return narrow(text).removeprefix("mailto:") if "@" in text else text


def read_cell(heading: Heading, cell: Cell, cell_names: CellNames) -> object:
    """Return the cell's value for its column; Unreadable, with how to correct it, if there is none."""
    if is_cell_error(cell):
        raise Unreadable(Imported.CELL_ERROR(value=cell))
    reads = heading.column.reads
    if reads == "reference":
        _refuse_spoilt(cell)
    text = cell_text(cell)
    match reads:
        case "reference":
            return kept_reference(text)
        case "account":
            return under_heading(heading.text, text)
        case "email":
            return address_text(cell)
        case "day" | "first_day" | "last_day":
            return read_day(cell)
        case "sum":
            return _sum(cell, heading.scale)
        case "yes_no":
            return _yes_no(cell)
        case "period":
            return read_period(cell if isinstance(cell, date) else text)
        case "person":
            return cell_names.person(address_text(cell))
        case "organisation":
            return cell_names.organisation(text)
        case "programme":
            return cell_names.programme(text)
        case "word":
            return WORDS[heading.column.field].get(text.casefold(), text.casefold())
    return text


def _refuse_spoilt(cell: Cell) -> None:
    """Refuse a reference that a spreadsheet took for a day or a number: to it, 2026.10 is 2026.1."""
    if isinstance(cell, date):
        raise Unreadable(Imported.DAY_TO_SPREADSHEET(value=shown(cell)))
    if isinstance(cell, float) and not cell.is_integer():
        raise Unreadable(Imported.NUMBER_TO_SPREADSHEET(value=shown(cell)))


def read_day(cell: Cell) -> date:
    """Return the day in a cell: a text, a day, or a spreadsheet's number of days; else Unreadable."""
    if isinstance(cell, bool):
        raise Unreadable(Reading.NOT_A_DATE(value=cell))
    if isinstance(cell, int | float) and cell == int(cell) and int(cell) in _SERIALS:
        return _DAY_ZERO + timedelta(days=int(cell))
    return cell if isinstance(cell, date) else read_value(_DAY, cell_text(cell))


def _sum(cell: Cell, scale: int) -> str:
    """Return a sum as a text that reads one way only; TwoReadings for an ambiguous one, which is asked about.

    A sum without a currency is checked as kronor at once.
    """
    if isinstance(cell, bool | date):
        raise Unreadable(Reading.NOT_A_SUM(value=shown(cell)))
    if isinstance(cell, int | float):
        number = read_number(round(cell, 6), 2 if scale == 1 else 6)
        return f"{number:f}" if scale == 1 else _times(number, scale)
    text = cell_text(cell)
    currency = currency_in(text)
    if text.endswith("%"):  # a share of an instalment, as decisions write it
        return str(read_value(Field("", Kind.SHARE), text))
    if scale == 1:
        read_value(Field("", Kind.REPORTED, currency=currency), text)
        return text
    if in_full(text, currency) != text:
        raise Unreadable(Imported.TWO_UNITS(value=shown(text)))
    return _times(read_number(bare_sum(text, "SEK")), scale)


def _times(number: Decimal, scale: int) -> str:
    # It is read again as it is written: more decimals could pass for thousands.
    return f"{read_number(number * scale, 2).normalize():f}"


def _yes_no(cell: Cell) -> bool:
    text = cell_text(cell).casefold()
    if text not in YES_NO:
        raise Unreadable(Imported.NEITHER_YES_NOR_NO(value=shown(cell)))
    return YES_NO[text]


@dataclass(slots=True)
class EntryDraft:
    """A row, or an entry from several rows: its values as in YAML, and the cell of each by the way to it."""

    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[tuple[str, ...], CellPlace] = field(default_factory=dict)
    sound: bool = True

    def cell(self, *way: object) -> CellPlace:
        """Return the cell of the value at the way, or of what contains it."""
        parts = tuple(map(str, way))
        return next(
            self.cells[parts[:length]] for length in range(len(parts), -1, -1) if parts[:length] in self.cells
        )

    def take(self, row: EntryDraft, *way: object, cell: str = "") -> None:
        """Add the cells of a row, at the end of the way."""
        parts = tuple(map(str, way))
        for name, place in row.cells.items():
            self.cells.setdefault((*parts, *name), place)
        if cell:
            self.cells[parts] = row.cell(cell)
        self.sound &= row.sound


def introduce(table: SheetTable, cell_names: CellNames) -> None:
    """Let cells name the table's people, whatever else is wrong with their rows."""
    for cells in table.rows.values():
        values = {
            heading.name: address_text(cells[at]) for at, heading in table.headings.items() if at < len(cells)
        }
        try:
            email = clean_email(values.get("email", ""))
        except ValueError:
            continue  # reported where the row is read
        cell_names.add_person(
            email, values.get("name") or f"{values.get('given_name')} {values.get('family_name')}"
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """A cell that most likely means a day, which a person must confirm: the place, the text, and the day."""

    place: CellPlace
    written: str
    means: date

    @property
    def problem(self) -> Problem:
        """The message while nobody has confirmed it."""
        return self.place, Imported.LIKELY(value=self.written, means=self.means)

    @property
    def note(self) -> Remark:
        """The message once it is confirmed."""
        return Common.AT(place=self.place.name, why=Imported.TAKEN_AS(value=self.written, means=self.means))


def read_rows(
    table: SheetTable, cell_names: CellNames, problems: list[Problem], corrections: list[Correction]
) -> Iterator[EntryDraft]:
    """Yield the table's rows; what is wrong with a cell is added to the problems.

    The most likely meaning of a cell is taken, and added to the corrections.
    """
    for number, cells in table.rows.items():
        row = EntryDraft(cells={(): table.place(number, min(table.headings))})
        for at, heading in table.headings.items():
            cell = cells[at] if at < len(cells) else None
            place = row.cells[tuple(heading.name.split("."))] = table.place(number, at)
            wrong: Reason | None = None
            if (number, at) in table.sheet.unreckoned:
                wrong = Imported.UNRECKONED()
            else:
                try:
                    wrong = _read(table, row, heading, cell, cell_names)
                except Unreadable as error:
                    likely = _likely(heading, cell)
                    if likely is None:
                        wrong = error
                    else:
                        _put(row, heading, likely)
                        corrections.append(Correction(place, shown(cell_text(cell)), likely))
            if wrong is not None:
                problems.append((place, wrong))
                row.sound = False
        yield row


def _read(
    table: SheetTable, row: EntryDraft, heading: Heading, cell: Cell, cell_names: CellNames
) -> Reason | None:
    """Take a cell's value; return what is wrong with it, or raise it, or return nothing."""
    if cell is None or cell_text(cell) == "":
        if heading.column.needs_cell:
            return Imported.HEADING_EMPTY(heading=heading.text)
        if heading.column.need == "empties":
            row.values[heading.column.field] = None
        return None
    if table.shape.kind == "budgets" and is_total(cell, alone=True):
        return Imported.TOTAL(value=shown(cell))
    _put(row, heading, read_cell(heading, cell, cell_names))
    return None


def _put(row: EntryDraft, heading: Heading, value: object) -> None:
    # A dot in a field's name, or a heading's detail, puts the value into a mapping.
    name, _, key = heading.name.partition(".")
    if key:
        row.values.setdefault(name, {})[key] = value
    else:
        row.values[name] = value


def _likely(heading: Heading, cell: Cell) -> date | None:
    """Return the day that an unreadable cell most likely means; None if it means none."""
    reads = heading.column.reads
    if not reads.endswith("day"):
        return None
    return likely_day(cell_text(cell), _EDGES.get(reads))
