"""Find figures in a sheet: by cell, or by row under a header and by period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from glob import escape

from models.errors import Unreadable
from models.intake.headings import heading_scale, is_total, without_unit
from models.programme.language.amounts import Origin
from models.reading.date import days_of_period, read_period
from models.reading.number import TwoReadings, shown
from models.reading.reference import in_file_names
from models.reading.value_faults import meant, nearest
from tasks.files.inspection import column_number
from tasks.files.workbook_reader import MOST_COLUMNS, Cell, Sheet
from tasks.intake.cells import read_day
from tasks.sources.source_faults import Sourced, SourceFailed
from tasks.sources.values import Given

_HEADER_WITHIN = 40


@dataclass(frozen=True, slots=True)
class SourcePeriod:
    """The subject of a step: its grant's references and currency, and its period if it has one."""

    reference: str
    funder_reference: str
    period: str
    first: date | None
    last: date | None
    currency: str = "SEK"

    def names(self) -> dict[str, str]:
        """Return the values of the names in braces."""
        return {
            "reference": self.reference,
            "funder_reference": self.funder_reference,
            "period": self.period,
            "period_start": self.first.isoformat() if self.first else "",
            "period_end": self.last.isoformat() if self.last else "",
        }

    def names_in_files(self) -> dict[str, str]:
        """Return those values for a file's name: a forbidden sign becomes a hyphen, and none is a pattern."""
        return {name: escape(in_file_names(value)) for name, value in self.names().items()}

    def holds(self, named: NamedPeriod) -> bool:
        """Return whether a row belongs to the period: it names it, or a shorter period or day within it."""
        if named.text == self.period.casefold():
            return True
        if self.first is None or self.last is None or named.days is None:
            return False
        first, last = named.days
        if first == last:
            return self.first <= first <= self.last
        # The months in which a grant begins and ends count as its own, though it does not fill them.
        return self.first.replace(day=1) <= first and last.replace(day=1) <= self.last


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """A period or a day as a row names it: its text to compare, its first and last day, whether it is neither."""

    text: str
    days: tuple[date, date] | None = None
    wrong: Unreadable | None = None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A row under a sheet's header: its value and period, that one's place, and whether it is a sum."""

    given: Given
    period: NamedPeriod
    period_place: str
    is_sum: bool


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A sheet's rows under its header, by their values in the columns of `where`.

    `scale` is the factor that its heading gives sums; `of_period` is the periods' column.
    """

    name: str
    by_where: Mapping[tuple[str, ...], Sequence[SourceEntry]]
    where: tuple[str, ...]
    scale: int
    of_period: int | None

    @classmethod
    def of(cls, name: str, sheet: Sheet, gather: Origin, period_column: str | None) -> SourceTable:
        """Return the table of the file's sheet for a figure; SourceFailed without its columns."""
        where = tuple(sorted(dict(gather.where)))
        further = [name for name in (period_column, gather.account) if name]
        number, columns = _header(name, sheet, [*where, gather.column, *further])
        column, *named = (columns[_key(name)] for name in (gather.column, *where))
        of_period, of_account = (
            columns[_key(name)] if name else MOST_COLUMNS for name in (period_column, gather.account)
        )
        used = (column, *named, of_period, of_account)
        scale = heading_scale(str(_in(sheet.rows[number], column) or gather.column))
        by_where: dict[tuple[str, ...], list[SourceEntry]] = defaultdict(list)
        rows = sheet.filled_down((*named, of_period, of_account))
        width = _width(sheet.rows[number])
        for at, row in enumerate(rows[number + 1 :], start=number + 1):
            value = _in(row, column)
            by = [_in(row, named_column) for named_column in named]
            account = _in(row, of_account)
            # A row that adds others up says so in its first cell, or in a cell without other words.
            first = next((cell for cell in row if cell is not None), None)
            is_sum = is_total(first) or any(is_total(cell, alone=True) for cell in row)
            if not is_sum:
                _reckoned(name, sheet, at, used)
                _within(name, sheet, at, width)
            if value is None:
                continue
            period = _named(_in(row, of_period))
            given = Given(value, sheet.place(at, column), account)
            place = sheet.place(at, of_period) if period.wrong else ""
            entry = SourceEntry(given, period, place, is_sum)
            by_where[tuple(_key(cell) for cell in by)].append(entry)
        # Rows at the end that hold nothing else are not among the sheet's rows.
        for at in sorted({at for at, _ in sheet.unreckoned if at >= len(sheet.rows)}):
            _reckoned(name, sheet, at, used)
        return cls(name, by_where, where, scale, of_period if period_column else None)

    def entries(self, wanted: Mapping[str, str], about: SourcePeriod) -> Iterator[SourceEntry]:
        """Yield the rows with those values, of the period if the sheet has periods; sums only if wanted.

        SourceFailed if the period of one cannot be read: a sum would silently leave it out.
        """
        sums_too = any(is_total(text) for text in wanted.values())
        for entry in self.by_where.get(tuple(_key(wanted[name]) for name in self.where), ()):
            if entry.is_sum and not sums_too:
                continue
            if self.of_period is None or about.holds(entry.period):
                yield entry
            elif entry.period.wrong:
                raise SourceFailed(
                    Sourced.CELL(name=self.name, place=entry.period_place, why=entry.period.wrong)
                )


