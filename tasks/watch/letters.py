"""Find the letters that did not end well, and whether anything is left to do about them."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, String, and_, cast, exists, or_, select

from models.notice_kinds import AT_ONCE
from models.rules.watch.findings import SHOWN_FOR, LetterAstray
from models.tables.columns import table_of
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import LetterStatus
from tasks.store.queries import IS_UNSETTLED, is_here

_LETTER, _NOTICE, _PERSON, _STEP = (table_of(model) for model in (Letter, Notice, Person, Step))
_LATER = _LETTER.alias("later")
_OTHER = _NOTICE.alias("other")
# A captured letter is no trouble: the office has no mail server yet, or had none.
_ENDED_WELL = (LetterStatus.ACCEPTED, LetterStatus.CAPTURED, LetterStatus.CANCELLED)


def letters_not_ended_well(connection: Connection, today: date, now: datetime) -> list[LetterAstray]:
    """Return the letters that wait, are held, may have arrived, or did not arrive."""
    columns = (
        _LETTER.c.id,
        _LETTER.c.status,
        _LETTER.c.queued_at,
        _LETTER.c.next_attempt_at,
        _LETTER.c.lease_until_at,
        _LETTER.c.ended_at,
    )
    rows = connection.execute(
        select(*columns, _is_settled(today, now))
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_LETTER.c.status.in_([status for status in LetterStatus if status not in _ENDED_WELL]))
        .order_by(_LETTER.c.id)
    )
    return [LetterAstray(row[0], LetterStatus(row[1]), *row[2:]) for row in rows]


def _is_settled(today: date, now: datetime) -> ColumnElement[bool]:
    """Return the condition that the reader is reached again or has left, or the news is done or known."""
    reached_again = exists().where(
        _LATER.c.person_id == _LETTER.c.person_id,
        _LATER.c.status == LetterStatus.ACCEPTED,
        _LATER.c.ended_at > _LETTER.c.ended_at,
    )
    has_notices = exists().where(_NOTICE.c.letter_id == _LETTER.c.id)
    still_open = exists().where(
        _NOTICE.c.letter_id == _LETTER.c.id,
        _NOTICE.c.dropped_at.is_(None),
        _STEP.c.id == _NOTICE.c.step_id,
        IS_UNSETTLED,
        _STEP.c.due_on == _NOTICE.c.due_on,
        _NOTICE.c.kind.not_in(AT_ONCE),
    )
    tells_news = exists().where(
        _NOTICE.c.letter_id == _LETTER.c.id, _NOTICE.c.dropped_at.is_(None), _NOTICE.c.kind.in_(AT_ONCE)
    )
    # The recorder of a decision or money is told under a rung of this name.
    known = exists().where(
        _OTHER.c.rung == "failed-" + cast(_LETTER.c.id, String),
        _LATER.c.id == _OTHER.c.letter_id,
        _LATER.c.status == LetterStatus.ACCEPTED,
    )
    return or_(
        reached_again,
        ~is_here(today),
        and_(has_notices, ~still_open, or_(~tells_news, known)),
        and_(~has_notices, _LETTER.c.ended_at <= now - SHOWN_FOR),
    )
