"""Hostile files at every door: each promise by one file, refused in one line and in little memory."""

import glob
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import BadInput
from models.programme.written.source import SourceRule
from tasks.files.inspection import inspect_file
from tasks.intake.cell_names import CellNames
from tasks.intake.files import read_import
from tasks.sources.source import SourceReader
from tasks.sources.tables import SourcePeriod
from tests.hostile_files import (
    LAUGHS,
    MEGABYTE,
    a_document,
    a_jpg,
    a_pdf,
    a_png,
    a_workbook,
    packed,
    with_part,
    with_rows,
)
from tests.rule_builders import an_origin

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MACRO_TYPE = (
    b'<Types><Default Extension="a" ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/>'
)


def upload(path: Path) -> None:
    """Hand the file in."""
    inspect_file(path, path.name)


def bring_in(path: Path) -> None:
    """Import the file."""
    read_import(path, CellNames()).sound()


def gather(path: Path) -> None:
    """Take a figure out of the file."""
    source = SourceRule.model_validate({"file": glob.escape(path.name)})
    rule = an_origin(source="ledger", column="Belopp", rows="sum")
    SourceReader(path.parent).take("ledger", source, rule, SourcePeriod("REF-1", "", "", None, None))


def a_sheet(inner: str) -> bytes:
    """Return a workbook whose sheet holds that."""
    start = f'<worksheet xmlns="{MAIN}">'
    return packed(a_workbook() | {SHEET: f"{start}{inner}</worksheet>".encode()})


