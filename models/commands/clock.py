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
    """The holder of a letter's link: its reader by address, or somebody to whom it was passed on."""

    email: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person who signed in, by address or id, and since when.

    `since` is None if nobody says when. The sign-in counts for some `hours`.
    """

    who: str | int
    since: datetime | None
    hours: int
