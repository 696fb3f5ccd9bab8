"""List the letters that are due, claim them under a lease, renew it, and give letters back."""

import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from models.rules.delivery.retry import DeliveryFacts
from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Person
from models.vocabulary import LEASED, LetterKind, LetterStatus
from tasks.store.lateness import written_out
from tasks.store.queries import columns_of, shape_rows

_LETTER = table_of(Letter)
_PERSON = table_of(Person)
IS_QUEUED = _LETTER.c.status == written_out(LetterStatus.QUEUED)
IS_UNCONFIRMED = _LETTER.c.status == written_out(LetterStatus.UNCONFIRMED)
IS_CAPTURED = _LETTER.c.status == written_out(LetterStatus.CAPTURED)
IS_LEASED = _LETTER.c.status.in_([written_out(status) for status in LEASED])
# The conditions for a letter that can leave now, and for one that can be repeated now.
DUE_NOW = (
    IS_QUEUED & (_LETTER.c.next_attempt_at <= bindparam("now")),
    IS_UNCONFIRMED & (_LETTER.c.repeat_at <= bindparam("now")),
)
_ANY_DUE = select(or_(*(exists().where(condition) for condition in DUE_NOW)))
_NEXT = select(
    select(func.min(_LETTER.c.next_attempt_at)).where(IS_QUEUED).scalar_subquery(),
    select(func.min(_LETTER.c.repeat_at))
    .where(IS_UNCONFIRMED & _LETTER.c.repeat_at.is_not(None))
    .scalar_subquery(),
)
_LEASED_COUNT = select(func.count()).where(IS_LEASED)


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter that leaves, or is repeated: its number, its reader's address, its day, and its state."""

    id: int
    email: str
    letter_on: date
    status: str


def list_waiting(connection: Connection) -> list[WaitingLetter]:
    """Return every letter that will leave sooner or later."""
    waits = or_(IS_QUEUED, IS_LEASED, IS_UNCONFIRMED & _LETTER.c.repeat_at.is_not(None))
    letters = select(*columns_of(WaitingLetter, _LETTER, _PERSON))
    joined = letters.join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    return shape_rows(WaitingLetter, connection.execute(joined.where(waits).order_by(_LETTER.c.id)))


def has_due_letters(connection: Connection, now: datetime) -> bool:
    """Return whether a letter waits to leave now."""
    return bool(connection.execute(_ANY_DUE, {"now": now}).scalar_one())


def next_letter_at(connection: Connection) -> datetime | None:
    """Return when the next letter may leave or be repeated; None if no letter waits."""
    return min((at for at in connection.execute(_NEXT).one() if at is not None), default=None)


def count_leased(connection: Connection) -> int:
    """Return how many letters some delivery holds: one that is running, or died within two minutes."""
    return int(connection.execute(_LEASED_COUNT).scalar_one())


# How long a delivery may hold a letter without a sign of life: it renews its leases long before.
LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A letter that this delivery holds; every later change of its row asks for the same `claim_key`.

    `content` is set on a letter that is `repeating`: it leaves with the same bytes as before.
    """

    id: int
    claim_key: str | None
    kind: LetterKind
    person_id: int
    message_id: str
    queued_at: datetime
    next_attempt_at: datetime
    attempts: int
    render_failures: int
    repeat_at: datetime | None
    content: bytes | None

    @property
    def repeating(self) -> bool:
        """Whether it was handed over before, and may have arrived."""
        return self.repeat_at is not None

    def facts(self, attempts: int) -> DeliveryFacts:
        """Return the facts for the rules, after `attempts` handovers."""
        spread = zlib.crc32(f"{self.message_id} {attempts}".encode()) / 2**32
        return DeliveryFacts(self.kind, self.queued_at, attempts, self.repeating, spread)


def claim_letters(connection: Connection, now: datetime, limit: int) -> list[ClaimedLetter]:
    """Claim up to `limit` due letters, for LEASE, the longest waiting first.

    Two deliveries at once never claim the same letter: SQLite has one writer, and PostgreSQL skips
    locked rows.
    """
    rows = _claim(connection, _CLAIM_REPEATED, now, limit)
    if len(rows) < limit:
        rows += _claim(connection, _CLAIM_QUEUED, now, limit - len(rows))
    return rows


def _claiming(due: ColumnElement[bool], since: ColumnElement[object]) -> ReturningUpdate[*tuple[object, ...]]:
    # Materialised, so that PostgreSQL chooses once: a plan that chose again would lock too many.
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
            *columns_of(
                ClaimedLetter,
                _LETTER,
                content=case((_LETTER.c.repeat_at.is_not(None), _LETTER.c.content)),
            )
        )
    )


_CLAIM_QUEUED = _claiming(DUE_NOW[0], _LETTER.c.next_attempt_at)
_CLAIM_REPEATED = _claiming(DUE_NOW[1], _LETTER.c.repeat_at)


def _claim(
    connection: Connection, claim: ReturningUpdate[*tuple[object, ...]], now: datetime, limit: int
) -> list[ClaimedLetter]:
    given = {"now": now, "most": limit, "held_by": secrets.token_hex(16), "until": now + LEASE}
    letters = shape_rows(ClaimedLetter, connection.execute(claim, given))
    return sorted(letters, key=lambda letter: (letter.repeat_at or letter.next_attempt_at, letter.id))


def give_back(connection: Connection, letters: Iterable[ClaimedLetter]) -> int:
    """Give back claimed letters of which no byte has left; return how many were still held.

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
    in_order = sorted(letters, key=lambda letter: letter.id)
    held = [{"letter_id": letter.id, "held_by": letter.claim_key} for letter in in_order]
    return connection.execute(give, held).rowcount if held else 0


def renew_leases(connection: Connection, letters: Iterable[ClaimedLetter], now: datetime) -> None:
    """Hold on to the letters for another LEASE, whether or not they are being handed over."""
    held = held_ids(connection, letters)
    connection.execute(update(_LETTER).where(_LETTER.c.id.in_(held)).values(lease_until_at=now + LEASE))


# Everybody locks letters in the order of their ids, and writes the journal after that: no deadlock.
_HELD = (
    select(_LETTER.c.id, _LETTER.c.claim_key, _LETTER.c.status)
    .where(_LETTER.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_LETTER.c.id)
    .with_for_update()
)


def held_ids(connection: Connection, letters: Iterable[ClaimedLetter]) -> dict[int, LetterStatus]:
    """Return which of the letters are still held, and their states; the rows stay locked until the commit."""
    keys = {letter.id: letter.claim_key for letter in letters}
    if not keys:
        return {}
    rows = connection.execute(_HELD, {"ids": list(keys)})
    return {row.id: LetterStatus(row.status) for row in rows if row.claim_key == keys[row.id]}
