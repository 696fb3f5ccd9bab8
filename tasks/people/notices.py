"""Queue notices, and the letters that carry them, inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from models.events import notice_event
from models.facts.notice import NewNotice
from models.notice_kinds import AT_ONCE
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.quiet_days import (
    Start,
    find_day_to_tell,
    find_leaving_time,
    find_next_day_to_tell,
    may_tell,
)
from models.tables.columns import id_of, table_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.vocabulary import NoticeKind
from tasks.people.letters import Leaving, LetterLeft, carry, find_told
from tasks.people.notice_recipients import hear
from tasks.store.journal import Event

_NOTICE = table_of(Notice)
_GRANT = table_of(Grant)
_MADE = select(
    _NOTICE.c.step_id,
    _NOTICE.c.due_on,
    _NOTICE.c.rung,
    _NOTICE.c.person_id,
    _NOTICE.c.dropped_at,
).where(_NOTICE.c.step_id.in_(bindparam("steps", expanding=True)), _NOTICE.c.kept_on.is_(None))
_QUIET = select(_GRANT.c.id).where(_GRANT.c.id.in_(bindparam("ids", expanding=True)), _GRANT.c.quiet)
_NEW_NOTICES = insert(_NOTICE)
# The columns of a notice's row that were decided for it.
_KEPT = (
    "step_id",
    "step_version",
    "due_on",
    "rung",
    "position",
    "kind",
    "person_id",
    "instead_of_id",
    "reason",
    "detail",
)

_MISSING = (NoticeKind.NO_MEETING, NoticeKind.DATE_MISSING)


def notice_about(
    step: Any,
    due_on: date,
    kind: NoticeKind,
    rung: str,
    person_id: int,
    *,
    reason: str = "",
    changes: int = 0,
    **more: Any,
) -> NewNotice:
    """Return a notice that comes from no ladder, about a step; `changes` are those still to be written."""
    version = step.version + changes
    return NewNotice(
        step_id=id_of(step),
        grant_id=step.grant_id,
        step_version=version,
        due_on=due_on,
        rung=rung,
        kind=kind,
        person_id=person_id,
        reason=reason or str(kind),
        **more,
    )


def revoke_notices(connection: Connection, person_id: int, step_ids: Sequence[int], now: datetime) -> None:
    """Revoke the links to these steps in letters to a person or their stand-in: another owns them now."""
    mine = or_(_NOTICE.c.person_id == person_id, _NOTICE.c.instead_of_id == person_id)
    old = update(_NOTICE).where(_NOTICE.c.step_id.in_(step_ids), mine, _NOTICE.c.revoked_at.is_(None))
    connection.execute(old.values(revoked_at=now))


def queue_notices(
    connection: Connection,
    notices: Sequence[NewNotice],
    *,
    letter_on: date,
    now: datetime,
    leave_at: datetime,
    in_round: bool = False,
) -> list[Event]:
    """Insert the notices and their letters, which leave from a moment on; return the journal's events.

    The readers of tasks must not be among those of `find_told`. A notice that exists already is
    left out silently: running the same morning twice has no effect. A round holds its letters until
    it is finished.
    """
    made = _notices_to_make(connection, notices)
    quiet = _quiet_grants(connection, made)
    fresh = [notice for notice in made if may_tell(Start(notice.grant_id in quiet))]
    hear(connection, (notice for notice in made if notice.grant_id in quiet), None)
    if not fresh:
        return []
    letter_ids = carry(connection, fresh, Leaving(letter_on, now, leave_at, in_round))
    carried = list(zip(fresh, letter_ids, strict=True))
    rows = [
        {name: getattr(notice, name) for name in _KEPT} | {"letter_id": letter_id, "told_on": letter_on}
        for notice, letter_id in carried
    ]
    connection.execute(_NEW_NOTICES, rows)
    hear(connection, fresh, letter_on)
    return [
        Event(
            notice_event(notice.kind),
            notice.grant_id,
            notice.step_id,
            notice.person_id,
            {"rung": notice.rung, "letter": letter_id, "reason": str(notice.reason)},
        )
        for notice, letter_id in carried
    ]


def queue_in_turn(
    connection: Connection,
    notices: Sequence[NewNotice],
    calendar: WorkCalendar,
    today: date,
    now: datetime,
    *,
    in_round: bool = False,
) -> list[Event]:
    """Queue each notice for the next letter that can take it; return the journal's events.

    If a person's letter of the day has left, tasks go with that of the next day on which people are
    told. A decision or money does not wait for that.
    """
    events: list[Event] = []
    waiting = notices
    letter_on = find_day_to_tell(today, calendar)
    while waiting:
        told = find_told(connection, {notice.person_id for notice in waiting}, letter_on)
        later = [notice for notice in waiting if notice.person_id in told and notice.kind not in AT_ONCE]
        ready = [notice for notice in waiting if notice.person_id not in told or notice.kind in AT_ONCE]
        leave_at = find_leaving_time(now, today, letter_on)
        try:
            events += queue_notices(
                connection, ready, letter_on=letter_on, now=now, leave_at=leave_at, in_round=in_round
            )
        except LetterLeft:
            continue  # look again: its reader is among the told now
        waiting = later
        letter_on = find_next_day_to_tell(letter_on, calendar)
    return events


def _identity(notice: NewNotice) -> tuple[int, date, str, int]:
    return notice.step_id, notice.due_on, notice.rung, notice.person_id


def _quiet_grants(connection: Connection, notices: Sequence[NewNotice]) -> set[int]:
    """Return those of the notices' grants that are quiet: nobody is told of anything in them."""
    if not notices:
        return set()
    grants = {"ids": list({notice.grant_id for notice in notices})}
    return set(connection.execute(_QUIET, grants).scalars())


def _notices_to_make(connection: Connection, notices: Sequence[NewNotice]) -> list[NewNotice]:
    """Return the notices that are not made yet, each once: one person can stand in for two.

    A notice that a meeting or a date is missing is dropped if that is found before the letter
    leaves. If it goes missing again, the new notice gets a rung of its own, since the old one keeps
    its place.
    """
    parameters = {"steps": list({notice.step_id for notice in notices})}
    dropped = {
        tuple(row[:4]): row.dropped_at is not None for row in connection.execute(_MADE, parameters).all()
    }
    to_make: dict[tuple[int, date, str, int], NewNotice] = {}
    for notice in notices:
        while notice.kind in _MISSING and dropped.get(_identity(notice)):
            notice = replace(notice, rung=f"{notice.rung}-again")  # noqa: PLW2901
        if _identity(notice) not in dropped:
            to_make[_identity(notice)] = notice
    return list(to_make.values())
