"""Settle what an automatic reply said of an absence: it is so from today on, or it is not."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlmodel import Session

from models.commands.people import SettleAbsence
from models.errors import BadInput, NotAllowed
from models.tables.columns import table_of
from models.tables.letter import MailReply
from models.tables.person import Absence
from tasks.commands.acting import Acting
from tasks.commands.messages import Refusal
from tasks.people.visibility import team_of
from tasks.store.journal import Happened, write_journal

_REPLY, _ABSENCE = table_of(MailReply), table_of(Absence)


class AbsenceSettled(BadInput):
    """That absence is settled already, or over."""


def settle_absence(session: Session, said: SettleAbsence, acting: Acting) -> None:
    """Make the absence one that counts, or note that it is none.

    Raises AbsenceSettled where nothing is left to settle, NotAllowed for somebody who is neither an administrator nor
    above the person.
    """
    connection, today, by = session.connection(), acting.today, acting.person
    waiting = (_REPLY.c.settled_on.is_(None), _REPLY.c.away_until_on >= today)
    query = select(_REPLY.c.person_id, _REPLY.c.away_until_on).where(_REPLY.c.id == said.reply_id, *waiting)
    reply = connection.execute(query.with_for_update()).first()
    if reply is None:
        raise AbsenceSettled
    if by is not None and not by.is_admin:
        above = by.id != reply.person_id and by.id is not None
        team = select(team_of(by.id or 0).c.id)
        if not above or reply.person_id not in connection.execute(team).scalars().all():
            raise NotAllowed(Refusal.NOT_THEIR_ABSENCE())
    if said.is_right:
        now_away = (
            _ABSENCE.c.person_id == reply.person_id,
            _ABSENCE.c.from_on <= today,
            _ABSENCE.c.to_on >= today,
        )
        longer = update(_ABSENCE).where(*now_away).values(to_on=reply.away_until_on)
        if not connection.execute(longer).rowcount:
            row = {"person_id": reply.person_id, "from_on": today, "to_on": reply.away_until_on}
            connection.execute(insert(_ABSENCE).values(row))
    settled = {"settled_on": today, "settled_by_id": acting.by_id}
    connection.execute(update(_REPLY).where(_REPLY.c.id == said.reply_id).values(settled))
    name = "absence_confirmed" if said.is_right else "absence_denied"
    detail = {"by": acting.by_id, "reply": said.reply_id, "to": reply.away_until_on.isoformat()}
    write_journal(connection, today, acting.now, [Happened(name, person_id=reply.person_id, detail=detail)])
