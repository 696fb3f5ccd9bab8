"""Write the workbook that an import takes, empty, to be filled in."""

from __future__ import annotations

from models.intake.columns import Column, SheetShape
from models.intake.headings import SHAPES
from tasks.files.tables import SheetOut, xlsx_of

_WIDE = ("title", "name", "purpose", "conditions")


def empty_workbook(language: str) -> bytes:
    """Return a workbook with one sheet a kind and its headings in the language."""
    return xlsx_of(*(_sheet(shape, language) for shape in SHAPES))


def _sheet(shape: SheetShape, language: str) -> SheetOut:
    # The grants' own columns for their decision are in a sheet of its own.
    own = {"grants": ("decided_on", "amount")}.get(shape.kind, ())
    columns = [column for column in shape.columns if column.field not in own]
    headings = [_heading(column, language) for column in columns]
    widths = [
        max(40 if column.field in _WIDE else 18, len(heading) + 2)
        for column, heading in zip(columns, headings, strict=True)
    ]
    return SheetOut(shape.titles[language == "en"], [headings], widths)


def _heading(column: Column, language: str) -> str:
    english = column.field.rpartition(".")[2].replace("_", " ")
    text = english if language == "en" else column.swedish
    return text[:1].upper() + text[1:]
