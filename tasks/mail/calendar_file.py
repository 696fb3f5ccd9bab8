"""Write due dates as a calendar file (RFC 5545), line for line what the icalendar library would write.

The library takes longer over one event than the rest of a letter together, so it writes none here: the tests hold
these lines to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from models.facts.worded_letter import Appointment

PRODUCT = "-//Grantline//Due dates//EN"
_DAY = timedelta(days=1)
_LINE = 75  # octets, without the line end


def write_calendar(
    appointments: Sequence[Appointment], stamped_at: datetime, about: Sequence[str] = ()
) -> bytes:
    """Return a calendar with one all-day event for each appointment; the same input gives the same bytes.

    `about` are further lines about the calendar itself. An event keeps its UID, so that a later file with a higher
    SEQUENCE moves it in the reader's calendar.
    """
    stamp = stamped_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "METHOD:PUBLISH", *about]
    for one in appointments:
        lines += _event(one, stamp)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line.encode()) for line in lines)


def _event(one: Appointment, stamp: str) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"SUMMARY:{_escaped(one.summary)}",
        f"DTSTART;VALUE=DATE:{_day(one.on)}",
        f"DTEND;VALUE=DATE:{_day(one.on + _DAY)}",
        f"DTSTAMP:{stamp}",
        f"UID:{_escaped(one.uid)}",
        f"SEQUENCE:{one.sequence}",
        f"DESCRIPTION:{_escaped(one.description)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _escaped(text: str) -> str:
    return (
        text.replace("\\", "\\\\")
        .replace(";", "\\;")
        .replace(",", "\\,")
        .replace("\r\n", "\\n")
        .replace("\n", "\\n")
    )


def _folded(line: bytes) -> bytes:
    """Return the line with its end, folded at 75 octets without splitting a character or an escape."""
    if len(line) <= _LINE:
        return line + b"\r\n"
    parts = []
    start, room = 0, _LINE
    while start < len(line):
        end = min(start + room, len(line))
        while end < len(line) and line[end] & 0xC0 == 0x80:
            end -= 1
        if end < len(line) and _ends_in_escape(line[start:end]):
            end -= 1
        parts.append(line[start:end])
        start, room = end, _LINE - 1  # the space that begins a folded line counts
    return b"\r\n ".join(parts) + b"\r\n"


def _ends_in_escape(piece: bytes) -> bool:
    """Return whether the piece ends in a backslash that escapes what comes after it."""
    return (len(piece) - len(piece.rstrip(b"\\"))) % 2 == 1
