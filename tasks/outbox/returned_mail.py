"""Take in returned mail: letters that bounced after a server had accepted them, and replies.

`deliver_due` calls `tell_failed` right after `take_back`: it tells somebody who can act of the
bounced letters.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, insert, or_, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_models

from models.events import GrantEvent, OfficeEvent
from models.rules.dates.calendar import offices_in
from models.rules.notices.recipients import ReachedPerson, decide_reached, decide_reached_in
from models.tables.columns import table_of
from models.tables.letter import Letter, MailReply, Notice
from models.tables.person import Absence
from models.tables.step import Step
from models.vocabulary import LetterStatus, NoticeKind, Role
from tasks.channels.mailboxes import open_mailbox
from tasks.channels.returned_mail import Reply, ReturnedLetter, read_mail
from tasks.people.notices import notice_about, queue_in_turn
from tasks.settings import Settings
from tasks.store.database import transaction
from tasks.store.journal import Event, write_journal
from tasks.store.people import load_people, load_roles

log = logging.getLogger(__name__)

_LETTER = table_of(Letter)
_REPLY = table_of(MailReply)
_ABSENCE = table_of(Absence)
_MAY_COME_BACK = (LetterStatus.ACCEPTED, LetterStatus.UNCONFIRMED)
# A step that the letter was about, and its due date in the letter.
ToldStep = tuple[Step, date]


@dataclass(frozen=True, slots=True)
class CameBack:
    """How many letters bounced, and how many replies were filed."""

    letters: int = 0
    replies: int = 0


def take_back(engine: Engine, settings: Settings, now: datetime) -> CameBack:
    """Read the mailbox of returned mail: bounce the letters reported as failed, and file the replies.

    A mail about no letter, or without news, is left to people. Mails are marked as seen after the
    commits, so that one can be read twice, which changes nothing. Raises MailboxUnreadable.
    """
    today = settings.local_date(now)
    with open_mailbox(settings) as box:
        if box is None:
            return CameBack()
        mails = [(key, read_mail(content, today)) for key, content in box.unseen()]
        reports = [(key, mail) for key, mail in mails if isinstance(mail, ReturnedLetter)]
        bounced = _bounce(engine, reports, settings, now)
        replies = [(key, mail) for key, mail in mails if isinstance(mail, Reply)]
        filed = [key for key, reply in replies if _file_reply(engine, reply, settings, now)]
        for key, _ in mails:
            if key not in bounced and key not in filed:
                log.warning("a mail that came back changes nothing, and is left to people: %s", key)
        box.mark_seen([key for key, _ in mails])
    if bounced or filed:
        counts = {"mails": len(mails), "letters": len(bounced), "replies": len(filed)}
        log.warning("mails came back", extra=counts)
    return CameBack(len(bounced), len(filed))


def _bounce(
    engine: Engine, reports: Sequence[tuple[str, ReturnedLetter]], settings: Settings, now: datetime
) -> list[str]:
    """Bounce the letters that mails report as failed; return the mails' keys.

    The address is not marked as bad, as anybody could have written such a mail.
    """
    today = settings.local_date(now)
    bounced = []
    for key, returned in reports:
        # One letter a transaction: two deliveries never wait for each other.
        with transaction(engine) as connection:
            events = _note_bounce(connection, returned, now)
            write_journal(connection, today, now, events)
        if events:
            bounced.append(key)
    return bounced


def _note_bounce(connection: Connection, returned: ReturnedLetter, now: datetime) -> list[Event]:
    """Note the letter as bounced; return the events."""
    bounced = (
        update(_LETTER)
        .where(_of_token(returned.token), _LETTER.c.status.in_(_MAY_COME_BACK))
        .values(status=LetterStatus.BOUNCED, ended_at=now, repeat_at=None)
        .returning(_LETTER.c.id, _LETTER.c.person_id)
    )
    return [
        Event(
            OfficeEvent.LETTER_BOUNCED,
            person_id=row.person_id,
            detail={"letter": row.id, "reason": "returned", "status": returned.status},
        )
        for row in connection.execute(bounced)
    ]


def _file_reply(engine: Engine, reply: Reply, settings: Settings, now: datetime) -> bool:
    """Keep a reply, in a transaction of its own; return whether it changed anything."""
    today = settings.local_date(now)
    with transaction(engine) as connection:
        events = _note_reply(connection, reply, settings, today, now)
        write_journal(connection, today, now, events)
    return bool(events)


def _note_reply(
    connection: Connection, reply: Reply, settings: Settings, today: date, now: datetime
) -> list[Event]:
    """Keep a reply, and tell the coordinators, or the manager of an absent writer; return the events.

    A reply to no letter of ours, about no grant, or filed already changes nothing. A manager or an
    administrator confirms that somebody is away.
    """
    letter = connection.execute(
        select(_LETTER.c.id, _LETTER.c.person_id).where(_of_token(reply.token))
    ).first()
    steps = _steps(connection, letter.id) if letter is not None else []
    if letter is None or not steps or _is_known(connection, letter.id, letter.person_id, reply):
        return []
    row = {
        "letter_id": letter.id,
        "person_id": letter.person_id,
        "received_at": now,
        "sha256": reply.sha256,
        "text": reply.text,
        "away_until_on": reply.away_until_on,
    }
    reply_id = connection.execute(insert(_REPLY).values(row).returning(_REPLY.c.id)).scalar_one()
    find_told = _told_of_absence if reply.away_until_on else _told_of_reply
    told = find_told(connection, steps, letter.person_id, today)
    until = {"to": reply.away_until_on.isoformat()} if reply.away_until_on else {}
    notices = [
        notice_about(
            step,
            due_on,
            NoticeKind.REPLIED,
            f"reply-{reply_id}",
            reached.person_id,
            instead_of_id=reached.instead_of_id,
            detail={"by": letter.person_id, **until},
        )
        for (step, due_on), reached in told
    ]
    queued = queue_in_turn(connection, notices, offices_in(settings.country), today, now)
    name = GrantEvent.ABSENCE_REPORTED if reply.away_until_on else GrantEvent.REPLY_FILED
    noted = {"letter": letter.id, "reply": reply_id}
    return [*(Event(name, step.grant_id, None, letter.person_id, noted) for step, _ in steps), *queued]


def _steps(connection: Connection, letter_id: int) -> list[ToldStep]:
    """Return the steps that the letter was about, the latest one of each grant."""
    query = select_models(Step, Notice).join(Notice).where(Notice.letter_id == letter_id)
    with Session(connection) as session:
        pairs = session.exec(query.order_by(col(Notice.id).desc())).all()
    return list({step.grant_id: (step, notice.due_on) for step, notice in pairs}.values())


def _is_known(connection: Connection, letter_id: int, person_id: int, reply: Reply) -> bool:
    """Return whether the reply is filed, or its absence known: each letter of a week brings it again."""
    known = select(_REPLY.c.id).where(_REPLY.c.letter_id == letter_id, _REPLY.c.sha256 == reply.sha256)
    if reply.away_until_on is None:
        return connection.execute(known).first() is not None
    reported = select(_REPLY.c.id).where(
        _REPLY.c.person_id == person_id, _REPLY.c.away_until_on == reply.away_until_on
    )
    noted = select(_ABSENCE.c.id).where(
        _ABSENCE.c.person_id == person_id, _ABSENCE.c.to_on >= reply.away_until_on
    )
    return any(connection.execute(query).first() is not None for query in (reported, noted))


def _told_of_reply(
    connection: Connection, steps: Sequence[ToldStep], person_id: int, today: date
) -> list[tuple[ToldStep, ReachedPerson]]:
    """Return who is told of each grant's reply: its coordinator, unless the coordinator wrote it."""
    roles = load_roles(connection, [step.grant_id for step, _ in steps])
    people = load_people(
        connection, {person_id for held in roles.values() for person_id in held.values()}, today
    )
    told = []
    for step, due_on in steps:
        coordinator = roles[step.grant_id].get(Role.COORDINATOR)
        if coordinator is None or coordinator == person_id:
            continue
        reached = decide_reached_in(roles[step.grant_id], coordinator, people, today)
        if reached is not None and reached.person_id != person_id:
            told.append(((step, due_on), reached))
    return told


def _told_of_absence(
    connection: Connection, steps: Sequence[ToldStep], person_id: int, today: date
) -> list[tuple[ToldStep, ReachedPerson]]:
    """Return who is told of an absence, once: the manager of the absent person."""
    people = load_people(connection, [person_id], today)
    manager_id = people[person_id].manager_id
    reached = decide_reached(manager_id, people, today) if manager_id is not None else None
    return [(steps[0], reached)] if reached is not None and reached.person_id != person_id else []


def _of_token(token: str) -> ColumnElement[bool]:
    """Return the condition on the letter with the token."""
    return or_(*(_LETTER.c.message_id.startswith(f"{sign}{token}") for sign in ("", "<")))
