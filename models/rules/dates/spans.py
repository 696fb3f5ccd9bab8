"""The month, quarter, half-year or year that holds a day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from models.programme.language.each import SPAN_MONTHS


def span_start(span: str, day: date) -> date:
    """Return the first day of the span that holds the day."""
    months = SPAN_MONTHS[span]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def span_end(span: str, day: date) -> date:
    """Return the last day of the span that holds the day."""
    return add_months(span_start(span, day), SPAN_MONTHS[span]) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the same day-number so many months later or earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
