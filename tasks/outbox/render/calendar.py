"""Write due dates as a calendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from models.facts.worded_letter import Appointment

PRODUCT = "-//Grantline//Due dates//EN"
_DAY = timedelta(days=1)


def write_calendar(
    appointments: Sequence[Appointment],
    stamped_at: datetime,
    about: Mapping[str, str] | None = None,
    every: timedelta | None = None,
) -> bytes:
    """Return a calendar with one all-day event for each appointment; the same input gives the same bytes.

    `about` are further properties of the calendar itself, and `every` says how often to fetch it again. An event keeps
    its UID, so that a later file with a higher SEQUENCE moves it in the reader's calendar.
    """
    calendar = Calendar()
    fixed = {"VERSION": "2.0", "PRODID": PRODUCT, "METHOD": "PUBLISH"}
    for name, value in (fixed | dict(about or {})).items():
        calendar.add(name, value)
    if every is not None:
        calendar.add("REFRESH-INTERVAL", every, {"VALUE": "DURATION"})
    for one in appointments:
        event = Event()
        event.add("SUMMARY", one.summary)
        event.add("DTSTART", one.on)
        event.add("DTEND", one.on + _DAY)
        event.add("DTSTAMP", stamped_at.astimezone(UTC))
        event.add("UID", one.uid)
        event.add("SEQUENCE", one.sequence)
        event.add("DESCRIPTION", one.description)
        event.add("TRANSP", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
