"""The mailbox: the letters that are kept here or were sent, newest first, and one of them in full."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from icalendar import Calendar
from sqlalchemy import Connection, Select, exists, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.portal.letter_parts import LetterParts, read_letter, without_links
from deployments.portal.web.guard import content_policy, visit_of
from deployments.portal.web.state import LARGEST_ID, Portal, id_asked, portal_of
from models.errors import SettingInvalid
from models.facts.worded_letter import FinishedLetter
from models.tables.columns import table_of
from models.tables.letter import DeliveryAttempt, Letter
from models.tables.person import Person
from models.vocabulary import AttemptOutcome, LetterStatus
from tasks.outbox.deliver import letter_settings
from tasks.outbox.render import render_letters
from tasks.store.database import reading
from tasks.store.queries import shape_rows

log = logging.getLogger(__name__)

_LETTER, _PERSON, _ATTEMPT = table_of(Letter), table_of(Person), table_of(DeliveryAttempt)
PAGE_LETTERS = 25
_AMISS = (LetterStatus.BOUNCED, LetterStatus.POISONED, LetterStatus.UNCONFIRMED)

# A letter's own styles stand in its lines; scripts, pictures and forms of any kind stay out. Its links open in a
# window of their own, because the frame itself may go nowhere.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_LETTER_POLICY = content_policy(
    style_src="'unsafe-inline'", form_action="'none'", frame_ancestors="'self'", sandbox=_SANDBOX
)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter and to whom it goes; one that was `captured` has not left.

    Its `subject` is that of its row, or once it is written.
    """

    id: int
    kind: str
    status: str
    letter_on: date
    subject: str | None
    queued_at: datetime
    ended_at: datetime | None
    name: str
    title: str
    email: str
    captured: bool


def show_mailbox(request: Request) -> Response:
    """Return the list of letters; `?before=ID` has the earlier ones."""
    portal = portal_of(request)
    before = request.query_params.get("before")
    below = id_asked(before) if before is not None else None
    if before is not None and below is None:
        raise HTTPException(404)
    query = _letters().order_by(_LETTER.c.id.desc()).limit(PAGE_LETTERS + 1)
    if below is not None:
        query = query.where(_LETTER.c.id < below)
    with reading(portal.engine) as connection:
        rows = shape_rows(LetterLine, connection.execute(query))
        soon = _written_soon(portal, connection, rows[:PAGE_LETTERS])
    return portal.pages.show(
        "mailbox.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        letters=[_entry(portal, row, soon.get(row.id)) for row in rows[:PAGE_LETTERS]],
        earlier_before=rows[PAGE_LETTERS - 1].id if len(rows) > PAGE_LETTERS else None,
        first_page=below is None,
    )


def _letters() -> Select[*tuple[object, ...]]:
    captured = exists().where(
        _ATTEMPT.c.letter_id == _LETTER.c.id, _ATTEMPT.c.outcome == AttemptOutcome.CAPTURED
    )
    columns = ("id", "kind", "status", "letter_on", "subject", "queued_at", "ended_at")
    return select(
        *(_LETTER.c[name] for name in columns),
        _PERSON.c.name,
        _PERSON.c.title,
        _PERSON.c.email,
        captured.label("captured"),
    ).join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)


def _written_soon(
    portal: Portal, connection: Connection, rows: Sequence[LetterLine]
) -> dict[int, FinishedLetter]:
    """Return the letters that are still to be written, in seconds or on a later day, as they would be now."""
    ids = [row.id for row in rows if not row.subject and row.status != LetterStatus.CANCELLED]
    if not ids:
        return {}
    try:
        rendered = render_letters(connection, ids, letter_settings(portal.settings), portal.clock())
    except SettingInvalid:  # who delivers says so
        return {}
    return {one.letter_id: one for one in rendered if isinstance(one, FinishedLetter)}


