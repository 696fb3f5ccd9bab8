"""The month, quarter, half-year or year that holds a day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

SPAN_MONTHS = {"month": 1, "quarter": 3, "half": 6, "half_year": 6, "year": 12, "fiscal_year": 12}


def span_start(span: str, day: date, fiscal_month: int = 1) -> date:
    """Return the first day of the span that holds the day; a fiscal year begins with `fiscal_month`."""
    first = fiscal_month if span == "fiscal_year" else 1
    months = SPAN_MONTHS[span]
    since = (day.year * 12 + day.month - first) // months * months + first - 1
    return date(since // 12, since % 12 + 1, 1)


def span_end(span: str, day: date, fiscal_month: int = 1) -> date:
    """Return the last day of the span that holds the day."""
    return next_span(span, span_start(span, day, fiscal_month)) - timedelta(days=1)


def next_span(span: str, start: date) -> date:
    """Return the first day of the span after the one that begins on `start`."""
    return add_months(start, SPAN_MONTHS[span])


def add_months(day: date, months: int) -> date:
    """Return the same day-number so many months later or earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
