"""Decide by when a question is answered that no decision, meeting or money gives a day."""

from datetime import date

from models.rules.dates.calendar import WorkCalendar

# Three working days are long enough to phone, and short enough that nothing else waits for it.
REPLY_WITHIN = 3


def decide_reply_day(asked_on: date, offices: WorkCalendar, before: date | None = None) -> date:
    """Return the last day to answer: a day of our own, some working days after the question.

    It is no later than `before`, the day that an answer is needed for, unless that has passed.
    """
    day = offices.add(asked_on, REPLY_WITHIN)
    return day if before is None or before < asked_on else min(day, before)
