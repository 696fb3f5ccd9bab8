"""Read the cells of CSV files, in whatever encoding and with whatever delimiter they were saved."""

import csv
import hashlib
import io
from pathlib import Path

from models.errors import Unreadable
from tasks.files.inspection import Filed
from tasks.files.text_encoding import decode_text, find_delimiter
from tasks.files.workbook_reader import (
    MOST_COLUMNS,
    TABLE,
    Book,
    Cell,
    Sheet,
    TableBounds,
    TableUnreadable,
    read_cell,
    read_content,
)


def read_csv(path: Path, bounds: TableBounds = TABLE) -> Book:
    """Return a CSV file as a book of one sheet; TableUnreadable gives the fault and its place.

    Its encoding and its delimiter are detected from the text.
    """
    content = read_content(path, bounds)
    try:
        text = decode_text(content)
    except ValueError as error:
        raise TableUnreadable(Filed.NOT_A_TEXT(name=path.name)) from error
    delimiter = find_delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[Cell, ...]] = []
    try:
        for line in lines:
            if len(rows) == bounds.rows or len(line) > MOST_COLUMNS:
                fault = Filed.TOO_MANY_ROWS(name=path.name, rows=bounds.rows, columns=MOST_COLUMNS)
                raise TableUnreadable(fault)
            rows.append(tuple(read_cell(value) for value in line))
    except csv.Error as error:
        why = Unreadable(Filed.QUOTE_OPEN())
        raise TableUnreadable(Filed.ON_LINE(name=path.name, line=lines.line_num, why=why)) from error
    sheet = Sheet("", tuple(rows), parted_by=delimiter)
    return Book(path.name, hashlib.sha256(content).hexdigest(), (sheet,))
