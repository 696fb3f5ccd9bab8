"""The day and the moment at which a command acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The local date and the UTC time at which somebody acts."""

    today: date
    now: datetime
