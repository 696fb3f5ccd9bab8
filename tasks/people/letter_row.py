"""Make the row of a new letter: its Message-ID, and the key of its own link."""

import hashlib
import secrets
from datetime import date, datetime

from models.rules.lifetimes import LETTER_LINK_LIVES
from models.vocabulary import LetterKind, LetterStatus


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
