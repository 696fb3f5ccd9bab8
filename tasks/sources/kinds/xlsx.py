"""The kind of source `xlsx`: figures from workbooks."""

from tasks.files.workbook_reader import read_workbook
from tasks.sources.kinds.csv import read_newest
from tasks.sources.source import SourceRequest, Taken


def read(asked: SourceRequest) -> Taken | None:
    """Return the figure of a cell or of the rows that fit, from the newest of the source's files."""
    return read_newest(asked, read_workbook)