def _named(cell: Cell) -> NamedPeriod:
    """Return the period or the day that a cell names; an empty one matches only a step without a period."""
    text = _key(cell)
    if not text:
        return NamedPeriod(text, wrong=Unreadable(Sourced.PERIOD_EMPTY()))
    try:
        period = read_period(text)
    except ValueError:
        period = ""
    if period and not isinstance(cell, date):
        return NamedPeriod(period.casefold(), days_of_period(period))
    try:
        day = read_day(cell)
    except TwoReadings as error:
        return NamedPeriod(text, wrong=error)
    except Unreadable:
        why = Unreadable(Sourced.NEITHER_PERIOD_NOR_DAY(value=shown(cell)))
        return NamedPeriod(text, wrong=why)
    return NamedPeriod(text, (day, day))


def _width(row: Sequence[Cell]) -> int:
    """Return how many columns a row has up to the last filled one."""
    return max((at for at, cell in enumerate(row, start=1) if cell is not None), default=0)


def _within(name: str, sheet: Sheet, row: int, width: int) -> None:
    """Refuse a row wider than its header in a comma-separated file: a comma may have split a number."""
    if sheet.parted_by == "," and _width(sheet.rows[row]) > width:
        raise SourceFailed(Sourced.BEHIND_HEADINGS(name=name, place=sheet.place(row, width)))


def _header(name: str, sheet: Sheet, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return the number of the first row that holds all the names, and their columns."""
    keys = {_key(name) for name in wanted}
    for number, row in enumerate(sheet.filled_down()[:_HEADER_WITHIN]):
        exact = [_key(cell) for cell in row]
        # "spent (tkr)" is "spent", in thousands, where no heading is "spent" alone.
        for cells in (exact, [_key(without_unit(cell)) for cell in exact]):
            if keys <= set(cells):
                twice = next((name for name in wanted if cells.count(_key(name)) > 1), None)
                if twice is not None:
                    raise SourceFailed(Sourced.COLUMN_TWICE(name=name, column=twice))
                return number, {key: cells.index(key) for key in keys}
    top = {_key(cell) for row in sheet.rows[:_HEADER_WITHIN] for cell in row}
    missing = next((name for name in wanted if _key(name) not in top), wanted[0])
    texts = [cell for row in sheet.rows[:_HEADER_WITHIN] for cell in row if isinstance(cell, str)]
    raise SourceFailed(Sourced.NO_COLUMN(name=name, column=missing, near=meant(nearest(missing, texts))))


def cells_at(name: str, sheet: Sheet, cells: str) -> Iterator[Given]:
    """Yield the values of a cell, or of a range row by row; nothing for empty cells."""
    first, _, last = cells.partition(":")
    top, left = _place(first)
    bottom, right = _place(last or first)
    columns = range(min(left, right), max(left, right) + 1)
    for at, row in enumerate(sheet.rows[min(top, bottom) : max(top, bottom) + 1], start=min(top, bottom)):
        _reckoned(name, sheet, at, columns)
        for column in columns:
            if (cell := _in(row, column)) is not None:
                yield Given(cell, sheet.place(at, column))


def _reckoned(name: str, sheet: Sheet, row: int, columns: Iterable[int]) -> None:
    """Refuse a row with a formula that was never calculated: a sum would silently leave it out."""
    if sheet.unreckoned:
        for column in columns:
            if (row, column) in sheet.unreckoned:
                raise SourceFailed(Sourced.UNRECKONED(name=name, place=sheet.place(row, column)))


def _place(name: str) -> tuple[int, int]:
    """Return a cell's row and column from 0: C7 is (6, 2)."""
    letters = name.rstrip("0123456789")
    return int(name[len(letters) :]) - 1, column_number(letters)


def _in(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else None


def _key(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else " ".join(str(cell).split()).casefold()
