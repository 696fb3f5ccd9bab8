"""Say that a due date falls on a day off, and what becomes of it."""

from __future__ import annotations

from datetime import date

from models.rules.dates.both import Both
from models.rules.dates.calendar import WorkCalendar


def silent_note(day: date, calendar: WorkCalendar) -> Both | None:
    """Return that a rule does not say whether a day off moves; None for a working day."""
    if calendar.day_off(day) is None:
        return None
    before, moved = calendar.on_or_before(day), calendar.on_or_after(day)
    off_sv, off_en = _day_off(day, calendar)
    return Both(
        f"{day} är {off_sv}, och regeln säger inte om dagen flyttas till {moved}: den tidigare gäller,"
        f" och den sista arbetsdagen dessförinnan är {before}",
        f"{day} is {off_en}, and the rule does not say whether it moves to {moved}: the earlier holds,"
        f" and the last working day before it is {before}",
    )


def stays_note(day: date, calendar: WorkCalendar) -> Both | None:
    """Return that a day off stays the due date; None for a working day."""
    if calendar.day_off(day) is None:
        return None
    before = calendar.on_or_before(day)
    off_sv, off_en = _day_off(day, calendar)
    return Both(
        f"{day} är {off_sv} och flyttas inte; den sista arbetsdagen dessförinnan är {before}",
        f"{day} is {off_en}, and does not move; the last working day before it is {before}",
    )


_SWEDISH_DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")


def _day_off(day: date, calendar: WorkCalendar) -> tuple[str, str]:
    """Return the weekday, and the holiday if it is one, in Swedish and in English."""
    why, weekday, swedish = calendar.day_off(day), f"{day:%A}", _SWEDISH_DAYS[day.weekday()]
    if why == weekday:
        return swedish, weekday
    return f"{swedish} och {calendar.day_off(day, 'sv')}", f"{weekday} and {why}"
