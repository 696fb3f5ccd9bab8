"""Hold the grant's own file of figures against what it is for: one row a period, or its months, and nobody's number."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from dateutil.relativedelta import relativedelta

from models.programme.language.amounts import Origin
from models.reading.personal_number import holds_personal_number
from tasks.files.workbook_reader import Sheet
from tasks.sources.source_faults import Sourced, SourceFailed
from tasks.sources.tables import SourceEntry, SourcePeriod

# How the rows of the grant's own file of figures become one.
OF_OWN_FILE = ("periods", "one")


def are_whole(name: str, entries: Sequence[SourceEntry], gather: Origin, about: SourcePeriod) -> bool:
    """Return whether the rows make up the period: one about all of it, or each of its months, or days within it.

    False while the last months are not there. SourceFailed for two about the same time, for a month
    left out before another, and for parts of what does not add up.
    """
    if not any(_is_part(entry, about) for entry in entries) and len(entries) < 2:
        return True
    places = ", ".join(entry.given.place for entry in entries)
    spans = sorted(entry.period.days for entry in entries if entry.period.days is not None)
    are_days = len(spans) == len(entries) and all(first == last for first, last in spans)
    overlap = len(spans) < len(entries) or any(first <= last for (_, last), (first, _) in pairwise(spans))
    if overlap and not are_days:
        raise SourceFailed(Sourced.PERIOD_TWICE(name=name, places=places, period=about.period))
    if gather.rows != "periods":
        facts = {"name": name, "places": places, "period": about.period, "column": gather.column}
        raise SourceFailed(Sourced.DOES_NOT_ADD_UP(**facts))
    return are_days or _has_each_month(name, spans, about)


def refuse_people(name: str, sheet: Sheet) -> None:
    """Raise SourceFailed, without the number, for a file of figures that holds a personal identity number."""
    for at, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            written = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
            if cell is not None and holds_personal_number(written):
                raise SourceFailed(Sourced.HOLDS_PERSONAL_NUMBERS(name=name, place=sheet.place(at, column)))


def _has_each_month(name: str, spans: Sequence[tuple[date, date]], about: SourcePeriod) -> bool:
    there = {month for first, last in spans for month in _months(first, last)}
    missing = [month for month in _months(about.first, about.last) if month not in there]
    if missing and missing[0] < max(there):
        month = f"{missing[0]:%Y-%m}"
        raise SourceFailed(Sourced.MONTH_MISSING(name=name, month=month, period=about.period))
    return not missing


def _is_part(entry: SourceEntry, about: SourcePeriod) -> bool:
    """Return whether a row is about some of the period's months; one about a day may be about all of it."""
    days = entry.period.days
    if days is None or days[0] == days[1] or entry.period.text == about.period.casefold():
        return False
    return not {*_months(about.first, about.last)} <= {*_months(*days)}


def _months(first: date | None, last: date | None) -> Iterator[date]:
    """Yield the first day of each month of some days."""
    month = first.replace(day=1) if first else None
    while month is not None and last is not None and month <= last:
        yield month
        month += relativedelta(months=1)
