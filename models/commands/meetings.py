"""What people do about the meetings of a body, which its organisation's key names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.vocabulary import MeetingKind


@dataclass(frozen=True, slots=True)
class AddMeeting:
    """The body meets on a day; `agenda_on` and `documents_on` are the last days to be on the agenda, and for papers."""

    body: str
    held_on: date
    kind: MeetingKind = MeetingKind.ORDINARY
    agenda_on: date | None = None
    documents_on: date | None = None
    adjustment_days: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MoveMeeting:
    """The body's meeting is on another day; its agenda and documents move as far, unless their days are said."""

    body: str
    held_on: date
    to_on: date
    reason: str
    agenda_on: date | None = None
    documents_on: date | None = None


@dataclass(frozen=True, slots=True)
class CancelMeeting:
    """The body does not meet on that day."""

    body: str
    held_on: date
    reason: str
