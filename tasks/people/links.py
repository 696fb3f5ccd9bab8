"""Sign and read the links in letters, and queue letters with a link that somebody asked for."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, Signer
from sqlalchemy import Connection, Engine, func, insert, select

from models.errors import LinkInvalid, SettingInvalid
from models.rules.lifetimes import LETTER_LINK_LIVES, LINKS_WITHIN, MOST_LINKS
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterKind, LetterStatus
from tasks.store.database import transaction
from tasks.store.database_faults import Stored
from tasks.store.form_keys import keep_form
from tasks.store.journal import Event, write_journal


class LinkUse(StrEnum):
    """What a link is for: its salt, so that a link of one use is no link of another."""

    TASKS = "grantline.letter-link"
    UNDO = "grantline.undo-link"
    LOGIN = "grantline.login-link"
    CALENDAR = "grantline.calendar-link"


# What makes a link act for its reader.
_ACTING = re.compile(r"(/(?:t|login|undo|c)/)[A-Za-z0-9_.-]+")


def hide_links(text: str) -> str:
    """Return a letter's text for others than its reader: with no link that acts."""
    return _ACTING.sub(r"\1...", text)


def sign_link(link_key: str, secret_keys: tuple[str, ...], use: LinkUse = LinkUse.TASKS) -> str:
    """Return the token that stands for a random `link_key`, signed with the first, newest of the keys."""
    return _signer(secret_keys, use).sign(link_key).decode("ascii")


def read_link(token: str, secret_keys: tuple[str, ...], use: LinkUse = LinkUse.TASKS) -> str:
    """Return the link key that a token stands for, whichever of the keys signed it.

    Raises LinkInvalid for anything else. Whether the link still acts is the database's to say.
    """
    try:
        return _signer(secret_keys, use).unsign(token).decode("ascii")
    except (BadSignature, UnicodeError) as error:
        raise LinkInvalid from error


def _signer(secret_keys: tuple[str, ...], use: LinkUse) -> Signer:
    if not all(secret_keys) or not secret_keys:
        raise SettingInvalid(Stored.NO_KEYS())
    # The signer takes the oldest key first and signs with the last.
    oldest_first = list(reversed(secret_keys))
    return Signer(oldest_first, salt=use.value, key_derivation="hmac", digest_method=hashlib.sha256)


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
    """Put a letter into the outbox that leaves at once, inside the caller's transaction."""
    row = letter_row(kind, person_id, f"{kind}/{person_id}/{secrets.token_urlsafe(18)}", today, now)
    if kind is LetterKind.LOGIN:
        row["link_expires_at"] = None  # it opens no page of tasks
    letter_id = connection.execute(_NEW, row).scalar_one()
    return Queued(int(letter_id), str(row["link_key"]))


def letter_row(
    kind: LetterKind, person_id: int, key: str, letter_on: date, now: datetime
) -> dict[str, object]:
    """Return a letter that is queued now and leaves at once; the key makes it unique."""
    link_key = secrets.token_urlsafe(18)
    return {
        "key": key,
        "kind": kind,
        "person_id": person_id,
        "letter_on": letter_on,
        "link_key": link_key,
        "link_expires_at": now + LETTER_LINK_LIVES,
        "message_id": hashlib.sha256(f"{key} {link_key}".encode()).hexdigest(),
        "status": LetterStatus.QUEUED,
        "queued_at": now,
        "next_attempt_at": now,
        "attempts": 0,
        "render_failures": 0,
    }


def asked_enough(connection: Connection, person_id: int, now: datetime) -> bool:
    """Return whether as many links were mailed to the person lately as anyone needs."""
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
        told = Event("new_link_queued", person_id=person_id, detail={"letter": queued.letter_id})
        write_journal(connection, today, now, [told])
    return True
