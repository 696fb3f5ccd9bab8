"""Tag the first cell of a table's rows as their header, as Word does; typst offers that only behind a feature flag.

The change is appended to the file, which is otherwise unchanged, with its title and its language.
"""

from io import BytesIO
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject


def with_row_headers(pdf: bytes) -> bytes:
    """Return a tagged PDF in which each row below a table's headings begins with a header of its own."""
    writer = PdfWriter(BytesIO(pdf), incremental=True)
    _mark_rows(writer.root_object["/StructTreeRoot"])
    # What is appended has its own trailer, which names the title only where the title is new.
    described = dict(writer.metadata or {})
    writer.metadata = None
    writer.add_metadata(described)
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
            own = (attribute.get_object() for attribute in below["/A"])
            of_table: Any = next(attribute for attribute in own if attribute["/O"] == "/Table")
            # A reference to the column's header alone would hide the row's.
            of_table.pop("/Headers", None)
            if place == 0:
                below[NameObject("/S")] = NameObject("/TH")
                of_table[NameObject("/Scope")] = NameObject("/Row")
        _mark_rows(below)
