"""Read the cells of an office's tables: days, sums and words as people write them, people and bodies by name."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from models.errors import Unreadable
from models.intake.words import WORDS, YES_NO, is_cell_error
from models.reading.account import under_heading
from models.reading.date import read_date, read_period
from models.reading.messages import Reading
from models.reading.number import bare_sum, currency_in, in_full, narrow, not_a_sum, read_number, shown
from models.reading.reference import kept_reference
from tasks.files.spreadsheets import Cell
from tasks.intake.messages import Imported
from tasks.intake.names import Known
from tasks.intake.workbook import Heading

# A day as a spreadsheet counts it, where its cell was not told that it is one: 1970 to 2119. 20101 is a quarter.
_SERIALS = range(25_569, 80_000)
# What is written as a text, so that a spreadsheet can have spoilt it.
_WRITTEN = ("text", "reference", "email", "account", "person")
# Longer numbers lose their last digits in a spreadsheet, and are shown, and saved as CSV, as 1,23457E+15.
_LONGEST_NUMBER = 10**15
_CUT_SHORT = re.compile(r"[0-9][.,][0-9]+E\+[0-9]+")


def cell_text(cell: Cell) -> str:
    """Return a cell as the text that it shows; numbers as people write whole ones."""
    if isinstance(cell, float):
        return f"{Decimal(repr(round(cell, 6))).normalize():f}"
    return "" if cell is None else str(cell).strip()


def address_text(cell: Cell) -> str:
    """Return an address as it is written, without what a program adds when it makes a link of it."""
    text = cell_text(cell)
    return narrow(text).removeprefix("mailto:") if "@" in text else text


def read_cell(heading: Heading, cell: Cell, known: Known, day_zero: date) -> object:
    """Return what the cell says to its column; Unreadable, which says how to put it right, if nothing.

    `day_zero` is the day from which a number counts days.
    """
    if is_cell_error(cell):
        raise Unreadable(Imported.CELL_ERROR(value=cell))
    reads = heading.column.reads
    if reads in _WRITTEN:
        _refuse_spoilt(cell, is_reference=reads == "reference")
    text = cell_text(cell)
    match reads:
        case "reference":
            return kept_reference(text)
        case "account":
            return under_heading(heading.text, text)
        case "email":
            return address_text(cell)
        case "day":
            return read_day(cell, day_zero)
        case "sum":
            return _sum(cell, heading.scale)
        case "yes_no":
            return _yes_no(cell)
        case "period":
            return read_period(cell if isinstance(cell, date) else text)
        case "person":
            return known.person(address_text(cell))
        case "organisation":
            return known.organisation(text)
        case "programme":
            return known.programme(text)
        case "word":
            return WORDS[heading.column.field].get(text.casefold(), text.casefold())
    return text


def _refuse_spoilt(cell: Cell, *, is_reference: bool) -> None:
    """Refuse what a spreadsheet made of a text that looks like a day or a number, and does not hold it any more."""
    if is_reference and isinstance(cell, date):
        raise Unreadable(Imported.DAY_TO_SPREADSHEET(value=shown(cell)))
    # 2026.10 is 2026.1 to it.
    is_part = is_reference and isinstance(cell, float) and not cell.is_integer()
    is_long = isinstance(cell, int | float) and abs(cell) >= _LONGEST_NUMBER
    if is_part or is_long or (isinstance(cell, str) and _CUT_SHORT.fullmatch(cell)):
        raise Unreadable(Imported.NUMBER_TO_SPREADSHEET(value=shown(cell)))


def read_day(cell: Cell, day_zero: date) -> date:
    """Return the day that a cell says, as text, as a day or as a number of days from `day_zero`; Unreadable if none."""
    if isinstance(cell, bool):
        raise Unreadable(Reading.NOT_A_DATE(value=cell))
    if isinstance(cell, int | float) and cell == int(cell) and int(cell) in _SERIALS:
        return day_zero + timedelta(days=int(cell))
    return read_date(cell if isinstance(cell, date) else cell_text(cell))


def _sum(cell: Cell, scale: int) -> str:
    """Return a sum as a text that reads one way only; TwoReadings for one that reads in two: it is asked about.

    What names no currency, or kronor, is held against the two decimals of kronor at once.
    """
    if isinstance(cell, bool | date):
        raise not_a_sum(cell)
    if isinstance(cell, int | float):
        number = read_number(round(cell, 6), 2 if scale == 1 else 6)
        return f"{number:f}" if scale == 1 else _times(number, scale)
    text = cell_text(cell)
    if text.endswith("%"):
        return text  # of an instalment, as a decision says it
    currency = currency_in(text)
    full = in_full(text, currency)
    if scale > 1 and full != text:
        raise Unreadable(Imported.TWO_UNITS(value=shown(text)))
    number = read_number(bare_sum(full, currency if scale == 1 else "SEK"))
    if scale == 1:
        read_number(number, 2 if currency == "SEK" else None)
        return text
    return _times(number, scale)


def _times(number: Decimal, scale: int) -> str:
    # It is read again as it is written: more decimals could pass for thousands.
    return f"{read_number(number * scale, 2).normalize():f}"


def _yes_no(cell: Cell) -> bool:
    text = cell_text(cell).casefold()
    if text not in YES_NO:
        raise Unreadable(Imported.NEITHER_YES_NOR_NO(value=shown(cell)))
    return YES_NO[text]
