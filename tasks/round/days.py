"""The day of a round: whether it is a working day, begin it, count it, complete it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    Engine,
    RowMapping,
    bindparam,
    case,
    exists,
    select,
    update,
)

from models.errors import BadInput
from models.message import Message
from models.rules.dates.calendar import offices_in
from models.rules.notices.quiet_days import LETTER_HOLDS, is_silent
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.letter import Letter
from models.vocabulary import LEASED, NOTICE_LETTERS
from tasks.outbox.queue import IS_QUEUED
from tasks.settings import DEFAULT_COUNTRY
from tasks.store.database import transaction
from tasks.store.inserts import insert_new
from tasks.store.queries import EVERY, Batch, GrantSelection
from tasks.store.round_counts import count, counting


class Rounds(Message):
    """Why there is no round."""

    TO_COME = (
        "%(day)s lies in the future, and its letters would leave today; 'grants round --dry-run' shows them"
    )


def require_come(on: date, today: date) -> None:
    """Raise BadInput for a round of a day in the future."""
    if on > today:
        raise BadInput(Rounds.TO_COME(day=on))


@dataclass(frozen=True, slots=True)
class RoundDay:
    """The day of a round, its moment, its grant or batch if not all grants, and the country.

    With Prefect, parts may run on other machines: `database_id` says for which database.
    `after_event` is the number of the journal's last event before the round.
    """

    on: date
    now: datetime
    grant: str | None = None
    country: str = DEFAULT_COUNTRY
    batch: Batch = EVERY
    database_id: str = ""
    after_event: int = 0

    @property
    def part(self) -> GrantSelection:
        """The grants of the round."""
        return GrantSelection(self.grant, self.batch)


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a part of a round: steps, letters and figures; `told` are notices without a ladder.

    `unready` are grants whose final report is not ready, `settled` those whose gates moved,
    `silent` the sources that gave no figures. `unfed` counts failed steps that only miss figures.
    `undone` are verbs that failed as a whole.
    """

    due: int = 0
    reminded: int = 0
    escalated: int = 0
    told: int = 0
    letters: int = 0
    failed: int = 0
    gathered: int = 0
    unready: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    unfed: int = 0
    undone: tuple[str, ...] = ()

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        names = [field.name for field in fields(self) if field.name != "silent"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Counts(**sums, silent=self.silent | other.silent)

    @property
    def silence(self) -> str:
        """How many steps miss figures, and from which sources, as the end of a line; empty if none."""
        return f"; {self.unfed} without figures from {', '.join(sorted(self.silent))}" if self.silent else ""

    @property
    def broken(self) -> int:
        """How many steps failed; a step that only misses its figures is not among them."""
        return self.failed - self.unfed

    def __str__(self) -> str:
        """One line for a run list."""
        more = f", {self.told} told of something else" if self.told else ""
        return f"{self.due} due, {self.reminded} reminded, {self.escalated} escalated{more}, {self.broken} failed"


def is_day_off(on: date, country: str = DEFAULT_COUNTRY) -> bool:
    """Return whether the office is closed on the day, so that no round is done."""
    return is_silent(on, offices_in(country))


_ROUND = table_of(DayRound)
_LETTER = table_of(Letter)
_EARLIER = _LETTER.alias("earlier")
# Its reader got another letter a moment ago, or is getting it now.
_JUST_WRITTEN = exists().where(
    _EARLIER.c.person_id == _LETTER.c.person_id,
    _EARLIER.c.letter_on == _LETTER.c.letter_on,
    _EARLIER.c.kind.in_(NOTICE_LETTERS),
    _EARLIER.c.status.in_(LEASED) | (_EARLIER.c.ended_at > bindparam("lately")),
)
# `tasks.store.round_counts` counts these where they are written.
_WRITTEN = ("due", "reminded", "escalated", "told", "letters")
# In the order in which everybody locks.
_WAITING = (
    select(_LETTER.c.id)
    .where(
        IS_QUEUED,
        _LETTER.c.kind.in_(NOTICE_LETTERS),
        _LETTER.c.letter_on <= bindparam("on"),
        _LETTER.c.attempts == 0,
        _LETTER.c.next_attempt_at > bindparam("now"),
    )
    .order_by(_LETTER.c.id + 0)  # a sum, so that SQLite does not read the whole table for its order
    .with_for_update(key_share=True)
    .correlate(None)
)
_LEAVING = (
    update(_LETTER)
    .where(_LETTER.c.id.in_(_WAITING))
    .values(next_attempt_at=case((_JUST_WRITTEN, bindparam("later")), else_=bindparam("now")))
)
_OF_THE_DAY = select(_ROUND).where(_ROUND.c.on == bindparam("day"))
_COMPLETED = (
    update(_ROUND)
    .where(_ROUND.c.on == bindparam("day"))
    .values({name: bindparam(f"new_{name}") for name in ("failed", "completed_at")})
)


def begin_round(engine: Engine, day: RoundDay) -> Counts:
    """Note that the day's round has begun; a second beginning changes nothing.

    Returns the counts of earlier rounds of the day if one was completed; the counts of an
    interrupted one belong to this round.
    """
    with transaction(engine) as connection:
        zeros = dict.fromkeys((*_WRITTEN, "failed"), 0)
        insert_new(connection, _ROUND, [{"on": day.on, "began_at": day.now, **zeros}])
        row = connection.execute(_OF_THE_DAY, {"day": day.on}).mappings().one()
        return _written(row) if row["completed_at"] is not None else Counts()


def _written(row: RowMapping) -> Counts:
    return Counts(**{name: row[name] for name in _WRITTEN})


def counted_engine(engine: Engine, day: RoundDay) -> Engine:
    """Return the engine; in a round of all grants its transactions count into the day's row.

    A repeated part counts only what was left; the day's row counts the whole.
    """
    return counting(engine, day.on) if day.grant is None else engine


def complete_round(engine: Engine, day: RoundDay, done: Counts, before: Counts = Counts()) -> Counts:
    """Mark the day's round completed, and return its counts: all that was written since those `before`.

    `failed` counts this run alone: a run later in the day looks at the same steps again. Two rounds
    at the same time both report their sum: the day's row counts it once.
    """
    with transaction(engine) as connection:
        row = connection.execute(_OF_THE_DAY, {"day": day.on}).mappings().first()
        if row is None:
            return done  # a dry run: its beginning is undone
        written = _written(row)
        whole = {name: getattr(written, name) - getattr(before, name) for name in _WRITTEN}
        if row["completed_at"] is None or any(whole.values()) or row["failed"] != done.failed:
            new = {"new_failed": done.failed, "new_completed_at": day.now}
            connection.execute(_COMPLETED, {"day": day.on, **new})
        return replace(done, **whole)


def is_completed(connection: Connection, on: date) -> bool:
    """Return whether the day's round has run."""
    row = connection.execute(_OF_THE_DAY, {"day": on}).first()
    return row is not None and row.completed_at is not None


def let_letters_leave(engine: Engine, on: date, now: datetime) -> int:
    """Let the day's waiting letters leave now, or a minute after another to the same reader; return how many."""
    times = {"now": now, "lately": now - LETTER_HOLDS, "later": now + LETTER_HOLDS}
    with transaction(engine) as connection:
        leaving = connection.execute(_LEAVING, {"on": on, **times}).rowcount
        count(connection, letters=leaving)
        return leaving
