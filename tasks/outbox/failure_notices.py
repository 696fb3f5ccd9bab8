"""Tell somebody who can act that a letter did not arrive: bounced, given up, or not rendered."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_models

from models.errors import DatabaseUnready
from models.events import notice_event
from models.facts.notice import NewNotice
from models.notice_kinds import AT_ONCE
from models.rules.dates.calendar import offices_in
from models.rules.notices.contents import is_owed
from models.rules.notices.quiet_days import is_silent
from models.rules.notices.recipients import ReachedPerson, decide_next
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.letter import Letter, Notice
from models.tables.step import Step
from models.vocabulary import NOT_ARRIVED, NoticeKind
from tasks.people.absences import pass_steps_on
from tasks.people.notices import queue_notices
from tasks.settings import Settings
from tasks.store.database import reading, transaction
from tasks.store.journal import write_journal
from tasks.store.lateness import written_out
from tasks.store.people import load_people, load_roles
from tasks.store.queries import load_models

log = logging.getLogger(__name__)

_LETTER, _NOTICE, _EVENT = (table_of(model) for model in (Letter, Notice, JournalEvent))
_UNTOLD = _LETTER.c.failure_told_at.is_(None) & _LETTER.c.status.in_(
    [written_out(status) for status in NOT_ARRIVED]
)
# In the next person's notice: the letter that did not arrive.
_BECAUSE_OF = "undelivered"


@dataclass(frozen=True, slots=True)
class FailuresTold:
    """How many failed letters somebody else was told of, and the ids of those that nobody else could be."""

    told: int = 0
    untold: tuple[int, ...] = ()


def tell_failed(engine: Engine, settings: Settings, now: datetime) -> FailuresTold:
    """Queue a letter to the next person for every failed letter, and note it; not on a day off.

    A step's notice goes, with its rung, to the deputy or the manager. The recorder of a decision or
    money hears of its letter. The administrator gets the rest. The steps of people with a bad
    address are passed on first. Raises DatabaseUnready.
    """
    today = settings.local_date(now)
    in_order = select(_LETTER.c.id).where(_UNTOLD).order_by(_LETTER.c.id)
    with reading(engine) as connection:
        failed = connection.execute(in_order).scalars().all()
    if not failed or is_silent(today, offices_in(settings.country)):
        return FailuresTold()
    pass_steps_on(engine, today, now, in_round=False)
    # One person's news of now is one letter; an earlier one may have left.
    apart = f"failed-{now.isoformat()}"
    told = [_tell(engine, letter_id, apart, today, now) for letter_id in failed]
    untold = (letter_id for letter_id, is_told in zip(failed, told, strict=True) if not is_told)
    return FailuresTold(sum(told), tuple(untold))


def _tell(engine: Engine, letter_id: int, apart: str, on: date, now: datetime) -> bool:
    """Tell of one failed letter; an error does not stop the others."""
    try:
        with transaction(engine) as connection:
            wanted = select_models(Letter).where(Letter.id == letter_id, _UNTOLD).with_for_update()
            letter = next(iter(load_models(connection, wanted)), None)
            if letter is None:
                return True
            notices = _notices(connection, letter)
            owed = [(notice, step) for notice, step in notices if is_owed(notice, step)]
            added = _new_notices(connection, letter, owed, on, apart)
            events = queue_notices(connection, added, letter_on=on, now=now, leave_at=now)
            connection.execute(update(_LETTER).where(_LETTER.c.id == letter_id).values(failure_told_at=now))
            connection.execute(update(_NOTICE).where(_NOTICE.c.letter_id == letter_id).values(failed_at=now))
            write_journal(connection, on, now, events)
            return bool(notices) and len(added) == len(owed)
    except DatabaseUnready:
        raise
    except Exception:
        log.exception("a letter that failed was not told", extra={"letter_id": letter_id})
        return False


def _notices(connection: Connection, letter: Letter) -> list[tuple[Notice, Step]]:
    """Return the letter's notices, each with its step as it is now."""
    query = select_models(Notice, Step).join(Step).where(Notice.letter_id == letter.id)
    with Session(connection) as session:
        return [(notice, step) for notice, step in session.exec(query.order_by(col(Notice.id)))]


def _new_notices(
    connection: Connection, letter: Letter, owed: Sequence[tuple[Notice, Step]], on: date, apart: str
) -> list[NewNotice]:
    """Return the notices for the next people; a notice that was passed on once is not passed on again."""
    added = []
    for notice, step in owed:
        passed_on = _BECAUSE_OF in notice.detail
        reached = None if passed_on else _next_person(connection, letter, notice, step, on)
        if reached is not None:
            added.append(_new_notice(letter, notice, step, reached, apart))
    return added


def _next_person(
    connection: Connection, letter: Letter, notice: Notice, step: Step, on: date
) -> ReachedPerson | None:
    """Return who is told instead: who recorded a decision or money, else the reader's deputy or manager."""
    roles = load_roles(connection, [step.grant_id])[step.grant_id]
    recorder = _recorder(connection, letter, notice, step.grant_id) if notice.kind in AT_ONCE else None
    unreached = {letter.person_id}
    if notice.kind == NoticeKind.ESCALATION and step.owner_id is not None:
        unreached.add(step.owner_id)  # nothing is escalated to the late owner
    first = recorder or letter.person_id
    people = load_people(connection, {first, *roles.values()}, on)
    return decide_next(roles, first, people, unreached, on)


def _recorder(connection: Connection, letter: Letter, notice: Notice, grant_id: int) -> int | None:
    """Return who caused the notice: the person of the first other event of the same moment."""
    queued = select(_EVENT.c.at, _EVENT.c.detail).where(
        _EVENT.c.grant_id == grant_id,
        _EVENT.c.event == notice_event(notice.kind),
        _EVENT.c.step_id == notice.step_id,
        _EVENT.c.person_id == notice.person_id,
    )
    events = connection.execute(queued.order_by(_EVENT.c.id)).all()
    of_notice = {"letter": letter.id, "rung": notice.rung}
    at = next((event.at for event in events if of_notice.items() <= event.detail.items()), None)
    query = select(_EVENT.c.person_id).where(
        _EVENT.c.grant_id == grant_id,
        _EVENT.c.at == at,
        _EVENT.c.person_id.is_not(None),
        _EVENT.c.event.not_like("%\\_queued", escape="\\"),
    )
    return connection.execute(query.order_by(_EVENT.c.id).limit(1)).scalar()


def _new_notice(letter: Letter, notice: Notice, step: Step, reached: ReachedPerson, apart: str) -> NewNotice:
    passed_on = notice.kind not in AT_ONCE
    return NewNotice(
        step_id=notice.step_id,
        grant_id=step.grant_id,
        step_version=step.version,
        due_on=notice.due_on,
        rung=notice.rung if passed_on else f"failed-{letter.id}",
        kind=NoticeKind(notice.kind) if passed_on else NoticeKind.BOUNCED,
        person_id=reached.person_id,
        reason="not_delivered",
        position=notice.position if passed_on else 0,
        instead_of_id=(notice.instead_of_id or letter.person_id) if passed_on else letter.person_id,
        detail=dict(notice.detail if passed_on else {}) | {_BECAUSE_OF: letter.id},
        apart=apart,
    )
