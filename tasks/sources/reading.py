"""Take figures out of sources: files in a folder, another database, a web service; each is read once a round."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from models.errors import BadInput
from models.programme.source import GatherRule, SourceRule
from models.reading.number import shown
from tasks.files.spreadsheets import Book, TableUnreadable, read_csv, read_workbook
from tasks.sources.outside import OutsideDatabase, OutsideServices, SourceFailed
from tasks.sources.tables import Period, SourceTable, cells_at
from tasks.sources.values import Given, Reckoning, at_path, filled, hash_of, mark_of

T = TypeVar("T")

# How many cells of files and answers are kept, and after how many failures in a row a source is left alone.
_MOST_CELLS, _LOST_AFTER = 2_000_000, 3
# What a clock that is a little ahead of ours may date a file.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a source gave: the value as it stands there, the source's name, and the hash of what was read.

    `accounts` are the parts of a sum of a ledger, by account, each a decimal text; `scale` is what sums of money are
    to be multiplied by, of a column of thousands; `mark` is what stands before the decimals of its column's texts,
    where they show it, and `place` its cell.
    """

    value: object
    source: str
    sha256: str
    accounts: Mapping[str, str] = field(default_factory=dict)
    scale: int = 1
    mark: str = ""
    place: str = ""


@dataclass(slots=True)
class SourceReader:
    """Reads sources for a round: every file, query and address once, and every failure once.

    `folder` holds the files; `now` is the moment that none of them is newer than, where it is a real one; `pauses` are
    the seconds before each further try of a database or a service. One that failed three times in a row is not asked
    again: nobody's morning waits for it.
    """

    folder: Path
    now: datetime | None = None
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
            raise SourceFailed(error.sentence, **error.facts) from error

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
        elif isinstance(found, SourceTable):
            cells += 4 * sum(len(entries) for entries in found.by_where.values())
        self._read[key] = (found, cells)
        self._cells += cells
        while self._cells > _MOST_CELLS and len(self._read) > 1:
            _, freed = self._read.pop(next(iter(self._read)))
            self._cells -= freed

    def _from_file(self, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        pattern = filled(source.files or "", about.names_in_files())
        path: Path = self.once(("newest", pattern), lambda: self._newest(pattern))
        book: Book = self.once(
            (path, source.delimiter, source.encoding),
            lambda: _book(path, source),
        )
        sheet = book.sheet(source.sheet)
        if gather.cell is not None:
            values, scale = list(cells_at(book.name, sheet, gather.cell)), 1
            texts: Iterable[object] = [given.value for given in values]
        else:
            key = (
                path,
                sheet.name,
                gather.column,
                gather.account,
                source.period_column,
                *sorted(gather.where),
            )
            table: SourceTable = self.once(
                key, lambda: SourceTable.of(book.name, sheet, gather, source.period_column)
            )
            wanted = {column: filled(text, about.names()) for column, text in gather.where.items()}
            values, scale = [entry.given for entry in table.entries(wanted, about)], table.scale
            texts = table.texts
        mark = mark_of(texts, about.currency)
        reckoning = Reckoning(book.name, gather, about.currency, scale, mark)
        value = reckoning.of_several(values)
        if value is None:
            return None
        return Taken(
            value, book.name, book.sha256, reckoning.by_account(values), scale, mark, values[-1].place
        )

    def _newest(self, pattern: str) -> Path:
        try:
            found = [
                path for path in self.folder.glob(pattern) if path.is_file() and path.name[0] not in ".~"
            ]
            inside = [path for path in found if path.resolve().is_relative_to(self.folder.resolve())]
            if not inside:
                raise SourceFailed(
                    "there is no file '%(file)s' in %(folder)s", file=pattern, folder=self.folder.name
                )
            by_age = sorted((path.stat().st_mtime_ns, path.name, path) for path in inside)
        except (OSError, ValueError) as error:
            raise SourceFailed("the file '%(file)s' cannot be looked for", file=shown(pattern)) from error
        self._check_age(by_age[0][0], *by_age[-1][:2])
        return by_age[-1][2]

    def _check_age(self, oldest_ns: int, newest_ns: int, name: str) -> None:
        """Raise SourceFailed where the newest file's day is still to come, and not all files' are: which is newer?"""
        latest = (self.now + _AHEAD).timestamp() * 1e9 if self.now is not None else newest_ns
        if oldest_ns <= latest < newest_ns:
            day = datetime.fromtimestamp(newest_ns / 1e9, UTC).date()
            raise SourceFailed(
                "%(name)s is dated %(day)s, which is still to come: save it anew today, or take it away",
                name=name,
                day=day,
            )

    def _from_query(self, name: str, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        secret, query = source.secret or "", source.query or ""
        database = self._databases.setdefault(secret, OutsideDatabase(secret))

        def read() -> tuple[list[dict[str, Any]], str]:
            found = self._tried(secret, lambda: database.rows(name, query, about.names()))
            return found, hash_of(found)

        rows, digest = self.once((name, secret, about), read)
        for column in (gather.column, gather.account):
            if rows and column is not None and column not in rows[0]:
                there = ", ".join(rows[0])
                raise SourceFailed(
                    "%(name)s: the query gives no column '%(column)s'; it gives %(there)s",
                    name=name,
                    column=column,
                    there=there,
                )
        values = [
            Given(row[gather.column], account=row.get(gather.account))
            for row in rows
            if row[gather.column] is not None
        ]
        mark = mark_of((given.value for given in values), about.currency)
        reckoning = Reckoning(name, gather, about.currency, mark=mark)
        value = reckoning.of_several(values)
        return None if value is None else Taken(value, name, digest, reckoning.by_account(values), mark=mark)

    def _from_service(self, name: str, source: SourceRule, gather: GatherRule, about: Period) -> Taken | None:
        quoted = {key: quote(value, safe="") for key, value in about.names().items()}
        url = filled(source.url or "", quoted)
        key = (name, url)
        host = url.split("/", 3)[2]
        fetch = self._services.fetch
        body: bytes = self.once(key, lambda: self._tried(host, lambda: fetch(name, url, source.secret)))
        value = at_path(name, body, gather.path or "")
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


def _book(path: Path, source: SourceRule) -> Book:
    try:
        if source.kind == "xlsx":
            return read_workbook(path)
        return read_csv(path, source.delimiter, source.encoding)
    except TableUnreadable as error:
        # Who mends the file knows it by its name, and not where the server keeps it.
        raise SourceFailed(error.sentence, **{**error.facts, "name": path.name}) from error
