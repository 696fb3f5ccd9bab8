"""Queue letters with a link that somebody asked for, up to a limit."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, func, insert, select

from models.events import OfficeEvent
from models.rules.lifetimes import LINKS_WITHIN, MOST_LINKS
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterKind
from tasks.people.letter_row import letter_row
from tasks.store.database import transaction
from tasks.store.form_keys import keep_form
from tasks.store.journal import Event, write_journal

_LETTER = table_of(Letter)
_NEW = insert(_LETTER).returning(_LETTER.c.id)
_LINKS = (LetterKind.LOGIN, LetterKind.LINK)


@dataclass(frozen=True, slots=True)
class Queued:
    """A letter in the outbox, and the random key that its link is signed from."""

    letter_id: int
    link_key: str


def queue_asked(
    connection: Connection, kind: LetterKind, person_id: int, *, today: date, now: datetime
) -> Queued:
    """Put a letter that leaves at once into the outbox, inside the caller's transaction."""
    row = letter_row(kind, person_id, f"{kind}/{person_id}/{secrets.token_urlsafe(18)}", today, now)
    if kind is LetterKind.LOGIN:
        row["link_expires_at"] = None  # it opens no page of tasks
    letter_id = connection.execute(_NEW, row).scalar_one()
    return Queued(int(letter_id), str(row["link_key"]))


def asked_enough(connection: Connection, person_id: int, now: datetime) -> bool:
    """Return whether as many links as anyone needs were mailed to the person lately."""
    lately = select(func.count()).where(
        _LETTER.c.person_id == person_id,
        _LETTER.c.letter_on >= (now - LINKS_WITHIN).date() - timedelta(days=1),
        _LETTER.c.kind.in_(_LINKS),
        _LETTER.c.queued_at > now - LINKS_WITHIN,
    )
    return int(connection.execute(lately).scalar_one()) >= MOST_LINKS


def mail_new_link(engine: Engine, person_id: int, *, today: date, now: datetime) -> bool:
    """Mail a new link to a person's own page to the address on file; return whether one was queued."""
    with transaction(engine) as connection:
        if asked_enough(connection, person_id, now):
            return False
        queued = queue_asked(connection, LetterKind.LINK, person_id, today=today, now=now)
        keep_form(connection, now)
        event = Event(OfficeEvent.NEW_LINK_QUEUED, person_id=person_id, detail={"letter": queued.letter_id})
        write_journal(connection, today, now, [event])
    return True
