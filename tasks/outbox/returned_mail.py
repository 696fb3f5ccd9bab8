"""Read the mails that came back: letters that bounced after a server had taken them, and answers to letters."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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

    A mail about no letter, or that says nothing new, is left to people. Mails are marked as seen after the commit, so
    that one can be read twice, which changes nothing. Raises MailboxUnreadable.
    """
    today = now.astimezone(settings.zone).date()
    with open_mailbox(settings) as box:
        if box is None:
            return CameBack()
        mails = [(key, read_mail(content, today)) for key, content in box.unseen()]
        taken = _take(engine, [said for _, said in mails], settings, now) if mails else []
        for (key, _), happened in zip(mails, taken, strict=True):
            if not happened:
                log.warning("a mail that came back changes nothing, and is left to people: %s", key)
        box.mark_seen([key for key, _ in mails])
    kinds = [type(said) for (_, said), happened in zip(mails, taken, strict=True) if happened]
    came_back = CameBack(kinds.count(ReturnedLetter), kinds.count(Reply))
    if kinds:
        log.warning("mails came back", extra={"mails": len(mails), **asdict(came_back)})
    return came_back


def _take(
    engine: Engine, mails: Sequence[ReturnedLetter | Reply | None], settings: Settings, now: datetime
) -> list[bool]:
    """Write down what the mails say, in one transaction; return of which of them anything came."""
    today = now.astimezone(settings.zone).date()
    happened = list[list[Happened]]()
    with transaction(engine) as connection:
        for said in mails:
            if isinstance(said, Reply):
                happened.append(file_reply(connection, said, settings, today, now))
            else:
                happened.append(_bounce(connection, said, now) if said else [])
        write_journal(connection, today, now, [event for events in happened for event in events])
    return [bool(events) for events in happened]


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
