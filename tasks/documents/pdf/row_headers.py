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
    for place, child in enumerate(children if isinstance(children, ArrayObject) else ()):
        below = child.get_object()
        if not hasattr(below, "get"):  # a piece of text
            continue
        if below.get("/S") == "/TD":
            attributes: Any = below["/A"]
            told = attributes[0].get_object()
            # What names the column's header alone would hide the row's.
            del told["/Headers"]
            if place == 0:
                below[NameObject("/S")] = NameObject("/TH")
                told[NameObject("/Scope")] = NameObject("/Row")
        _mark_rows(below)
