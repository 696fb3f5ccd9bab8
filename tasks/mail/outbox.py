"""Claim letters from the outbox under a lease, and give them back."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from models.rules.delivery.retry import LetterFacts
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.vocabulary import LetterKind, LetterStatus

# How long a deliverer may keep a letter that it has not begun to hand over.
CLAIM_LEASE = timedelta(minutes=5)

_LETTER = table_of(Letter)
# Written out, not bound: SQLite uses a partial index only where it can read the index's condition.
_QUEUED = _LETTER.c.status == literal_column("'queued'")
_UNCONFIRMED = _LETTER.c.status == literal_column("'unconfirmed'")
# What holds for a letter that waits to leave now, and for one that waits to go once more.
DUE_NOW = (
    _QUEUED & (_LETTER.c.next_attempt_at <= bindparam("now")),
    _UNCONFIRMED & (_LETTER.c.repeat_at <= bindparam("now")),
)
# These are made once, since making them takes longer than asking: they are asked for with every delivery, or with
# every group of marks.
_ANY_DUE = select(or_(*(exists().where(one) for one in DUE_NOW)))
_WAITING = select(
    select(func.min(_LETTER.c.next_attempt_at)).where(_QUEUED).scalar_subquery(),
    select(func.min(_LETTER.c.repeat_at))
    .where(_UNCONFIRMED, _LETTER.c.repeat_at.is_not(None))
    .scalar_subquery(),
)
_HELD = (
    select(_LETTER.c.id, _LETTER.c.claim_key, _LETTER.c.status)
    .where(_LETTER.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_LETTER.c.id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter that this deliverer holds; every later change of its row asks for the same `claim_key`.

    `content` is set on a letter that is `repeating`: it leaves with the same bytes as before.
    """

    id: int
    claim_key: str
    kind: LetterKind
    person_id: int
    message_id: str
    queued_at: datetime
    attempts: int
    render_failures: int
    repeating: bool
    content: bytes | None = None

    def facts(self, attempts: int) -> LetterFacts:
        """Return what the rules need to know once there have been `attempts` handovers."""
        spread = zlib.crc32(f"{self.message_id} {attempts}".encode()) / 2**32
        return LetterFacts(self.kind, self.queued_at, attempts, self.repeating, spread)


def has_due_letters(connection: Connection, now: datetime) -> bool:
    """Return whether a letter waits to leave now."""
    return bool(connection.execute(_ANY_DUE, {"now": now}).scalar_one())


def next_letter_at(connection: Connection) -> datetime | None:
    """Return when the next letter may leave, or go once more; None when none waits."""
    return min((at for at in connection.execute(_WAITING).one() if at is not None), default=None)


def claim_letters(connection: Connection, now: datetime, limit: int) -> list[ClaimedLetter]:
    """Claim up to `limit` letters that are due, for CLAIM_LEASE, the longest waiting first.

    Two deliverers at once never claim the same: SQLite has one writer, PostgreSQL skips rows that are locked.
    """
    rows = _claim(connection, _CLAIM_REPEATED, now, limit)
    if len(rows) < limit:
        rows += _claim(connection, _CLAIM_QUEUED, now, limit - len(rows))
    return rows


def _claiming(due: ColumnElement[bool], since: ColumnElement[Any]) -> ReturningUpdate[*tuple[Any, ...]]:
    # Materialised, so that PostgreSQL chooses once: a plan that ran the choice again would lock too many.
    chosen = (
        select(_LETTER.c.id)
        .where(due)
        .order_by(since, _LETTER.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        update(_LETTER)
        .where(_LETTER.c.id.in_(select(chosen.c.id)))
        .values(
            status=LetterStatus.CLAIMED,
            claim_key=bindparam("held_by"),
            lease_until_at=bindparam("until"),
        )
        .returning(
            _LETTER.c.id,
            _LETTER.c.kind,
            _LETTER.c.person_id,
            _LETTER.c.message_id,
            _LETTER.c.queued_at,
            _LETTER.c.next_attempt_at,
            _LETTER.c.attempts,
            _LETTER.c.render_failures,
            _LETTER.c.repeat_at,
            case((_LETTER.c.repeat_at.is_not(None), _LETTER.c.content)).label("content"),
        )
    )


_CLAIM_QUEUED = _claiming(DUE_NOW[0], _LETTER.c.next_attempt_at)
_CLAIM_REPEATED = _claiming(DUE_NOW[1], _LETTER.c.repeat_at)


def _claim(
    connection: Connection, claim: ReturningUpdate[*tuple[Any, ...]], now: datetime, limit: int
) -> list[ClaimedLetter]:
    key = secrets.token_hex(16)
    given = {"now": now, "most": limit, "held_by": key, "until": now + CLAIM_LEASE}
    found = connection.execute(claim, given)
    rows = sorted(found, key=lambda row: (row.repeat_at or row.next_attempt_at, row.id))
    return [
        ClaimedLetter(
            row.id,
            key,
            LetterKind(row.kind),
            row.person_id,
            row.message_id,
            row.queued_at,
            row.attempts,
            row.render_failures,
            row.repeat_at is not None,
            row.content,
        )
        for row in rows
    ]


def give_back(connection: Connection, letters: Iterable[ClaimedLetter]) -> int:
    """Let go of claimed letters of which nothing has left, as they were; return how many were still held.

    Some may be marked as being handed over: the server was ready for them, and did not get them.
    """
    give = (
        update(_LETTER)
        .where(
            _LETTER.c.id == bindparam("letter_id"),
            _LETTER.c.claim_key == bindparam("held_by"),
        )
        .values(
            status=case((_LETTER.c.repeat_at.is_(None), LetterStatus.QUEUED), else_=LetterStatus.UNCONFIRMED),
            claim_key=None,
            lease_until_at=None,
            handed_at=None,
        )
    )
    held = [{"letter_id": letter.id, "held_by": letter.claim_key} for letter in letters]
    return connection.execute(give, held).rowcount if held else 0


def held_ids(connection: Connection, letters: Iterable[ClaimedLetter]) -> dict[int, LetterStatus]:
    """Return which of the letters are still held, and their states; the rows are locked until the commit."""
    keys = {letter.id: letter.claim_key for letter in letters}
    if not keys:
        return {}
    found = connection.execute(_HELD, {"ids": list(keys)})
    return {row.id: LetterStatus(row.status) for row in found if row.claim_key == keys[row.id]}
