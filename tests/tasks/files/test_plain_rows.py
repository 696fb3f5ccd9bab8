"""Hold that a sheet whose rows are not parsed is read as one whose rows are."""

from pathlib import Path

import pytest

from tasks.files.plain_rows import PlainRows, cut_plain_rows
from tasks.files.workbook_reader import Cell, Sheet, read_workbook
from tests.hostile_files import a_workbook, packed

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PLAIN = '<row r="1" spans="1:2"><c r="A1" t="str"><v>R&amp;D</v></c><c r="B1" s="0"><v>0.5</v></c></row>'
# The first style is of plain numbers or of percentages, the second of percentages.
STYLES = (
    '<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="{first}"/><xf numFmtId="9"/></cellXfs></styleSheet>'
)


def a_part(rows: str, after: str = "") -> bytes:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def read(folder: Path, part: bytes, first_style: int = 0) -> Sheet:
    styles = STYLES.format(main=MAIN, first=first_style).encode()
    (folder / "a.xlsx").write_bytes(
        packed(a_workbook() | {"xl/worksheets/sheet1.xml": part, "xl/styles.xml": styles})
    )
    return read_workbook(folder / "a.xlsx").sheets[0]


def test_plain_rows_are_cut() -> None:
    rows = PLAIN + '<row r="2"/><row r="7"><c r="C7" s="1" t="b"><v>1</v></c><c r="XFD9" s="3"/></row>'
    known = PlainRows(frozenset("ABC"), last_row=7, styles=frozenset("013"))
    assert cut_plain_rows(a_part(rows)) == (a_part(""), known)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param('<c r="A2"><f>B1</f><v>1</v></c>', id="a formula"),
        pytest.param('<c r="A2"><f\t>B1</f><v>1</v></c>', id="a formula with a tab"),
        pytest.param('<c r="A2" t="e"><v>#N/A</v></c>', id="an error"),
        pytest.param('<c r="A2" t="&#101;"><v>#N/A</v></c>', id="an error by its number"),
        pytest.param('<c r="A2" s="&#49;"><v>1</v></c>', id="a style by its number"),
        pytest.param("<c><v>1</v></c>", id="no place"),
        pytest.param('<c r="a2"><v>1</v></c>', id="a place in small letters"),
        pytest.param('<c r="A0"><v>1</v></c>', id="row 0"),
        pytest.param('<c r="A2"><v>1</v></c >', id="a space at the end"),
        pytest.param('<c  r="A2"><v>1</v></c>', id="two spaces"),
        pytest.param('<x:c r="A2"><v>1</v></x:c>', id="a name of its own"),
        pytest.param('<c r="A2"><v>&y;</v></c>', id="an entity"),
        pytest.param('<c r="A2"><v>&#1;</v></c>', id="a sign by its number"),
        pytest.param('<c r="A2"><v><![CDATA[1]]></v></c>', id="text that is marked as text"),
        pytest.param('<c r="A2"><v>?></v></c>', id="the end of an instruction"),
        pytest.param("<!-- -->", id="a comment"),
        pytest.param("<?p ?>", id="an instruction"),
        pytest.param('<c r="A2"><v>\0</v></c>', id="a NUL"),
        pytest.param('<c r="A2"><v>\x01</v></c>', id="a control character"),
        pytest.param('<c r="A2"><v>1</v>', id="never closed"),
    ],
)
def test_row_that_is_not_plain_keeps_the_whole_part(second: str) -> None:
    part = a_part(f'{PLAIN}<row r="2">{second}</row>')
    assert cut_plain_rows(part) == (part, PlainRows())


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(a_part(PLAIN, f"<sheetData>{PLAIN}</sheetData>"), id="rows twice"),
        pytest.param(a_part(PLAIN.replace("R", "\xe5")).decode().encode("latin-1"), id="not UTF-8"),
        pytest.param(a_part(PLAIN).decode().encode("utf-16"), id="UTF-16"),
        pytest.param(a_part(PLAIN, "\0"), id="a NUL elsewhere"),
        pytest.param(b"<worksheet><cols/></worksheet>", id="no rows"),
    ],
)
def test_part_of_another_form_is_kept_whole(part: bytes) -> None:
    assert cut_plain_rows(part) == (part, PlainRows())


@pytest.mark.parametrize(
    ("second", "first_style", "cells"),
    [
        pytest.param('<c r="B2"><v>2</v></c>', 0, (("R&D", 0.5), (None, 2)), id="plain"),
        pytest.param('<c r="B2" s="1"><v>0.2</v></c>', 0, (("R&D", 0.5), (None, "20 %")), id="a percentage"),
        pytest.param(
            '<c r="B2" t="str"><v>2</v></c>', 9, (("R&D", "50 %"), (None, "2")), id="the first style"
        ),
        pytest.param('<c r="B2" t="e"><v>#N/A</v></c>', 0, (("R&D", 0.5), (None, "#N/A")), id="an error"),
    ],
)
def test_cells_are_read_as_if_they_were_parsed(
    tmp_path: Path, second: str, first_style: int, cells: tuple[tuple[Cell, ...], ...]
) -> None:
    assert read(tmp_path, a_part(f'{PLAIN}<row r="2">{second}</row>'), first_style).rows == cells


def test_unsaved_formula_beside_plain_rows_is_told(tmp_path: Path) -> None:
    second = '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>B1</f></c></row>'
    assert read(tmp_path, a_part(PLAIN + second)).unreckoned == {(1, 1)}


def test_columns_and_rows_that_are_empty_stand(tmp_path: Path) -> None:
    part = a_part('<row r="3"><c r="C3"><v>1</v></c></row>')
    assert read(tmp_path, part).rows == ((), (), (None, None, 1))
