"""Say which letters are due, when the next one is, and how many are in another delivery's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, exists, func, literal_column, or_, select

from models.tables.columns import table_of
from models.tables.letter import Letter
from models.tables.person import Person
from tasks.store.rows import columns_of, shape_rows

_LETTER, _PERSON = table_of(Letter), table_of(Person)
# Written out, not bound: SQLite uses a partial index only where it can read the index's condition.
QUEUED = _LETTER.c.status == literal_column("'queued'")
UNCONFIRMED = _LETTER.c.status == literal_column("'unconfirmed'")
LEASED = _LETTER.c.status.in_([literal_column("'claimed'"), literal_column("'handing_over'")])
# What holds for a letter that waits to leave now, and for one that waits to go once more.
DUE_NOW = (
    QUEUED & (_LETTER.c.next_attempt_at <= bindparam("now")),
    UNCONFIRMED & (_LETTER.c.repeat_at <= bindparam("now")),
)
# Made once: on a quiet morning making them would take longer than asking them.
_ANY_DUE = select(or_(*(exists().where(one) for one in DUE_NOW)))
_NEXT = select(
    select(func.min(_LETTER.c.next_attempt_at)).where(QUEUED).scalar_subquery(),
    select(func.min(_LETTER.c.repeat_at))
    .where(UNCONFIRMED & _LETTER.c.repeat_at.is_not(None))
    .scalar_subquery(),
)
_LEASED_COUNT = select(func.count()).where(LEASED)


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter that leaves, or goes once more: its number, its reader's address, its day, and its state."""

    id: int
    email: str
    letter_on: date
    status: str


def list_waiting(connection: Connection) -> list[WaitingLetter]:
    """Return every letter that is to leave, sooner or later."""
    waits = or_(QUEUED, LEASED, UNCONFIRMED & _LETTER.c.repeat_at.is_not(None))
    letters = select(*columns_of(WaitingLetter, _LETTER, _PERSON))
    joined = letters.join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
    return shape_rows(WaitingLetter, connection.execute(joined.where(waits).order_by(_LETTER.c.id)))


def has_due_letters(connection: Connection, now: datetime) -> bool:
    """Return whether a letter waits to leave now."""
    return bool(connection.execute(_ANY_DUE, {"now": now}).scalar_one())


def next_letter_at(connection: Connection) -> datetime | None:
    """Return when the next letter may leave, or go once more; None when none waits."""
    return min((at for at in connection.execute(_NEXT).one() if at is not None), default=None)


def count_leased(connection: Connection) -> int:
    """Return how many letters some delivery holds: one that is at work, or one that died not two minutes ago."""
    return int(connection.execute(_LEASED_COUNT).scalar_one())
