"""Read the entries of a ledger from a table, as ledgers print it."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.currency import decimals_of
from models.errors import Unreadable
from models.facts.ledger import Entry, LedgerFile, Receipts
from models.intake.headings import is_total
from models.message import Remark
from models.reading.number import read_signed, shown
from models.rules.ledger import is_of_projects, mark_receipt, project_key
from tasks.files.workbook_reader import Book, Cell
from tasks.intake.cells import cell_text, read_day
from tasks.ledger.headings import LedgerColumns, find_columns
from tasks.ledger.ledger_faults import Ledgered, LedgerUnreadable

_CURRENCY = "SEK"  # no table says which one it is in
_ACCOUNT = re.compile(r"\s*([0-9]{3,8})(?![0-9])")
_BALANCE = re.compile(
    r"(?i)\s*(ingående|utgående|ing\.? ?(bal|saldo)|utg\.? ?(bal|saldo)|omslutning|ib|ub)\b"
)


def read_table(book: Book, projects: Collection[str], receipts: Receipts) -> LedgerFile:
    """Return the entries of a book's first sheet; LedgerUnreadable without the headings of a ledger."""
    sheet = book.sheet(None)
    columns = find_columns(book.name, sheet)
    if "project" not in columns.places and projects:
        raise LedgerUnreadable(Ledgered.NO_PROJECTS(name=book.name))
    reader = _Rows(book.name, columns, projects, receipts, {row for row, _ in sheet.unreckoned})
    for number, row in enumerate(sheet.rows[columns.row + 1 :], start=columns.row + 1):
        reader.take(number, row)
    if not reader.count:
        raise LedgerUnreadable(Ledgered.NO_ENTRIES(name=book.name))
    return LedgerFile(
        name=book.name,
        currency=_CURRENCY,
        entries=tuple(reader.entries),
        days=frozenset(reader.days_told),
        row_count=reader.count,
        columns=columns.headings,
        projects=frozenset(reader.found_projects),
        faults=tuple(reader.faults),
        faults_elsewhere=reader.faults_elsewhere,
        left_out=reader.left_out,
    )


@dataclass(slots=True)
class _Rows:
    """Takes the rows under a ledger's headings, one after the other."""

    name: str
    columns: LedgerColumns
    projects: Collection[str]
    receipts: Receipts
    unreckoned: Collection[int]
    entries: list[Entry] = field(default_factory=list)
    faults: list[Remark] = field(default_factory=list)
    days_told: set[date] = field(default_factory=set)
    found_projects: set[str] = field(default_factory=set)
    count: int = 0
    left_out: int = 0
    faults_elsewhere: int = 0
    _account: str = ""  # of the heading above the rows
    _days: dict[Cell, date] = field(default_factory=dict)

    def take(self, number: int, row: Sequence[Cell]) -> None:
        """Take a row: an entry, a total, or the heading of an account."""
        day_cell = self._cell(row, "day")
        voucher = cell_text(self._cell(row, "voucher"))
        is_dated = day_cell is not None and any(cell is not None for cell in self._sums(row))
        if _is_total(row) or not (voucher or is_dated):
            self._take_other(row)
            return
        self.count += 1
        project = cell_text(self._cell(row, "project"))
        self.found_projects.add(project)
        is_own = is_of_projects(project, self.projects)
        try:
            day = self._day(day_cell)
            self.days_told.add(day)
            if is_own:
                self.entries.append(self._entry(number, row, day, voucher, project))
        except Unreadable as error:
            if is_own:
                self.faults.append(Ledgered.AT_ROW(name=self.name, row=number + 1, why=error))
            else:
                self.faults_elsewhere += 1

    def _take_other(self, row: Sequence[Cell]) -> None:
        """Take a row that is no entry; it may be the heading of an account."""
        first = next((cell for cell in row if cell is not None), None)
        account = _ACCOUNT.match(cell_text(self._cell(row, "account") or first))
        if account and not _is_total(row):
            self._account = account[1]
        self.left_out += first is not None

    def _cell(self, row: Sequence[Cell], column: str) -> Cell:
        at = self.columns.places.get(column)
        return row[at] if at is not None and at < len(row) else None

    def _sums(self, row: Sequence[Cell]) -> list[Cell]:
        """Return the cells of the sum, the debit and the credit."""
        return [self._cell(row, name) for name in ("sum", "debit", "credit")]

    def _day(self, cell: Cell) -> date:
        if cell is None:
            raise Unreadable(Ledgered.NO_DAY())
        if cell not in self._days:
            self._days[cell] = read_day(cell)
        return self._days[cell]

    def _entry(self, number: int, row: Sequence[Cell], day: date, voucher: str, project: str) -> Entry:
        found = _ACCOUNT.match(cell_text(self._cell(row, "account")))
        account = found[1] if found else self._account
        if not account:
            raise Unreadable(Ledgered.NO_ACCOUNT())
        named = " ".join(filter(None, (cell_text(self._cell(row, "series")), voucher)))
        entry = Entry(
            day=day,
            voucher=named,
            account=account,
            project=project_key(project),
            amount_minor=self._minor(number, row),
        )
        return mark_receipt(entry, cell_text(self._cell(row, "text")), self.receipts)

    def _minor(self, number: int, row: Sequence[Cell]) -> int:
        cells = self._sums(row)
        if number in self.unreckoned or all(cell is None for cell in cells):
            raise Unreadable(Ledgered.NO_SUM())
        in_all, debit, credit = (self._amount(cell) for cell in cells)
        return in_all + debit - credit

    def _amount(self, cell: Cell) -> int:
        if cell is None:
            return 0
        scale = self.columns.scale
        number = read_signed(cell, _CURRENCY, decimals=2 if scale == 1 else 6) * scale
        return minor_of(number, _CURRENCY, cell)


def minor_of(number: Decimal, currency: str, cell: object) -> int:
    """Return a sum in minor units; Unreadable if it has parts of one, beyond what a binary fraction leaves."""
    minor = number.scaleb(decimals_of(currency))
    if abs(minor - round(minor)) > Decimal("0.0001"):
        raise Unreadable(Ledgered.PART_OF_MINOR(value=shown(cell)))
    return round(minor)


def _is_total(row: Sequence[Cell]) -> bool:
    first = next((cell for cell in row if cell is not None), None)
    return isinstance(first, str) and (is_total(first) or _BALANCE.match(first) is not None)
