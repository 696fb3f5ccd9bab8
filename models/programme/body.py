"""A committee or another body that takes decisions at meetings, as the plan has it."""

from __future__ import annotations

from models.programme.question import Words
from models.reading.fields import Key, Strict


class AdjustmentRule(Strict):
    """In how many days from a meeting its minutes are adjusted, and whether a paragraph can be at once."""

    days: int = 14
    immediate: bool = True


class BodyRule(Strict):
    """A body that decides at meetings, those of `organisation` or else the recipient's, whose days are imported.

    A matter is on the agenda `agenda_days` and its documents are in `documents_days` before a meeting that does not
    say it itself. The draft has `review_working_days` from the unit manager to the signed memo, and
    `return_working_days` more for one return.
    """

    title: Words
    organisation: Key | None = None
    agenda_days: int = 7
    documents_days: int = 7
    review_working_days: int = 2
    return_working_days: int = 3
    adjustment: AdjustmentRule = AdjustmentRule()
