"""Tell somebody who can act that a letter did not arrive: bounced for whatever reason, given up, or not rendered."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, exists, literal_column, select, update

from models.errors import DatabaseUnready
from models.rules.notices.recipients import Reached, decide_next
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.letter import Letter, Notice
from models.tables.step import Step
from models.vocabulary import ASKING, SETTLED, LetterKind, NoticeKind, StepStatus
from tasks.people.notices import NewNotice, queue_notices
from tasks.store.database import reading, transaction
from tasks.store.journal import write_journal
from tasks.store.queries import shape_rows
from tasks.store.shared import load_people, load_roles

log = logging.getLogger(__name__)

_LETTER, _NOTICE, _STEP, _EVENT = (table_of(one) for one in (Letter, Notice, Step, JournalEvent))
# Written out, not bound: SQLite uses a partial index only where it can read the index's condition.
_UNTOLD = _LETTER.c.failure_told_at.is_(None) & _LETTER.c.status.in_(
    [literal_column("'bounced'"), literal_column("'poisoned'")]
)
_ANY_UNTOLD = select(exists().where(_UNTOLD))
# What the next person's notice keeps: the letter that did not arrive.
_BECAUSE_OF = "undelivered"


@dataclass(frozen=True, slots=True)
class FailuresTold:
    """How many failed letters somebody else is told of, and the ids of those that nobody else can be told of."""

    told: int = 0
    untold: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedLetter:
    """A letter that did not arrive."""

    id: int
    kind: LetterKind
    person_id: int
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class FailedNotice:
    """What the letter told of a step, and how the step is now."""

    step_id: int
    grant_id: int
    version: int
    status: StepStatus
    owner_id: int | None
    kind: NoticeKind
    due_on: date
    now_due_on: date | None
    rung: str
    position: int
    instead_of_id: int | None
    detail: Mapping[str, object]
    dropped_at: datetime | None
    revoked_at: datetime | None


def has_failed_letters(engine: Engine) -> bool:
    """Return whether a letter failed that nobody was told of yet."""
    with reading(engine) as connection:
        return bool(connection.execute(_ANY_UNTOLD).scalar_one())


def tell_failed(engine: Engine, on: date, now: datetime) -> FailuresTold:
    """Queue a letter to the next person for every letter that failed, and note it; DatabaseUnready.

    A step's notice goes, as the rung that it was, to the deputy or the manager. Of a decision or money, who recorded
    it hears. The administrator is left for the rest.
    """
    with reading(engine) as connection:
        failed = (
            connection.execute(select(_LETTER.c.id).where(_UNTOLD).order_by(_LETTER.c.id)).scalars().all()
        )
    told = [_tell(engine, letter_id, f"failed-{failed[0]}", on, now) for letter_id in failed]
    return FailuresTold(
        sum(told), tuple(letter_id for letter_id, one in zip(failed, told, strict=True) if not one)
    )


def _tell(engine: Engine, letter_id: int, apart: str, on: date, now: datetime) -> bool:
    """Tell of one letter; whatever goes wrong stops no other's."""
    try:
        with transaction(engine) as connection:
            found = connection.execute(
                select(_LETTER).where(_LETTER.c.id == letter_id, _UNTOLD).with_for_update()
            )
            letter = next(iter(shape_rows(FailedLetter, found)), None)
            if letter is None:
                return True
            notices = _notices(connection, letter)
            added = _new_notices(connection, letter, [one for one in notices if _is_owed(one)], on, apart)
            events = queue_notices(connection, added, letter_on=on, now=now, leave_at=now)
            connection.execute(update(_LETTER).where(_LETTER.c.id == letter_id).values(failure_told_at=now))
            connection.execute(update(_NOTICE).where(_NOTICE.c.letter_id == letter_id).values(failed_at=now))
            write_journal(connection, on, now, events)
            return bool(notices) and len(added) == sum(map(_is_owed, notices))
    except DatabaseUnready:
        raise
    except Exception:
        log.exception("a letter that failed was not told", extra={"letter_id": letter_id})
        return False


def _notices(connection: Connection, letter: FailedLetter) -> list[FailedNotice]:
    columns = (_STEP.c.grant_id, _STEP.c.version, _STEP.c.status, _STEP.c.owner_id)
    query = select(_NOTICE, *columns, _STEP.c.due_on.label("now_due_on"))
    query = query.join(_STEP, _STEP.c.id == _NOTICE.c.step_id).where(_NOTICE.c.letter_id == letter.id)
    return shape_rows(FailedNotice, connection.execute(query.order_by(_NOTICE.c.id)))


def _is_owed(notice: FailedNotice) -> bool:
    """Return whether somebody must still hear of it: not of what is done, moved, or given to somebody else."""
    over = notice.status in SETTLED or notice.due_on != notice.now_due_on
    return notice.dropped_at is None and notice.revoked_at is None and not (over and notice.kind in ASKING)


def _new_notices(
    connection: Connection, letter: FailedLetter, notices: Sequence[FailedNotice], on: date, apart: str
) -> list[NewNotice]:
    """Return the notices for those who come next; a notice that was passed on already is not passed on again."""
    added = []
    for notice in notices:
        reached = None if _BECAUSE_OF in notice.detail else _next_person(connection, letter, notice, on)
        if reached is not None:
            added.append(_new_notice(letter, notice, reached, apart))
    return added


def _next_person(
    connection: Connection, letter: FailedLetter, notice: FailedNotice, on: date
) -> Reached | None:
    """Return who is told instead: who recorded a decision or money, else who stands behind the reader."""
    roles = load_roles(connection, [notice.grant_id])[notice.grant_id]
    recorder = None if letter.kind == LetterKind.TASKS else _recorder(connection, letter, notice.grant_id)
    unreached = {letter.person_id}
    if notice.kind == NoticeKind.ESCALATION and notice.owner_id is not None:
        unreached.add(notice.owner_id)  # nobody is escalated to who is late
    first = recorder or letter.person_id
    people = load_people(connection, {first, *roles.values()}, on)
    return decide_next(roles, first, people, unreached, on)


def _recorder(connection: Connection, letter: FailedLetter, grant_id: int) -> int | None:
    """Return who did what queued the letter: the person of the first event of the same moment that tells nobody."""
    query = select(_EVENT.c.person_id).where(
        _EVENT.c.grant_id == grant_id,
        _EVENT.c.at == letter.queued_at,
        _EVENT.c.person_id.is_not(None),
        _EVENT.c.event.not_like("%\\_queued", escape="\\"),
    )
    return connection.execute(query.order_by(_EVENT.c.id).limit(1)).scalar()


def _new_notice(letter: FailedLetter, notice: FailedNotice, reached: Reached, apart: str) -> NewNotice:
    passed_on = letter.kind == LetterKind.TASKS
    return NewNotice(
        notice.step_id,
        notice.grant_id,
        notice.version,
        notice.due_on,
        notice.rung if passed_on else f"failed-{letter.id}",
        NoticeKind(notice.kind) if passed_on else NoticeKind.BOUNCED,
        reached.person_id,
        "not_delivered",
        position=notice.position if passed_on else 0,
        instead_of_id=(notice.instead_of_id or letter.person_id) if passed_on else letter.person_id,
        detail=dict(notice.detail if passed_on else {}) | {_BECAUSE_OF: letter.id},
        apart=apart,
    )
