"""The mailbox: the letters that are kept here or were sent, newest first, and one of them in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, true
from sqlmodel import Session, col, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from deployments.portal.letter_parts import LetterParts, read_letter, without_links
from deployments.portal.web.guard import content_policy, visit_of
from deployments.portal.web.state import LARGEST_ID, Portal, id_asked, portal_of
from models.errors import SettingInvalid
from models.facts.worded_letter import FinishedLetter
from models.tables.columns import id_of
from models.tables.letter import DeliveryAttempt, Letter
from models.tables.person import Person
from models.vocabulary import NOT_ARRIVED, LetterStatus
from tasks.outbox.queue import IS_CAPTURED
from tasks.outbox.render import render_letters
from tasks.outbox.route import count_untold
from tasks.store.database import reading
from tasks.store.queries import load_models

PAGE_LETTERS = 25
_AMISS = (*NOT_ARRIVED, LetterStatus.UNCONFIRMED)
_LETTERS = select(Letter, Person).join(Person).order_by(col(Letter.id).desc())

# A letter's own styles stand in its lines; scripts, pictures and forms of any kind stay out. Its links open in a
# window of their own, because the frame itself may go nowhere.
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
_LETTER_POLICY = content_policy(
    style_src="'unsafe-inline'", form_action="'none'", frame_ancestors="'self'", sandbox=_SANDBOX
)


# Measured on letters as a browser lays them out: how many signs a line has, and how high lines and margins are.
_LINE_LETTERS = 62
_LINE_PIXELS = 22
_LETTER_MARGINS = 270


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter and to whom it goes, how far it came and when, where the office is.

    One that is still to be written is as it would be now; subject and content are empty where nothing can be.
    """

    row: Letter
    person: Person
    at: datetime
    subject: str
    content: bytes

    @property
    def amiss(self) -> bool:
        """Whether it did not arrive as it should."""
        return self.row.status in _AMISS

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was outdated before it went."""
        return self.row.status == LetterStatus.CANCELLED


def show_mailbox(request: Request) -> Response:
    """Return the list of letters; `?before=ID` has the earlier ones, `?kept` those alone that were kept here."""
    portal = portal_of(request)
    before = request.query_params.get("before")
    only_kept = "kept" in request.query_params
    below = id_asked(before) if before is not None else LARGEST_ID
    if below is None:
        raise HTTPException(404)
    with reading(portal.engine) as connection:
        wanted = (col(Letter.id) < below) & (IS_CAPTURED if only_kept else true())
        lines = _lines(portal, connection, wanted, PAGE_LETTERS + 1)
        kept = 0 if portal.settings.captures else count_untold(connection)
    return portal.pages.show(
        "mailbox.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        letters=sorted(lines[:PAGE_LETTERS], key=attrgetter("at"), reverse=True),
        earlier_before=lines[PAGE_LETTERS - 1].row.id if len(lines) > PAGE_LETTERS else None,
        first_page=before is None,
        kept=kept,
        only_kept=only_kept,
    )


def _lines(
    portal: Portal, connection: Connection, condition: ColumnElement[bool], most: int = 1
) -> list[LetterLine]:
    with Session(connection) as session:
        rows = session.exec(_LETTERS.where(condition).limit(most)).all()
    soon = _written_soon(portal, connection, [letter for letter, _ in rows])
    return [
        LetterLine(
            letter,
            reader,
            (letter.ended_at or letter.queued_at).astimezone(portal.settings.zone),
            letter.subject or (soon[letter.id].subject if letter.id in soon else ""),
            letter.content or (soon[letter.id].content if letter.id in soon else b""),
        )
        for letter, reader in rows
    ]


def _written_soon(
    portal: Portal, connection: Connection, letters: Sequence[Letter]
) -> dict[int | None, FinishedLetter]:
    """Return the letters that are still to be written, in seconds or on a later day, as they would be now."""
    ids = [
        id_of(letter) for letter in letters if not letter.subject and letter.status != LetterStatus.CANCELLED
    ]
    try:
        rendered = render_letters(connection, ids, portal.settings, portal.clock()) if ids else []
    except SettingInvalid:  # who delivers says so
        return {}
    return {written.letter_id: written for written in rendered if isinstance(written, FinishedLetter)}


def _find(request: Request) -> tuple[LetterLine, LetterParts | None]:
    """Return the letter that the address names, and its parts once it is written; 404 for none."""
    portal = portal_of(request)
    letter_id = request.path_params["letter_id"]
    if letter_id > LARGEST_ID:
        raise HTTPException(404)
    with reading(portal.engine) as connection:
        lines = _lines(portal, connection, col(Letter.id) == letter_id)
    if not lines:
        raise HTTPException(404)
    if not lines[0].content:
        return lines[0], None
    parts = read_letter(lines[0].content)
    # Where letters leave, their links are their readers' alone: an admin's second pair of eyes must be their own.
    return lines[0], parts if portal.settings.captures else without_links(parts)


def show_letter(request: Request) -> Response:
    """Return one letter: how it got on, its text, and its HTML in a frame that can do nothing."""
    portal = portal_of(request)
    letter, parts = _find(request)
    query = select(DeliveryAttempt).where(DeliveryAttempt.letter_id == letter.row.id)
    with reading(portal.engine) as connection:
        attempts = load_models(connection, query.order_by(col(DeliveryAttempt.number)))
    return portal.pages.show(
        "letter.html",
        portal.translator(request),
        visit=visit_of(request),
        today=portal.today,
        headers={"Content-Security-Policy": content_policy(frame_src="'self'")},
        letter=letter,
        parts=parts,
        sandbox=_SANDBOX,
        height=_height_of(parts.text) if parts else 0,
        attempts=[(one.ended_at.astimezone(portal.settings.zone), one) for one in attempts],
    )


def _height_of(text: str) -> int:
    """Return the pixels that a letter of that plain text takes as HTML on a wide screen: no script asks its frame."""
    lines = sum(ceil(len(line) / _LINE_LETTERS) for line in text.splitlines())
    return _LETTER_MARGINS + _LINE_PIXELS * lines


def show_letter_html(request: Request) -> Response:
    """Return the letter's HTML for the frame of its page."""
    _, parts = _find(request)
    if parts is None or not parts.html:
        raise HTTPException(404)
    html = parts.html.replace("<head>", '<head><base target="_blank">', 1)
    headers = {"Content-Security-Policy": _LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)
