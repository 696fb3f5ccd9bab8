"""Take letters back that a server had taken and that came back later: they are bounced, and told as such."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, or_, update

from models.errors import SettingInvalid
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterStatus
from tasks.channels.returned import ReturnedLetter, mark_seen, read_returned
from tasks.settings import Settings
from tasks.store.database import transaction
from tasks.store.journal import Happened, write_journal

log = logging.getLogger(__name__)

_LETTER = table_of(Letter)
_MAY_COME_BACK = (LetterStatus.ACCEPTED, LetterStatus.UNCONFIRMED)


def take_back(engine: Engine, settings: Settings, now: datetime) -> int:
    """Read GRANTS_BOUNCES_MAILDIR and bounce the letters that are reported as failed; return how many.

    A mail that reports none is left to people, and is not read again. Nothing else of what a mail says is used.
    SettingInvalid when the folder is no Maildir.
    """
    if not settings.bounces_maildir:
        return 0
    folder = Path(settings.bounces_maildir)
    if not (folder / "new").is_dir() or not (folder / "cur").is_dir():
        raise SettingInvalid(f"GRANTS_BOUNCES_MAILDIR is no Maildir: '{folder}' has no folders new and cur")
    mails = list(read_returned(folder))
    reported = {one.token: one for _, one in mails if one is not None}
    events: list[Happened] = []
    if reported:
        with transaction(engine) as connection:
            events = [event for one in reported.values() for event in _bounce(connection, one, now)]
            write_journal(connection, now.astimezone(settings.zone).date(), now, events)
        log.warning("letters came back", extra={"reports": len(reported), "letters": len(events)})
    mark_seen(folder, [key for key, _ in mails])
    return len(events)


def _bounce(connection: Connection, returned: ReturnedLetter, now: datetime) -> list[Happened]:
    """Bounce the letter; that its address is no good is not taken from a mail, which anybody could have written."""
    ours = or_(*(_LETTER.c.message_id.startswith(f"{sign}{returned.token}") for sign in ("", "<")))
    bounced = (
        update(_LETTER)
        .where(ours, _LETTER.c.status.in_(_MAY_COME_BACK))
        .values(status=LetterStatus.BOUNCED, ended_at=now, repeat_at=None)
        .returning(_LETTER.c.id, _LETTER.c.person_id)
    )
    return [
        Happened(
            "letter_bounced",
            person_id=row.person_id,
            detail={"letter": row.id, "reason": "returned", "status": returned.status},
        )
        for row in connection.execute(bounced)
    ]
