"""See whom a dry round would tell of what, in its transactions before they are undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine, bindparam, func, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import LetterKind, NoticeKind
from tasks.store.database import dry_run, reading

_GRANT, _STEP, _PERSON = table_of(Grant), table_of(Step), table_of(Person)
_LETTER, _NOTICE = table_of(Letter), table_of(Notice)
_LAST = select(func.coalesce(func.max(_NOTICE.c.id), 0))
_NEW = (
    select(
        _PERSON.c.email,
        _NOTICE.c.due_on,
        _GRANT.c.reference,
        _STEP.c.key.label("step"),
        _NOTICE.c.rung,
        _NOTICE.c.kind,
        _LETTER.c.key.label("letter"),
        # What leaves at once is no letter of the round's, which it holds until it is through.
        ((_LETTER.c.kind == LetterKind.TASKS) & (_LETTER.c.next_attempt_at > bindparam("now"))).label("held"),
    )
    .join_from(_NOTICE, _LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .join(_PERSON, _PERSON.c.id == _NOTICE.c.person_id)
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_NOTICE.c.id > bindparam("last"))
)


@dataclass(frozen=True, slots=True, order=True)
class WouldTell:
    """Whom a round would tell of which grant's step, due when, and at which rung or of what that happened."""

    person: str  # the address
    due_on: date
    grant: str
    step: str
    rung: str
    kind: NoticeKind


@dataclass(slots=True)
class DryRound:
    """A database on which a round is tried at a moment, and the notices and letters that came of it."""

    engine: Engine
    now: datetime
    told: set[WouldTell] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)  # the keys of those that leave when the round is through
    _last: int = 0

    def tried(self) -> Engine:
        """Return the engine to run the round on."""
        with reading(self.engine) as connection:
            self._last = connection.execute(_LAST).scalar_one()
        return dry_run(self.engine, self._look)

    def _look(self, connection: Connection) -> None:
        for row in connection.execute(_NEW, {"last": self._last, "now": self.now}):
            self.told.add(WouldTell(row.email, row.due_on, row.reference, row.step, row.rung, row.kind))
            if row.held:
                self.letters.add(row.letter)