def _entry(portal: Portal, row: LetterLine, soon: FinishedLetter | None = None) -> dict[str, object]:
    """Return a letter as the pages have it, its time where the office is."""
    return {
        "row": row,
        "subject": row.subject or (soon.subject if soon else ""),
        "at": (row.ended_at or row.queued_at).astimezone(portal.settings.zone),
        "late": not row.captured and row.status in _AMISS,
    }


def _find(
    portal: Portal, connection: Connection, letter_id: int
) -> tuple[LetterLine, LetterParts | None, FinishedLetter | None]:
    """Return the letter's row, its parts, and where it is not written yet how it would be now."""
    row = connection.execute(
        _letters().add_columns(_LETTER.c.content).where(_LETTER.c.id == letter_id)
    ).first()
    if row is None:
        raise HTTPException(404)
    (line,) = shape_rows(LetterLine, [row])
    soon = None if row.content else _written_soon(portal, connection, [line]).get(letter_id)
    content = row.content or (soon.content if soon else None)
    if not content:
        return line, None, None
    parts = read_letter(content)
    # Where letters leave, their links are their readers' alone: an admin's second pair of eyes must be their own.
    return line, parts if portal.settings.captures else without_links(parts), soon


def show_letter(request: Request) -> Response:
    """Return one letter: how it got on, its text, its HTML in a frame that can do nothing, and its dates."""
    portal = portal_of(request)
    letter_id = _small(request.path_params["letter_id"])
    with reading(portal.engine) as connection:
        row, parts, soon = _find(portal, connection, letter_id)
        query = select(_ATTEMPT).where(_ATTEMPT.c.letter_id == letter_id).order_by(_ATTEMPT.c.number)
        attempts = connection.execute(query).all()
    return portal.pages.show(
        "letter.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        headers={"Content-Security-Policy": content_policy(frame_src="'self'")},
        letter=_entry(portal, row, soon),
        parts=parts,
        sandbox=_SANDBOX,
        dates=calendar_days(parts.calendar) if parts else [],
        attempts=[
            {
                "at": one.ended_at.astimezone(portal.settings.zone),
                "outcome": one.outcome,
                "reply": " ".join(str(part) for part in (one.code, one.reply) if part),
            }
            for one in attempts
        ],
    )


def _small(letter_id: int) -> int:
    if letter_id > LARGEST_ID:
        raise HTTPException(404)
    return letter_id


def calendar_days(calendar: str) -> list[tuple[date, str]]:
    """Return the days and summaries in a calendar file; an empty list for one that cannot be read."""
    if not calendar:
        return []
    try:
        events = Calendar.from_ical(calendar).walk("VEVENT")
        found = [(event.decoded("DTSTART"), str(event.get("SUMMARY", ""))) for event in events]
    except (ValueError, KeyError, IndexError) as error:
        log.warning("a letter's calendar cannot be read: %s", type(error).__name__)
        return []
    return [(day.date() if hasattr(day, "date") else day, summary) for day, summary in found]


def show_letter_html(request: Request) -> Response:
    """Return the letter's HTML for the frame of its page."""
    portal = portal_of(request)
    with reading(portal.engine) as connection:
        _, parts, _ = _find(portal, connection, _small(request.path_params["letter_id"]))
    if parts is None or not parts.html:
        raise HTTPException(404)
    html = parts.html.replace("<head>", '<head><base target="_blank">', 1)
    headers = {"Content-Security-Policy": _LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)


def give_calendar(request: Request) -> Response:
    """Return the letter's calendar file, to be saved."""
    portal = portal_of(request)
    letter_id = _small(request.path_params["letter_id"])
    with reading(portal.engine) as connection:
        _, parts, _ = _find(portal, connection, letter_id)
    if parts is None or not parts.calendar:
        raise HTTPException(404)
    disposition = f'attachment; filename="letter-{letter_id}.ics"'
    return Response(parts.calendar, media_type="text/calendar", headers={"Content-Disposition": disposition})
