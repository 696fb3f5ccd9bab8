"""Mend what programs write into workbooks that spreadsheet programs open and the library takes for damage."""

from __future__ import annotations

import io
import re
import zipfile

_LOOKS = "xl/styles.xml"
# A fill of cells that says nothing, as xlsx-populate writes it; in Excel it is none.
_EMPTY_FILL = re.compile(rb"<(\w+:)?fill\s*(?:/>|>\s*</(?:\w+:)?fill\s*>)")


def mended(content: bytes) -> bytes:
    """Return a workbook that was looked through with its empty fills as those that fill nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        looks = archive.read(_LOOKS) if _LOOKS in archive.namelist() else b""
        if not _EMPTY_FILL.search(looks):
            return content
        kept = io.BytesIO()
        with zipfile.ZipFile(kept, "w") as whole:
            for name in archive.namelist():
                whole.writestr(name, archive.read(name) if name != _LOOKS else _filled(looks))
        return kept.getvalue()


def _filled(looks: bytes) -> bytes:
    return _EMPTY_FILL.sub(rb"<\1fill><\1patternFill/></\1fill>", looks)
