"""Tag the first cell of a table's rows as their header, as Word has it: typst keeps that behind a feature of its own.

The change is appended to the file, which stays what it was, with its title and its language.
"""

from io import BytesIO
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject


def with_row_headers(pdf: bytes) -> bytes:
    """Return a tagged PDF in which each row below a table's headings begins with a header of its own."""
    writer = PdfWriter(BytesIO(pdf), incremental=True)
    _mark_rows(writer.root_object["/StructTreeRoot"])
    result = BytesIO()
    writer.write(result)
    return result.getvalue()


def _mark_rows(element: Any) -> None:
    children = element.get("/K")
    for child in children if isinstance(children, ArrayObject) else ():
        below = child.get_object()
        if element.get("/S") == "/TBody":
            _mark_row(below)
        elif hasattr(below, "get"):
            _mark_rows(below)


def _mark_row(row: Any) -> None:
    for place, reference in enumerate(row["/K"]):
        cell = reference.get_object()
        told = cell["/A"][0].get_object()
        # What names the column's header alone would hide the row's.
        del told["/Headers"]
        if place == 0:
            cell[NameObject("/S")] = NameObject("/TH")
            told[NameObject("/Scope")] = NameObject("/Row")
