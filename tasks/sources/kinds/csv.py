"""Take figures out of CSV files."""

from __future__ import annotations

from tasks.files.spreadsheets import read_csv
from tasks.sources.files import read_newest
from tasks.sources.source import Asked, Taken


def read(asked: Asked) -> Taken | None:
    """Return the figure of a cell or of the rows that fit, from the newest of the source's files."""
    return read_newest(asked, lambda path, source: read_csv(path, source.delimiter, source.encoding))
