"""Queue notices, and the letters that carry them, inside the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, insert, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import ReturningInsert

from models.errors import GrantError
from models.rules.dates.calendar import WorkCalendar
from models.rules.notices.quiet import Start, day_to_tell, leaves_at, may_tell, next_day_to_tell
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.vocabulary import LetterKind, LetterStatus, NoticeKind
from tasks.people.links import letter_row
from tasks.people.told import hear
from tasks.store.journal import Happened

_LETTER = table_of(Letter)
_NOTICE, _GRANT = table_of(Notice), table_of(Grant)
# Made once: a change to one grant pays more for the making of a query than for the asking.
# FOR UPDATE keeps a deliverer from claiming a letter while a notice is added to it (SQLite has one writer).
_SEEN = (
    select(_LETTER.c.key, _LETTER.c.id, _LETTER.c.status, _LETTER.c.attempts)
    .where(_LETTER.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(_LETTER.c.id)
)
_LETTERS = _SEEN.with_for_update(key_share=True)
_MADE = select(
    *(_NOTICE.c[name] for name in ("step_id", "due_on", "rung", "person_id", "dropped_at")),
).where(_NOTICE.c.step_id.in_(bindparam("steps", expanding=True)))
_QUIET = select(_GRANT.c.id).where(_GRANT.c.id.in_(bindparam("ids", expanding=True)), _GRANT.c.quiet)
_NEW_NOTICES = insert(_NOTICE)
# What a notice's row has as it was decided.
_KEPT = (
    *("step_id", "step_version", "due_on", "rung", "position", "kind", "person_id", "instead_of_id"),
    *("reason", "detail"),
)

_LETTER_KINDS = {
    NoticeKind.DECIDED: LetterKind.DECISION,
    NoticeKind.CONFIRM_RELEASE: LetterKind.MONEY,
    NoticeKind.RELEASE_DECLINED: LetterKind.MONEY,
    NoticeKind.RELEASED: LetterKind.MONEY,
    NoticeKind.NEW_ACCOUNT: LetterKind.MONEY,
    NoticeKind.PAID: LetterKind.MONEY,
    NoticeKind.WITHDRAWN: LetterKind.MONEY,
}
_MISSING = (NoticeKind.NO_MEETING, NoticeKind.DATE_MISSING)


class LetterLeft(GrantError):
    """A letter left at the moment at which something was to be added to it; try again."""


def day_key(person_id: int, on: date) -> str:
    """Return the key of the person's letter of the day."""
    return f"{LetterKind.TASKS}/{person_id}/{on.isoformat()}"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be made: which step at which due date, which rung, whom, and why.

    `apart` names the letter that carries it where that is not the person's letter of the day.
    """

    step_id: int
    grant_id: int
    step_version: int
    due_on: date
    rung: str
    kind: NoticeKind
    person_id: int
    reason: str
    position: int = 0
    instead_of_id: int | None = None
    detail: dict[str, object] = field(default_factory=dict)
    apart: str = ""

    def letter_key(self, on: date) -> str:
        """Return what makes the letter unique: the person's day, or the one decision or money matter of a day."""
        kind = self.letter_kind
        if self.apart:
            return f"{kind}/{self.person_id}/{on.isoformat()}/{self.apart}"
        if kind is LetterKind.TASKS:
            return day_key(self.person_id, on)
        return f"{kind}/{self.person_id}/{self.step_id}/{self.rung}/{on.isoformat()}"

    @property
    def letter_kind(self) -> LetterKind:
        """Which of the day's letters carries the notice."""
        return _LETTER_KINDS.get(self.kind, LetterKind.TASKS)


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
    """Return a notice that no ladder gives, about a step, or a row of one, as it is after so many more changes."""
    version = step.version + changes
    return NewNotice(
        step.id or 0, step.grant_id, version, due_on, rung, kind, person_id, reason or str(kind), **more
    )


def insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert the rows, leaving out those that a unique constraint says are there already."""
    connection.execute(_insert_new(connection.dialect.name, table), rows)


@cache
def _insert_new(dialect: str, table: Table) -> Insert:
    if dialect == "postgresql":
        # Imported where that is the database: it brings its drivers along.
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def _insert_letters(dialect: str) -> ReturningInsert[tuple[str, int]]:
    return _insert_new(dialect, _LETTER).returning(_LETTER.c.key, _LETTER.c.id)


def gone_letters(connection: Connection, keys: Iterable[str], *, lock: bool = True) -> set[str]:
    """Return which of the letters, by key, have begun to leave and cannot take another notice.

    Without `lock` it only looks, as a reading transaction may.
    """
    wanted = list(keys)
    if not wanted:
        return set()
    found = connection.execute(_LETTERS if lock else _SEEN, {"keys": wanted})
    return {row.key for row in found if row.status != LetterStatus.QUEUED or row.attempts}


def revoke_notices(connection: Connection, person_id: int, step_ids: Sequence[int], now: datetime) -> None:
    """Let letters to a person, or to who stood in for them, open these steps no more: they have another owner."""
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
) -> list[Happened]:
    """Insert the notices and their letters; return what happened, for the journal.

    The letters must not be among `gone_letters`. A notice that exists already is left out silently: the same
    morning twice is once.
    """
    made = _notices_to_make(connection, notices)
    quiet = _quiet_grants(connection, made)
    fresh = [notice for notice in made if may_tell(Start(notice.grant_id in quiet))]
    hear(connection, (notice for notice in made if notice.grant_id in quiet), None)
    if not fresh:
        return []
    letters = {notice.letter_key(letter_on): notice for notice in fresh}
    # In one order for everyone: who inserts the same letters waits, and never both.
    rows = [
        letter_row(notice.letter_kind, notice.person_id, key, letter_on, now) | {"next_attempt_at": leave_at}
        for key, notice in sorted(letters.items(), key=itemgetter(0))
    ]
    ids = _new_letters(connection, rows)
    if len(ids) < len(rows):
        ids = _waiting_letters(connection, list(letters))
    connection.execute(_NEW_NOTICES, [_notice_row(notice, ids, letter_on) for notice in fresh])
    hear(connection, fresh, letter_on)
    return [
        Happened(
            f"{notice.kind}_queued",
            notice.grant_id,
            notice.step_id,
            notice.person_id,
            {"rung": notice.rung, "letter": ids[notice.letter_key(letter_on)], "reason": str(notice.reason)},
        )
        for notice in fresh
    ]


def queue_in_turn(
    connection: Connection,
    notices: Sequence[NewNotice],
    calendar: WorkCalendar,
    today: date,
    now: datetime,
    *,
    hold: timedelta = timedelta(0),
) -> list[Happened]:
    """Queue each notice for the next letter that can take it; return what happened, for the journal.

    A letter of a day that has left takes nothing more: the notice goes with that of the next day on which people are
    told. A new letter leaves after the `hold`.
    """
    events: list[Happened] = []
    waiting, letter_on = notices, day_to_tell(today, calendar)
    while waiting:
        gone = gone_letters(connection, {notice.letter_key(letter_on) for notice in waiting})
        ready = [notice for notice in waiting if notice.letter_key(letter_on) not in gone]
        leave_at = leaves_at(now, today, letter_on) + hold
        try:
            events += queue_notices(connection, ready, letter_on=letter_on, now=now, leave_at=leave_at)
        except LetterLeft:
            continue  # look again: it is among the gone now
        waiting = [notice for notice in waiting if notice.letter_key(letter_on) in gone]
        letter_on = next_day_to_tell(letter_on, calendar)
    return events


def _new_letters(connection: Connection, rows: Sequence[dict[str, object]]) -> dict[str, int]:
    """Insert those of the letters that are not there yet, and return their ids by key."""
    insertion = _insert_letters(connection.dialect.name)
    return {row.key: row.id for row in connection.execute(insertion, rows)}


def _waiting_letters(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    """Return the letters' ids by key, locked; LetterLeft when one was made and sent by someone else just now."""
    found = connection.execute(_LETTERS, {"keys": keys}).all()
    if any(row.status != LetterStatus.QUEUED or row.attempts for row in found):
        raise LetterLeft()
    return {row.key: row.id for row in found}


def _identity(notice: NewNotice) -> tuple[int, date, str, int]:
    return notice.step_id, notice.due_on, notice.rung, notice.person_id


def _quiet_grants(connection: Connection, notices: Sequence[NewNotice]) -> set[int]:
    """Return the grants of the notices that are quiet: nobody is told of anything in them."""
    if not notices:
        return set()
    grants = {"ids": list({notice.grant_id for notice in notices})}
    return set(connection.execute(_QUIET, grants).scalars())


def _notices_to_make(connection: Connection, notices: Sequence[NewNotice]) -> list[NewNotice]:
    """Return the notices that are not made yet, each once: one person can stand for two.

    That a meeting or a date is missing was not told when it was there again before the letter left: should it be gone
    once more, it is told under a rung of its own.
    """
    asked = {"steps": list({notice.step_id for notice in notices})}
    dropped = {tuple(row[:4]): row.dropped_at is not None for row in connection.execute(_MADE, asked).all()}
    found: dict[tuple[int, date, str, int], NewNotice] = {}
    for notice in notices:
        while notice.kind in _MISSING and dropped.get(_identity(notice)):
            notice = replace(notice, rung=f"{notice.rung}-again")  # noqa: PLW2901
        if _identity(notice) not in dropped:
            found[_identity(notice)] = notice
    return list(found.values())


def _notice_row(notice: NewNotice, letter_ids: dict[str, int], letter_on: date) -> dict[str, object]:
    kept = {name: getattr(notice, name) for name in _KEPT}
    return {"letter_id": letter_ids[notice.letter_key(letter_on)], "told_on": letter_on, **kept}