PLAIN = '<row r="1"><c r="A1" t="inlineStr"><is><t>Belopp</t></is></c></row>'
DEFINED = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>'
HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: with_part(a_workbook(), SHEET, bytes(MEGABYTE), 300),
    "bomb that lies": lambda: with_part(a_workbook(), SHEET, bytes(MEGABYTE), 300, says=1_000),
    "too many parts": lambda: packed(a_workbook() | {f"xl/{number}.bin": b"" for number in range(3_001)}),
    "laughs": lambda: packed(a_workbook() | {SHEET: LAUGHS + b"<a>&j;</a>"}),
    "laughs of sixteen bits": lambda: packed(
        a_workbook() | {SHEET: (LAUGHS + b"<a>&j;</a>").decode().encode("utf-16")}
    ),
    "another file": lambda: packed(a_workbook() | {"docProps/app.xml": DEFINED + b"<x>&y;</x>"}),
    "macros": lambda: packed(a_workbook() | {"xl/vbaProject.bin": b"x"}),
    "macros by their type": lambda: packed(
        a_workbook()
        | {"[Content_Types].xml": a_workbook()["[Content_Types].xml"].replace(b"<Types", MACRO_TYPE, 1)}
    ),
    "merged cells without end": lambda: a_sheet(
        '<sheetData/><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "merged cells under plain rows": lambda: a_sheet(
        f'<sheetData>{PLAIN}</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    ),
    "declaration above plain rows": lambda: packed(
        a_workbook() | {SHEET: DEFINED + f"<worksheet><sheetData>{PLAIN}</sheetData></worksheet>".encode()}
    ),
    "entity in a plain row": lambda: a_sheet(f"<sheetData>{PLAIN.replace('Belopp', '&y;')}</sheetData>"),
    "NUL in a plain row": lambda: a_sheet(f"<sheetData>{PLAIN.replace('Belopp', chr(0))}</sheetData>"),
    "row that is never closed": lambda: a_sheet(f"<sheetData>{PLAIN.removesuffix('</row>')}</sheetData>"),
    "rows that are never closed": lambda: a_sheet(f"<sheetData>{PLAIN}"),
    "instruction that is never closed": lambda: a_sheet(f"<?p <sheetData>{PLAIN}</sheetData>"),
    "no workbook": lambda: packed(a_document()),
    "a page": lambda: b"<html><script>alert(1)</script></html>",
    "cut off": lambda: packed(a_workbook())[:-40],
}  # fmt: skip
# A document that is handed in is passed on as it is; what only who opens it reckons is refused by who does.
FOR_TABLES: dict[str, Callable[[], bytes]] = {
    "cell at the end of the sheet": lambda: a_sheet(
        '<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "plain cell at the end of the sheet": lambda: a_sheet(
        f'<sheetData>{PLAIN}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "cell at the end that an instruction hides": lambda: a_sheet(
        f'<?p <c r="A1"> ?><sheetData>{PLAIN}<row><c  r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "cell at the end that closes with a space": lambda: a_sheet(
        f'<sheetData>{PLAIN}<row><c  r="XFD1048576"><v>1</v></c ></row></sheetData>'
    ),
    "cell at the end by its own name": lambda: a_sheet(
        f'<sheetData>{PLAIN}<row><x:c xmlns:x="{MAIN}" r="XFD1048576"><x:v>1</x:v></x:c ></row></sheetData>'
    ),
    "cell at the end behind plain rows": lambda: a_sheet(
        f'<sheetData>{PLAIN}</sheetData><sheetData><row><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    ),
    "plain rows without end": lambda: with_rows(a_workbook(), SHEET, PLAIN.encode() * 1_000, 1_000),
    "more plain rows than are parsed": lambda: with_rows(a_workbook(), SHEET, PLAIN.encode() * 1_000, 2_000),
    "cell far to the right of many": lambda: a_sheet(
        f'<sheetData>{"<row><c><v>1</v></c></row>" * 100}<row><c r="XFD101"><v>1</v></c></row></sheetData>'
    ),
    "cell that is nowhere": lambda: a_sheet('<sheetData><row r="1"><c r="1A"><v>1</v></c></row></sheetData>'),
    "texts without end": lambda: with_part(
        a_workbook(), "xl/sharedStrings.xml", b"<si><t>a</t></si>" * 10_000, 100
    ),
}


@pytest.mark.parametrize(
    ("content", "door"),
    [
        pytest.param(make, door, id=f"{name}, {door.__name__}")
        for made, doors in ((HOSTILE, (upload, bring_in, gather)), (FOR_TABLES, (bring_in, gather)))
        for name, make in made.items()
        for door in doors
    ],
)
def test_hostile_workbook_is_refused_in_one_line_and_little_memory(
    tmp_path: Path, content: Callable[[], bytes], door: Callable[[Path], None]
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content())
    tracemalloc.start()
    try:
        with pytest.raises(BadInput) as refused:
            door(path)
        assert tracemalloc.get_traced_memory()[1] < 100 * MEGABYTE
    finally:
        tracemalloc.stop()
    assert len(str(refused.value).splitlines()) == 1
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.xlsx", packed(a_workbook()), id="workbook"),
        pytest.param("a.docx", packed(a_document()), id="document"),
        pytest.param("a.pdf", a_pdf(b"<< >>"), id="pdf"),
        pytest.param("a.png", a_png(), id="png"),
        pytest.param("a.jpg", a_jpg(), id="jpg"),
        pytest.param("a.csv", "Tel;Not\n+46 (0)8-1;- Möte (inställt)\n-5;a=b\n".encode(), id="table"),
        pytest.param("a.csv", "Namn;Antal\nÅsa;1\n".encode("utf-16"), id="table in two bytes a sign"),
    ],
)
def test_what_the_hostile_files_are_made_of_is_taken(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert "/" in inspect_file(tmp_path / name, name)


@pytest.mark.parametrize("cell", ["=1+1", '"=cmd|x"', "@SUM(A1)", "-2+cmd|' /C calc'!A0"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_table_with_a_formula_is_refused(tmp_path: Path, cell: str, encoding: str) -> None:
    (tmp_path / "a.csv").write_text(f"Namn;Antal\nA;{cell}\n", encoding=encoding)
    with pytest.raises(BadInput, match="it holds formulas"):
        inspect_file(tmp_path / "a.csv", "a.csv")
