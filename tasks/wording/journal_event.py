"""An event of the journal with its names looked up, and how its day is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tasks.words.translator import Speaker


@dataclass(frozen=True, slots=True)
class Event:
    """An event with its names looked up: the step's title, who is meant, who did it, and what was noted."""

    name: str
    step: str
    who: str
    by: str
    detail: dict[str, Any]
    currency: str


def day_words(say: Speaker, value: object, today: date) -> str:
    """Return a noted day as people write it."""
    try:
        return say.short_date(date.fromisoformat(str(value)), today)
    except ValueError:
        return say.gettext("no date")


# What an event's name is worded by.
Sentence = Callable[[Speaker, Event, date], str]
