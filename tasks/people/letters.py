"""Find or make the one letter a day that carries a person's notices."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from sqlalchemy import Connection, bindparam, exists, select, update

from models.errors import GrantError
from models.facts.notice import NewNotice
from models.notice_kinds import AT_ONCE
from models.rules.notices.quiet_days import LETTER_HOLDS, ROUND_HOLDS
from models.tables.columns import table_of
from models.tables.letter import Letter, Notice
from models.vocabulary import NOTICE_LETTERS, LetterKind, LetterStatus
from tasks.people.letter_row import letter_row
from tasks.store.inserts import new_only
from tasks.store.queries import columns_of, shape_rows

_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_APART = "apart/"
_HAS_TASKS = exists().where(_NOTICE.c.letter_id == _LETTER.c.id, _NOTICE.c.kind.not_in(AT_ONCE))


class LetterLeft(GrantError):
    """A letter left just when something was to be added to it; try again."""


@dataclass(frozen=True, slots=True)
class DayLetter:
    """A letter of a person's day; one that `waits` takes another notice, one with tasks is the day's letter."""

    id: int
    person_id: int
    key: str
    kind: LetterKind
    queued_at: datetime
    next_attempt_at: datetime
    status: LetterStatus
    attempts: int
    has_tasks: bool

    @property
    def waits(self) -> bool:
        """Whether it has not begun to leave."""
        return self.status == LetterStatus.QUEUED and not self.attempts

    @property
    def is_apart(self) -> bool:
        """Whether it holds nothing else that its reader is told."""
        return self.key.startswith(_APART)


@dataclass(frozen=True, slots=True)
class Leaving:
    """The day of the letters, the moment, and when they leave; a round holds them until its end."""

    on: date
    now: datetime
    at: datetime
    in_round: bool = False

    @property
    def first_at(self) -> datetime:
        """When a letter made now leaves."""
        return self.latest_at if self.in_round else self.at + LETTER_HOLDS

    @property
    def latest_at(self) -> datetime:
        """The latest moment at which a letter that was added to leaves."""
        return self.at + ROUND_HOLDS

    def joined_at(self, letter: DayLetter) -> datetime:
        """When a waiting letter leaves after an addition: money or a decision is held once, for an hour."""
        if not self.in_round:
            return min(letter.next_attempt_at, self.latest_at)
        if letter.kind == LetterKind.TASKS:
            return self.latest_at
        return min(max(letter.next_attempt_at, letter.queued_at + ROUND_HOLDS), self.latest_at)


_SEEN = (
    select(*columns_of(DayLetter, _LETTER, has_tasks=(_LETTER.c.kind == LetterKind.TASKS) | _HAS_TASKS))
    .where(
        _LETTER.c.person_id.in_(bindparam("readers", expanding=True)),
        _LETTER.c.letter_on == bindparam("day"),
        _LETTER.c.kind.in_(NOTICE_LETTERS),
    )
    .order_by(_LETTER.c.id)
)
# FOR UPDATE keeps a deliverer from claiming a letter while a notice is added to it (SQLite has one writer).
_LOCKED = _SEEN.with_for_update(of=_LETTER, key_share=True)
_JOIN = (
    update(_LETTER)
    .where(_LETTER.c.id == bindparam("letter_id"))
    .values(kind=bindparam("new_kind"), next_attempt_at=bindparam("new_at"))
)


def find_told(
    connection: Connection, readers: Iterable[int], on: date, *, lock: bool = True
) -> Collection[int]:
    """Return the readers whose letter of the day has begun to leave and takes no more tasks.

    Without `lock` it only reads, as a reading transaction may.
    """
    by_reader = _day_letters(connection, readers, on, lock=lock)
    return {person_id for person_id, letters in by_reader.items() if _is_told(letters)}


def carry(connection: Connection, notices: Sequence[NewNotice], leaving: Leaving) -> list[int]:
    """Return the ids of the letters that carry the notices, one each; LetterLeft if one left just now.

    A person's notices go into the letter that waits for them, or into a new one together. The
    readers of tasks must not be among those of `find_told`.
    """
    there = _day_letters(connection, {notice.person_id for notice in notices}, leaving.on)
    waiting = {letter.key: letter for letters in there.values() for letter in letters if letter.waits}
    keys = [_key(notice, there[notice.person_id], leaving.on) for notice in notices]
    carried: dict[str, list[NewNotice]] = {key: [] for key in keys}
    for key, notice in zip(keys, notices, strict=True):
        carried[key].append(notice)
    _join(connection, [(waiting[key], those) for key, those in carried.items() if key in waiting], leaving)
    new = {key: those for key, those in carried.items() if key not in waiting}
    made = _make(connection, new, leaving)
    if len(made) < len(new):
        # Somebody else made one of them at the same moment: now it can be joined.
        return carry(connection, notices, leaving)
    return [made[key] if key in made else waiting[key].id for key in keys]


def _day_letters(
    connection: Connection, readers: Iterable[int], on: date, *, lock: bool = True
) -> dict[int, list[DayLetter]]:
    by_reader: dict[int, list[DayLetter]] = {person_id: [] for person_id in readers}
    if by_reader:
        rows = connection.execute(_LOCKED if lock else _SEEN, {"readers": list(by_reader), "day": on})
        for letter in shape_rows(DayLetter, rows):
            by_reader[letter.person_id].append(letter)
    return by_reader


def _is_told(letters: Sequence[DayLetter]) -> bool:
    return any(letter.has_tasks and not letter.waits and not letter.is_apart for letter in letters)


def _key(notice: NewNotice, letters: Sequence[DayLetter], on: date) -> str:
    """Return the key of the letter that takes the notice: the day's first that waits, or the next new one.

    Letters of a person's day are numbered: two that make the same letter at the same moment meet in
    one row.
    """
    of = f"{notice.person_id}/{on.isoformat()}"
    gone = {letter.key for letter in letters if not letter.waits}
    if notice.apart:
        key = f"{_APART}{of}/{notice.apart}"
        if key in gone:
            raise LetterLeft()
        return key
    if notice.kind not in AT_ONCE and _is_told(letters):
        raise LetterLeft()
    waiting = [letter for letter in letters if letter.waits and not letter.is_apart]
    if waiting:
        return max(waiting, key=lambda letter: letter.has_tasks).key
    return next(key for number in count(1) if (key := f"{of}/{number}") not in gone)


def _kind(notices: Iterable[NewNotice], *others: LetterKind) -> LetterKind:
    """Return the kind of a letter with these notices: that of the gravest."""
    kinds = (AT_ONCE.get(notice.kind, LetterKind.TASKS) for notice in notices)
    return max((*kinds, *others), key=NOTICE_LETTERS.index)


def _join(
    connection: Connection, joined: Iterable[tuple[DayLetter, Sequence[NewNotice]]], leaving: Leaving
) -> None:
    """Set the kind of waiting letters by what is added to them, and let them leave in time for it."""
    changes = []
    for letter, notices in joined:
        kind = _kind(notices, letter.kind)
        at = leaving.joined_at(letter)
        if (kind, at) != (letter.kind, letter.next_attempt_at):
            changes.append({"letter_id": letter.id, "new_kind": kind, "new_at": at})
    if changes:
        connection.execute(_JOIN, changes)


def _make(
    connection: Connection, carried: Mapping[str, Sequence[NewNotice]], leaving: Leaving
) -> dict[str, int]:
    """Insert the letters, and return their ids by key, without those that somebody else made just now."""
    if not carried:
        return {}
    # Everyone inserts in the same order: one may wait for another, but never both.
    rows = []
    for key, notices in sorted(carried.items()):
        row = letter_row(_kind(notices), notices[0].person_id, key, leaving.on, leaving.now)
        # What is kept apart is about what is late already.
        row["next_attempt_at"] = leaving.at if notices[0].apart else leaving.first_at
        rows.append(row)
    insertion = new_only(connection.dialect.name, _LETTER).returning(_LETTER.c.key, _LETTER.c.id)
    return {row.key: row.id for row in connection.execute(insertion, rows)}
