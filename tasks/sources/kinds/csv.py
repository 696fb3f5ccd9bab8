"""The kind of source `csv`: figures from CSV and other table files in a folder, the newest that fits."""

from collections.abc import Callable
from pathlib import Path

from models.reading.number import shown
from tasks.files.csv_reader import read_csv
from tasks.files.workbook_reader import Book, TableUnreadable
from tasks.sources.own_file import OF_OWN_FILE, are_whole, refuse_people
from tasks.sources.source import SourceReader, SourceRequest, Taken
from tasks.sources.source_faults import Sourced, SourceFailed
from tasks.sources.tables import SourceTable, cells_at
from tasks.sources.values import Reckoning, filled


def read_newest(asked: SourceRequest, open_book: Callable[[Path], Book]) -> Taken | None:
    """Return the figure of a cell or of the rows that fit, from the newest of the source's files."""
    reader = asked.reader
    source = asked.source
    gather = asked.gather
    about = asked.about
    pattern = filled(source.file or "", about.names_in_files())
    path: Path = reader.once(("newest", pattern), lambda: _newest(reader, pattern))
    book: Book = reader.once((path,), lambda: _book(path, open_book))
    sheet = book.sheet(source.sheet)
    if gather.cell:
        values = list(cells_at(book.name, sheet, gather.cell))
        scale = 1
    else:
        table = _table(asked, path, book)
        wanted = {column: filled(text, about.names()) for column, text in gather.where}
        if gather.rows in OF_OWN_FILE:
            reader.once((path, sheet.name, "people"), lambda: refuse_people(book.name, sheet))
        entries = list(table.entries(wanted, about))
        if gather.rows in OF_OWN_FILE and not are_whole(book.name, entries, gather, about):
            return None
        values = [entry.given for entry in entries]
        scale = table.scale
    reckoning = Reckoning(book.name, gather, about.currency, scale)
    value = reckoning.of_several(values)
    if value is None:
        return None
    return Taken(
        value=value,
        source=book.name,
        sha256=book.sha256,
        accounts=reckoning.by_account(values),
        scale=scale,
        place=values[-1].place,
    )


def _table(asked: SourceRequest, path: Path, book: Book) -> SourceTable:
    source = asked.source
    gather = asked.gather
    sheet = book.sheet(asked.source.sheet)
    key = (path, sheet.name, gather.column, gather.account, source.period_column, *sorted(dict(gather.where)))
    return asked.reader.once(key, lambda: SourceTable.of(book.name, sheet, gather, source.period_column))


def _book(path: Path, open_book: Callable[[Path], Book]) -> Book:
    try:
        return open_book(path)
    except TableUnreadable as error:
        # People know the file by its name, and not by its place on the server.
        called = "place" if "place" in error.remark.facts else "name"
        raise SourceFailed(error.remark.message(**{**error.remark.facts, called: path.name})) from error


def _newest(reader: SourceReader, pattern: str) -> Path:
    try:
        files = [path for path in reader.folder.glob(pattern) if path.is_file() and path.name[0] not in ".~"]
        inside = [path for path in files if path.resolve().is_relative_to(reader.folder.resolve())]
        if not inside:
            raise SourceFailed(Sourced.NO_FILE_LIKE(file=pattern, folder=reader.folder.name))
        return max((path.stat().st_mtime_ns, path.name, path) for path in inside)[2]
    except (OSError, ValueError) as error:
        raise SourceFailed(Sourced.FILE_UNSEARCHABLE(file=shown(pattern))) from error


def read(asked: SourceRequest) -> Taken | None:
    """Return the figure of a cell or of the rows that fit, from the newest of the source's files."""
    return read_newest(asked, read_csv)
