"""Find what the columns of a ledger are, by the headings that ledgers print."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import models.intake
from models.intake.headings import heading_key, heading_scale
from models.reading.number import shown
from tasks.files.workbook_reader import Cell, Sheet
from tasks.ledger.ledger_faults import Ledgered, LedgerUnreadable

_WITHIN = 40  # rows from the top of a sheet
_SHOWN = 8  # headings in a message


def _known_headings() -> Mapping[str, tuple[str, int]]:
    """Return what each known heading means, and how well it says it: the first of a list says it best."""
    path = Path(models.intake.__file__).with_name("ledger_headings.csv")
    known: dict[str, tuple[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter=";"):
            for rank, heading in enumerate(line["headings, the best first"].split(", ")):
                known.setdefault(heading_key(heading), (line["field"], rank))
    return known


_KNOWN = _known_headings()


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """The row of the headings, from 0, the columns by what they mean, and by what factor a heading gives sums."""

    row: int
    places: Mapping[str, int]
    headings: Mapping[str, str]
    scale: int


def find_columns(name: str, sheet: Sheet) -> LedgerColumns:
    """Return a sheet's columns, by the known headings; LedgerUnreadable without them."""
    for number, row in enumerate(sheet.rows[:_WITHIN]):
        columns = _columns_of(number, row)
        if columns is not None:
            return columns
    widest = max(sheet.rows[:_WITHIN], key=lambda row: sum(cell is not None for cell in row), default=())
    raise LedgerUnreadable(Ledgered.NO_HEADINGS(name=name, rows=_WITHIN, value=_shown(widest)))


def _columns_of(number: int, row: Sequence[Cell]) -> LedgerColumns | None:
    """Return the columns if a row is that of the headings; of several that mean the same, the best said one."""
    best: dict[str, tuple[int, int]] = {}
    for at, cell in enumerate(row):
        if not isinstance(cell, str):
            continue
        field, rank = _KNOWN.get(heading_key(cell), ("", 0))
        if field and (field not in best or rank < best[field][0]):
            best[field] = (rank, at)
    has_sum = "sum" in best or {"debit", "credit"} <= best.keys()
    if not has_sum or "day" not in best or not best.keys() & {"account", "voucher"}:
        return None
    if {"debit", "credit"} <= best.keys():
        best.pop("sum", None)  # most likely the running balance
    places = {field: at for field, (_, at) in best.items()}
    headings = {field: str(row[at]) for field, at in places.items()}
    return LedgerColumns(number, places, headings, heading_scale(headings.get("sum", "")))


def _shown(row: Sequence[Cell]) -> str:
    return ", ".join(shown(cell) for cell in row if cell is not None and str(cell).strip())[:200] or "-"
