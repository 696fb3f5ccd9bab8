"""Write the money of grants as a table for a spreadsheet: sums as numbers, a total a currency."""

from collections.abc import Sequence

from models.currency import whole_units
from tasks.files.table_writer import Cell
from tasks.overview.money import GrantMoney, MoneySums, Total
from tasks.words.translator import Translator
from tasks.words.vocabulary import word_heading

_COLUMNS = ("reference", "grant", "funder", "funder_reference", "coordinator", "unit", "currency")
_SUMS = ("awarded", "received", "to_come", "lost", "claimed", "spent", "booked", "unspent")
WIDTHS = (16, 48, 36, 20, 24, 24, 10, *(16 for _ in _SUMS))  # of the columns, in characters


def money_table(say: Translator, rows: Sequence[GrantMoney], totals: Sequence[Total]) -> list[list[Cell]]:
    """Return the header, a line for each grant, and one for each currency's total."""
    table: list[list[Cell]] = [[word_heading(say, column) for column in (*_COLUMNS, *_SUMS)]]
    for row in rows:
        named = [row.reference, row.title, row.funder, row.funder_reference, row.coordinator, row.unit]
        table.append([*named, row.currency, *_cells(row.sums, row.currency)])
    blank = [None for _ in _COLUMNS[1:-1]]
    for total in totals:
        table.append(
            [word_heading(say, "total"), *blank, total.currency, *_cells(total.sums, total.currency)]
        )
    return table


def _cells(sums: MoneySums, currency: str) -> list[Cell]:
    amounts = (getattr(sums, name) for name in _SUMS)
    return [None if minor is None else whole_units(minor, currency) for minor in amounts]
