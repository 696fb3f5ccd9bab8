"""Read an import file: YAML whole, or a CSV table of people or meetings, row by row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.errors import ImportInvalid
from models.field_types import Strict
from models.import_file import ImportFile, MeetingEntry, PersonEntry
from models.scenario import Scenario
from tasks.plain_files import read_plain_file
from tasks.programme_files import read_shape
from tasks.shape_faults import explain_misfit
from tasks.strict_yaml import Spot

# The column that tells what a table's rows are, and the shape of a row.
_TABLES: dict[str, tuple[str, type[Strict]]] = {
    "email": ("people", PersonEntry),
    "held_on": ("meetings", MeetingEntry),
}
_TRUE, _FALSE = ("yes", "ja", "true"), ("no", "nej", "false")


def read_import(path: Path) -> ImportFile:
    """Return the file's content; ImportInvalid names file, line, column and how to mend it."""
    if path.suffix.lower() in (".yaml", ".yml"):
        return read_scenario(path)
    if path.suffix.lower() == ".csv":
        return _read_csv(path)
    raise ImportInvalid(f"{path}: use a YAML or CSV file")


def read_scenario(path: Path) -> Scenario:
    """Return the YAML file's content with its script; ImportInvalid as above."""
    return _anchored(read_shape(path, Scenario, ImportInvalid), path.parent)


def _anchored(content: Scenario, folder: Path) -> Scenario:
    """Return the content with figures files that lie beside the file found from anywhere."""
    grants = tuple(
        entry.model_copy(update={"figures_file": str((folder / entry.figures_file).absolute())})
        if entry.figures_file
        else entry
        for entry in content.grants
    )
    return content.model_copy(update={"grants": grants})


def _read_csv(path: Path) -> ImportFile:
    try:
        text = read_plain_file(path, ImportInvalid).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportInvalid(f"{path}: not UTF-8 text; save it as CSV UTF-8") from error
    if not text.strip():
        raise ImportInvalid(f"{path}: the file is empty")
    first = text.partition("\n")[0]
    # A quoted cell can hold a line break, which splitlines would take out.
    lines = io.StringIO(text, newline="")
    reader = csv.DictReader(lines, delimiter=";" if ";" in first else ",", strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        kind, shape = next((table for column, table in _TABLES.items() if column in columns), (None, None))
        if kind is None or shape is None:
            raise ImportInvalid(f"{path}, line 1: no column {' or '.join(_TABLES)} says what the rows are")
        twice = [name for name, count in Counter(columns).items() if count > 1]
        if twice:
            raise ImportInvalid(f"{path}, line 1: the column '{twice[0]}' stands twice")
        unknown = [name for name in columns if name not in shape.model_fields]
        if unknown:
            known = ", ".join(shape.model_fields)
            raise ImportInvalid(f"{path}, line 1: unknown column '{unknown[0]}'; known: {known}")
        rows = [_row(path, reader.line_num, row, shape) for row in reader if any(row.values())]
    except csv.Error as error:
        raise ImportInvalid(f"{path}, line {reader.reader.line_num}: {error}") from error
    return ImportFile(**{kind: tuple(rows)})


def _row(path: Path, line: int, row: dict[Any, Any], shape: type[Strict]) -> Strict:
    if None in row:
        raise ImportInvalid(f"{path}, line {line}: more cells than columns")
    values: dict[str, str | bool | None] = {}
    for name, text in row.items():
        field, word = shape.model_fields[name], (text or "").strip()
        if word:
            values[name] = _cell(word, is_yes_no=name in _YES_NO)
        elif text is not None and field.default is None and not field.is_required():
            values[name] = None  # an empty cell empties what can be empty
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        spot, sentence = explain_misfit(error, values, lambda _: Spot(0, line, str(path)), shape)
        raise ImportInvalid(f"{spot}: {sentence}") from error


_YES_NO = ("admin", "choice", "bounced", "cancelled")


def _cell(word: str, *, is_yes_no: bool) -> str | bool:
    if is_yes_no and word.lower() in (*_TRUE, *_FALSE):
        return word.lower() in _TRUE
    return word
