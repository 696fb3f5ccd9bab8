"""Read an import file: YAML whole, or a CSV table of people or meetings, row by row."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.errors import ImportInvalid
from models.field_types import Strict
from models.import_file import ImportFile, MeetingEntry, PersonEntry
from tasks.programme_files import read_shape

# The column that tells what a table's rows are, and the shape of a row.
_TABLES: dict[str, tuple[str, type[Strict]]] = {
    "email": ("people", PersonEntry),
    "held_on": ("meetings", MeetingEntry),
}
_TRUE, _FALSE = ("yes", "ja", "true"), ("no", "nej", "false")


def read_import(path: Path) -> ImportFile:
    """Return the file's content; ImportInvalid names file, line, column and how to mend it."""
    if path.suffix.lower() in (".yaml", ".yml"):
        from models.scenario import Scenario

        return read_shape(path, Scenario, ImportInvalid)
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    raise ImportInvalid(f"{path}: use a YAML or CSV file")


def _read_csv(path: Path) -> ImportFile:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ImportInvalid(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ImportInvalid(f"{path}: not UTF-8 text; save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",", strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        kind, shape = next((table for column, table in _TABLES.items() if column in columns), (None, None))
        if kind is None or shape is None:
            raise ImportInvalid(f"{path}, line 1: no column {' or '.join(_TABLES)} says what the rows are")
        unknown = [name for name in columns if name not in shape.model_fields]
        if unknown:
            known = ", ".join(shape.model_fields)
            raise ImportInvalid(f"{path}, line 1: unknown column '{unknown[0]}'; known: {known}")
        rows = [_row(path, reader.line_num, row, shape) for row in reader if any(row.values())]
    except csv.Error as error:
        raise ImportInvalid(f"{path}, line {reader.line_num}: {error}") from error
    return ImportFile(**{kind: tuple(rows)})


def _row(path: Path, line: int, row: dict[Any, Any], shape: type[Strict]) -> Strict:
    if None in row:
        raise ImportInvalid(f"{path}, line {line}: more cells than columns")
    values = {name: _cell(value) for name, value in row.items() if value is not None and value.strip()}
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        column = first["loc"][0] if first["loc"] else "row"
        message = first["msg"].removeprefix("Value error, ")
        raise ImportInvalid(f"{path}, line {line}, column '{column}': {message}") from error


def _cell(text: str) -> str | bool:
    word = text.strip()
    if word.lower() in _TRUE:
        return True
    if word.lower() in _FALSE:
        return False
    return word
