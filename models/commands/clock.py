"""The day and moment at which a command acts, and the proof of who acts."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The local date and the UTC time at which somebody acts."""

    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """A person with a letter's link: its reader by their address, or somebody to whom it was passed on."""

    email: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, by their address or id, and since when, None where nobody says; it counts for some `hours`."""

    who: str | int
    since: datetime | None
    hours: int
