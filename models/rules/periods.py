"""Cut a grant's time into months, quarters, half-years or years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A part of the grant's time, both ends included."""

    label: str
    start_on: date
    end_on: date


def cut_periods(kind: str, first: date, last: date) -> tuple[Period, ...]:
    """Return the calendar periods that tile `first` to `last`, the outer ones clipped; none if `last` is earlier."""
    if last < first:
        return ()
    months = _MONTHS[kind]
    start = date(first.year, (first.month - 1) // months * months + 1, 1)
    found = []
    while start <= last:
        following = start + relativedelta(months=months)
        found.append(
            Period(_label(kind, start), max(start, first), min(following - timedelta(days=1), last)),
        )
        start = following
    return tuple(found)


def _label(kind: str, start: date) -> str:
    if kind == "year":
        return f"{start.year}"
    if kind == "month":
        return f"{start.year}-{start.month:02}"
    letter = "Q" if kind == "quarter" else "H"
    return f"{start.year}-{letter}{(start.month - 1) // _MONTHS[kind] + 1}"
