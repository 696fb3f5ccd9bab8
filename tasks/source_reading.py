"""Take figures out of sources: files in a folder, another database, a web service; each is read once a round."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from models.errors import BadInput
from models.sheet_shapes import is_total
from models.source_rule import GatherRule, SourceRule
from models.written_dates import read_date
from models.written_numbers import read_number, shown
from tasks.outside_sources import OutsideDatabase, OutsideServices, SourceFailed
from tasks.spreadsheets import (
    MOST_COLUMNS,
    Book,
    Cell,
    Sheet,
    TableUnreadable,
    read_csv,
    read_workbook,
)
from tasks.workbook_scan import column_number

_HEADER_WITHIN = 40
# How many cells of files and answers are kept, and after how many failures in a row a source is left alone.
_MOST_CELLS, _LOST_AFTER = 2_000_000, 3
_MONTH = re.compile(r"([0-9]{4})-?(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """What a step is about: its grant's references, and its period if it has one."""

    reference: str
    funder_reference: str
    period: str
    first: date | None
    last: date | None

    def names(self) -> dict[str, str]:
        """Return what the names in braces stand for."""
        return {
            "reference": self.reference,
            "funder_reference": self.funder_reference,
            "period": self.period,
            "period_start": self.first.isoformat() if self.first else "",
            "period_end": self.last.isoformat() if self.last else "",
        }

    def holds(self, name: str, day: date | None, *, is_month: bool) -> bool:
        """Whether a row is the period's: one that names it, or a month or a day within it."""
        if name == self.period.casefold():
            return True
        if self.first is None or self.last is None or day is None:
            return False
        return (self.first.replace(day=1) if is_month else self.first) <= day <= self.last


