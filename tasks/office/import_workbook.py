"""Write the workbook that an import takes: empty to be filled in, or with all that the database holds of its sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from models.sheet_headings import Column, SheetShape
from models.sheet_shapes import SHAPES
from models.sheet_words import WORDS
from models.vocabulary import Role
from tasks.files.table_files import SheetOut, xlsx_of
from tasks.office.held_entries import held_entries
from tasks.office.held_steps import Line

_WIDTHS = {
    "title": 40,
    "name": 40,
    **dict.fromkeys(("email", "manager", "deputy", "requested_by", "confirmed_by"), 34),
    "step": 26,
    "question": 30,
    **dict.fromkeys(("answer", "value"), 60),
    "sha256": 66,
    **dict.fromkeys(("gathered_at", "said_at", "recorded_at"), 34),
    **dict.fromkeys(("reason", "note"), 40),
    **dict.fromkeys(("by", "colleague", "recorded_by", "claimed_by", "paid_by", "part_paid_by"), 34),
    **{f"roles.{role}": 34 for role in Role},
    "programme": 30,
    "purpose": 50,
    "conditions": 50,
    "source": 30,
}


def import_workbook(connection: Connection, language: str, *, empty: bool = False) -> bytes:
    """Return a workbook with one sheet a kind, its headings in the language; `grants import` reads it back."""
    lines = {shape.kind: [] for shape in SHAPES} if empty else held_entries(connection)
    return xlsx_of(*(_sheet(shape, lines[shape.kind], language) for shape in SHAPES))


def _sheet(shape: SheetShape, lines: Sequence[Line], language: str) -> SheetOut:
    columns = [(column.field, _heading(column, language)) for column in shape.columns]
    # The grants' own columns are in sheets of their own.
    own = {"grants": ("decided_on", "amount")}.get(shape.kind, ())
    columns = [one for one in columns if one[0] not in own]
    more = dict.fromkeys(key for line in lines for key in line if key not in dict(columns))
    columns += [(key, _dynamic(key, language)) for key in sorted(more)]
    table: list[list[Any]] = [
        [heading for _, heading in columns],
        *([_said(key, line.get(key), language) for key, _ in columns] for line in lines),
    ]
    widths = [max(_WIDTHS.get(key, 18), len(heading) + 2) for key, heading in columns]
    return SheetOut(shape.titles[language == "en"], table, widths)


def _said(field: str, value: Any, language: str) -> Any:
    """Return a cell's value, yes and no and the closed words as the reader's language has them."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if language == "en" else ("ja" if value else "nej")
    if language == "en" or field not in WORDS:
        return value
    return next((swedish for swedish, word in WORDS[field].items() if word == value), value)


def _heading(column: Column, language: str) -> str:
    english = column.field.rpartition(".")[2].replace("_", " ")
    text = english if language == "en" else column.swedish
    return text[:1].upper() + text[1:]


def _dynamic(key: str, language: str) -> str:
    """Return the heading of a date's or an instalment's column."""
    number = key.partition(" ")[2]
    return key if not number else f"{'Instalment' if language == 'en' else 'Rat'} {number}"
