"""The day and the moment at which a command acts, and who acts by a letter's link alone."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The local date and the UTC time at which somebody acts."""

    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Who has a letter's link: its reader by their address, or somebody to whom it was passed on."""

    email: str