@dataclass(frozen=True, slots=True)
class Taken:
    """What a source gave: the value as it stands there, the source's name, and the hash of what was read.

    `accounts` are the parts of a sum of a ledger, by account, each a decimal text.
    """

    value: object
    source: str
    sha256: str
    accounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SourceReader:
    """Reads sources for a round: every file, query and address once, and every failure once.

    `folder` holds the files; `pauses` are the seconds before each further try of a database or a service. One that
    failed three times in a row is not asked again: nobody's morning waits for it.
    """

    folder: Path
    pauses: Sequence[float] = (1.0, 3.0)
    _read: dict[object, tuple[Any, int]] = field(default_factory=dict)
    _cells: int = 0
    _databases: dict[str, OutsideDatabase] = field(default_factory=dict)
    _services: OutsideServices = field(default_factory=OutsideServices)
    _failures: dict[str, list[SourceFailed]] = field(default_factory=lambda: defaultdict(list))

    def close(self) -> None:
        """Close the lines to databases and services."""
        for database in self._databases.values():
            database.close()
        self._services.close()

    def take(self, name: str, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        """Return the figure, or None when the source has none yet; SourceFailed when it cannot be read."""
        try:
            if source.kind in ("csv", "xlsx"):
                return self._from_file(source, gather, about)
            if source.kind == "sql":
                return self._from_query(name, source, gather, about)
            return self._from_service(name, source, gather, about)
        except TableUnreadable as error:
            raise SourceFailed(error.detail) from error

    def once(self, key: object, read: Callable[[], Any]) -> Any:
        """Return what `read` gives or raises; it is called once a key."""
        if key in self._read:
            # What was used last is kept longest: a file of one grant's own makes room for the next grant's.
            found, _ = self._read[key] = self._read.pop(key)
        else:
            try:
                found = read()
            except BadInput as error:
                found = error
            self._keep(key, found)
        if isinstance(found, BadInput):
            raise found
        return found

    def _keep(self, key: object, found: Any) -> None:
        cells = 1_000  # what an answer or a failure takes, with its key
        if isinstance(found, Book):
            cells += sum(len(row) for sheet in found.sheets for row in sheet.rows)
        elif isinstance(found, _Table):
            cells += 4 * sum(len(entries) for entries in found.by_where.values())
        self._read[key] = (found, cells)
        self._cells += cells
        while self._cells > _MOST_CELLS and len(self._read) > 1:
            _, freed = self._read.pop(next(iter(self._read)))
            self._cells -= freed

    def _from_file(self, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        pattern = _filled(source.files or "", about.names())
        path: Path = self.once(("newest", pattern), lambda: self._newest(pattern))
        book: Book = self.once((path, source.delimiter, source.encoding), lambda: _book(path, source))
        sheet = book.sheet(source.sheet)
        if gather.cell is not None:
            value: object = _of_several(book.name, list(_cells(sheet, gather.cell)), gather)
            accounts: Mapping[str, str] = {}
        else:
            key = (
                path,
                sheet.name,
                gather.column,
                gather.account,
                source.period_column,
                *sorted(gather.where),
            )
            table: _Table = self.once(key, lambda: _Table.of(book.name, sheet, gather, source.period_column))
            wanted = {column: _filled(text, about.names()) for column, text in gather.where.items()}
            entries = list(table.entries(wanted, about))
            value = _of_several(book.name, [entry.value for entry in entries], gather)
            accounts = _by_account(book.name, [(entry.account, entry.value) for entry in entries], gather)
        return None if value is None else Taken(value, book.name, book.sha256, accounts)

    def _newest(self, pattern: str) -> Path:
        try:
            found = [
                path for path in self.folder.glob(pattern) if path.is_file() and path.name[0] not in ".~"
            ]
            inside = [path for path in found if path.resolve().is_relative_to(self.folder.resolve())]
            if not inside:
                raise SourceFailed(f"there is no file '{pattern}' in {self.folder.name}")
            return max(inside, key=lambda path: (path.stat().st_mtime_ns, path.name))
        except (OSError, ValueError) as error:
            raise SourceFailed(f"the file '{shown(pattern)}' cannot be looked for") from error

    def _from_query(self, name: str, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        secret, query = source.secret or "", source.query or ""
        database = self._databases.setdefault(secret, OutsideDatabase(secret))

        def read() -> tuple[list[dict[str, Any]], str]:
            found = self._tried(secret, lambda: database.rows(name, query, about.names()))
            return found, _hash(found)

        rows, digest = self.once((name, secret, about), read)
        for column in (gather.column, gather.account):
            if rows and column is not None and column not in rows[0]:
                there = ", ".join(rows[0])
                raise SourceFailed(f"{name}: the query gives no column '{column}'; it gives {there}")
        given = [row for row in rows if row[gather.column] is not None]
        value = _of_several(name, [row[gather.column] for row in given], gather)
        accounts = _by_account(name, [(row.get(gather.account), row[gather.column]) for row in given], gather)
        return None if value is None else Taken(value, name, digest, accounts)

    def _from_service(self, name: str, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        quoted = {key: quote(value, safe="") for key, value in about.names().items()}
        url = _filled(source.url or "", quoted)
        key = (name, url)
        host = url.split("/", 3)[2]
        fetch = self._services.fetch
        body: bytes = self.once(key, lambda: self._tried(host, lambda: fetch(name, url, source.secret)))
        value = _at_path(name, body, gather.path or "")
        return None if value is None else Taken(value, name, hashlib.sha256(body).hexdigest())

    def _tried(self, whom: str, read: Callable[[], Any]) -> Any:
        """Return what `read` gives, tried again after each pause; at once what failed last, of one that is lost."""
        failures = self._failures[whom]
        if len(failures) >= _LOST_AFTER:
            raise failures[-1]
        for pause in (*self.pauses, None):
            try:
                found = read()
            except SourceFailed as failed:
                if pause is None or not failed.may_pass:
                    failures.append(failed)
                    raise
                time.sleep(pause)
            else:
                failures.clear()
                return found
        raise AssertionError  # the last try returned or raised


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row under a sheet's header: what its period is called and its day, its account, and its value."""

    period: str
    day: date | None
    is_month: bool
    account: Cell
    value: Cell


@dataclass(frozen=True, slots=True)
class _Table:
    """A sheet's rows under its header, by what stands in the columns of `where`."""

    by_where: Mapping[tuple[str, ...], Sequence[_Entry]]
    where: tuple[str, ...]
    has_period: bool

    @classmethod
    def of(cls, name: str, sheet: Sheet, gather: GatherRule, period_column: str | None) -> _Table:
        where = tuple(sorted(gather.where))
        further = [one for one in (period_column, gather.account) if one]
        number, columns = _header(name, sheet, [*where, gather.column or "", *further])
        column, *named = (columns[_key(one)] for one in (gather.column, *where))
        of_period, of_account = (
            columns[_key(one)] if one else MOST_COLUMNS for one in (period_column, gather.account)
        )
        found: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
        days: dict[Cell, tuple[str, date | None, bool]] = {}
        keys = _Keys()
        for row in sheet.rows[number + 1 :]:
            value = _in(row, column)
            # A sheet's own sums stand below what they sum.
            if value is None or is_total(next((cell for cell in row if cell is not None), None)):
                continue
            period = _in(row, of_period)
            if period not in days:
                days[period] = _day_of(period)
            entry = _Entry(*days[period], _in(row, of_account), value)
            by = [_in(row, one) for one in named]
            found[tuple([keys[cell.__class__, cell] for cell in by])].append(entry)
        return cls(found, where, period_column is not None)

    def entries(self, wanted: Mapping[str, str], about: Period) -> Iterator[_Entry]:
        for entry in self.by_where.get(tuple(_key(wanted[one]) for one in self.where), ()):
            if not self.has_period or about.holds(entry.period, entry.day, is_month=entry.is_month):
                yield entry


def _day_of(cell: Cell) -> tuple[str, date | None, bool]:
    """Return a period's cell as it is compared, its day or its month's first, and whether it is a month."""
    text = _key(cell)
    month = _MONTH.fullmatch(text)
    if month:
        return text, date(int(month[1]), int(month[2]), 1), True
    try:
        return text, read_date(cell), False
    except ValueError:
        return text, None, False


def _header(name: str, sheet: Sheet, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Return the number of the first row that holds all the names, and where they stand in it."""
    keys = {_key(one) for one in wanted}
    for number, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        cells = [_key(cell) for cell in row]
        if keys <= set(cells):
            twice = next((one for one in wanted if cells.count(_key(one)) > 1), None)
            if twice is not None:
                raise SourceFailed(f"{name}: the column '{twice}' stands twice")
            return number, {key: cells.index(key) for key in keys}
    top = {_key(cell) for row in sheet.rows[:_HEADER_WITHIN] for cell in row}
    missing = [one for one in wanted if _key(one) not in top] or wanted
    raise SourceFailed(f"{name} has no column '{missing[0]}'")


def _of_several(name: str, values: Sequence[object], gather: GatherRule) -> object:
    if not values:
        return None
    if gather.rows == "sum":
        total = sum((_signed(name, value) for value in values), Decimal(0))
        return f"{total:f}"
    if len(values) > 1 and gather.rows != "last":
        raise SourceFailed(
            f"{name}: {len(values)} rows fit '{gather.column or gather.cell}': say 'where', or rows: sum"
        )
    return values[-1]


def _by_account(name: str, values: Sequence[tuple[Any, object]], gather: GatherRule) -> dict[str, str]:
    """Return what each account comes to, in the order of their names; nothing where they are not asked for."""
    if gather.account is None:
        return {}
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for account, value in values:
        whole = int(account) if isinstance(account, float) and account.is_integer() else account
        sums["" if whole is None else " ".join(str(whole).split())] += _signed(name, value)
    return {account: f"{sums[account]:f}" for account in sorted(sums)}


def _signed(name: str, value: object) -> Decimal:
    """Return an amount that can be below nothing, as a ledger's corrections are."""
    text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value).strip()
    below = text.startswith(("-", "−")) or text.endswith("-")
    try:
        number = read_number(text.strip("-−").strip(), 2)
    except ValueError as error:
        raise SourceFailed(f"{name}: {error}") from error
    return -number if below else number


def _book(path: Path, source: SourceRule) -> Book:
    if source.kind == "xlsx":
        return read_workbook(path)
    return read_csv(path, source.delimiter, source.encoding)


def _cells(sheet: Sheet, name: str) -> Iterator[Cell]:
    """Yield what stands in a cell, or in a range of them row by row; nothing for empty ones."""
    first, _, last = name.partition(":")
    (top, left), (bottom, right) = _place(first), _place(last or first)
    for row in sheet.rows[min(top, bottom) : max(top, bottom) + 1]:
        for column in range(min(left, right), max(left, right) + 1):
            if (cell := _in(row, column)) is not None:
                yield cell


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


class _Keys(dict[tuple[type, Cell], str]):
    """Cells as they are compared, each made once; by type too, since True and 1 are equal."""

    def __missing__(self, of: tuple[type, Cell]) -> str:
        self[of] = _key(of[1])
        return self[of]


def _filled(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda found: names[found[1]], text)


def _at_path(name: str, body: bytes, path: str) -> object:
    try:
        here = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise SourceFailed(f"{name}: the service's answer is not JSON") from error
    for part in path.split("."):
        if isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        elif isinstance(here, dict) and part in here:
            here = here[part]
        else:
            raise SourceFailed(f"{name}: the service's answer has no '{path}'")
    if isinstance(here, dict | list):
        raise SourceFailed(f"{name}: '{path}' of the service's answer is not one value")
    return str(here) if isinstance(here, Decimal) else here


def _hash(rows: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(rows, default=str, sort_keys=True).encode()).hexdigest()
