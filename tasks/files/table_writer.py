"""Write tables as CSV and XLSX, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell
    from openpyxl.styles import Alignment, Font, PatternFill

Cell: TypeAlias = date | Decimal | float | str | None
_Styles: TypeAlias = "tuple[Alignment, Alignment, Font, PatternFill]"

_A4 = 9  # as a workbook numbers paper


@dataclass(frozen=True, slots=True)
class SheetOut:
    """A sheet to write: its name, its rows with the header first, and the columns' widths in characters."""

    title: str
    table: Iterable[Sequence[Cell]]
    widths: Sequence[int] = ()


# The first signs of a formula in spreadsheet programs; some take wide signs for the plain ones.
# Spaces and invisible signs may precede them.
_BEGINS = re.compile(
    "[\\s\x00-\x1f\x7f-\xa0\xad\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff]*"
    "[=+\\-@|%\t\r\n\uff1d\uff0b\uff0d\uff20\uff5c\uff05]"
)
# Where commas or tabs separate the cells, a formula may begin in the middle of our cell.
_BEGINS_WITHIN = re.compile("([,;\t\r\n][ \u00a0\"']*)(?=[=@\uff1d\uff20]|[+\\-\uff0b\uff0d][A-Za-z(=@+\\-])")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula."""
    return f"'{text}" if _BEGINS.match(text) else text


def csv_of(table: Iterable[Sequence[Cell]]) -> bytes:
    """Return the table as CSV that spreadsheet programs open directly: semicolons, UTF-8 with its mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    for row in table:
        writer.writerow([_plain(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: object) -> str:
    if isinstance(cell, str):
        return harmless(_BEGINS_WITHIN.sub(r"\1'", cell))
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    return "" if cell is None else str(cell)


def xlsx_of(*sheets: SheetOut) -> bytes:
    """Return the tables as a workbook: real dates and numbers, frozen headers, filters and page set-up."""
    from openpyxl import Workbook  # a CSV file needs no openpyxl
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    styles = _styles()
    for wanted in sheets:
        sheet = book.create_sheet(wanted.title)
        sheet.freeze_panes = "A2"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = _A4
        sheet.page_setup.fitToWidth = 1
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = "1:1"
        for number, width in enumerate(wanted.widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        rows = columns = 0
        for rows, row in enumerate(wanted.table, start=1):
            columns = max(columns, len(row))
            sheet.append([_cell(sheet, value, styles, is_heading=rows == 1) for value in row])
        if rows > 1:
            sheet.auto_filter.ref = f"A1:{get_column_letter(columns)}{rows}"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _styles() -> _Styles:
    """Return the alignment of texts and of numbers, and a heading's font and fill."""
    from openpyxl.styles import Alignment, Font, PatternFill

    texts = Alignment("left", "top", wrap_text=True)
    numbers = Alignment("right", "top", indent=1)
    return texts, numbers, Font("Calibri", 11, bold=True), PatternFill("solid", fgColor="EEF2F5")


def _cell(sheet: Any, value: Cell, styles: _Styles, *, is_heading: bool) -> SheetCell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    texts, numbers, letters, ground = styles
    # The types of openpyxl omit dates without a time, and decimals, which it accepts.
    shown: Any = ILLEGAL_CHARACTERS_RE.sub("", harmless(value)) if isinstance(value, str) else value
    cell: SheetCell = WriteOnlyCell(sheet, shown)
    if isinstance(value, str):
        cell.data_type = "s"  # never a formula, however it begins
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    elif isinstance(value, Decimal):
        cell.number_format = "#,##0" if value == value.to_integral_value() else "#,##0.00"
    if value is not None:
        cell.alignment = numbers if isinstance(value, int | float | Decimal) else texts
    if is_heading:
        cell.font = letters
        cell.fill = ground
    return cell
