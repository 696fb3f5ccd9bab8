"""Read the mails that came back: letters that bounced after a server had taken them, and answers to letters."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, update

from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterStatus
from tasks.channels.mailboxes import open_mailbox
from tasks.channels.returned_mail import Reply, ReturnedLetter, read_mail
from tasks.outbox.replies import file_reply, of_token
from tasks.settings import Settings
from tasks.store.database import transaction
from tasks.store.journal import Happened, write_journal

log = logging.getLogger(__name__)

_LETTER = table_of(Letter)
_MAY_COME_BACK = (LetterStatus.ACCEPTED, LetterStatus.UNCONFIRMED)


@dataclass(frozen=True, slots=True)
class CameBack:
    """How many letters were found to have bounced, and how many replies were filed."""

    letters: int = 0
    replies: int = 0


def take_back(engine: Engine, settings: Settings, now: datetime) -> CameBack:
    """Read the mailbox of returned mail: bounce the letters that are reported as failed, and file what was answered.

    A mail about no letter is left to people. Mails are marked as seen after the commit, so that one can be read twice,
    which changes nothing. Raises MailboxUnreadable.
    """
    today = now.astimezone(settings.zone).date()
    with open_mailbox(settings) as box:
        if box is None:
            return CameBack()
        keys, reports, replies = list[str](), dict[str, ReturnedLetter](), list[Reply]()
        for key, content in box.unseen():
            keys.append(key)
            said = read_mail(content, today) if content is not None else None
            if isinstance(said, ReturnedLetter):
                reports[said.token] = said
            elif isinstance(said, Reply):
                replies.append(said)
            else:
                why = "it says nothing of a letter" if content is not None else "it is too large to be read"
                log.warning("a mail that came back is left to people: %s", why)
        came_back = CameBack()
        if reports or replies:
            with transaction(engine) as connection:
                bounced = [event for one in reports.values() for event in _bounce(connection, one, now)]
                filed = [
                    events for one in replies if (events := file_reply(connection, one, settings, today, now))
                ]
                write_journal(
                    connection, today, now, [*bounced, *(one for events in filed for one in events)]
                )
            came_back = CameBack(len(bounced), len(filed))
            log.warning(
                "mails came back", extra={"mails": len(keys), "letters": len(bounced), "replies": len(filed)}
            )
        box.mark_seen(keys)
    return came_back


def _bounce(connection: Connection, returned: ReturnedLetter, now: datetime) -> list[Happened]:
    """Bounce the letter; that its address is no good is not taken from a mail, which anybody could have written."""
    bounced = (
        update(_LETTER)
        .where(of_token(returned.token), _LETTER.c.status.in_(_MAY_COME_BACK))
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
