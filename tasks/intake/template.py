"""Write the workbook that an import takes, empty, to be filled in."""

from __future__ import annotations

from models.intake.headings import SHAPES, SheetShape
from tasks.files.tables import SheetOut, xlsx_of

_WIDE = ("title", "name", "purpose", "conditions")


def empty_workbook(language: str) -> bytes:
    """Return a workbook with one sheet a kind and its headings in the language."""
    return xlsx_of(*(_sheet(shape, language) for shape in SHAPES))


def _sheet(shape: SheetShape, language: str) -> SheetOut:
    # A grant's decision and dates have sheets of their own.
    own = {"grants": ("decided_on", "amount", "dates.applied_on")}.get(shape.kind, ())
    columns = [column for column in shape.columns if column.field not in own]
    headings = [column.heading(language) for column in columns]
    widths = [
        max(40 if column.field in _WIDE else 18, len(heading) + 2)
        for column, heading in zip(columns, headings, strict=True)
    ]
    return SheetOut(shape.titles[language == "en"], [headings], widths)
