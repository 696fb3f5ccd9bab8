"""Show whom a dry round would tell of what, before its transactions are undone."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from models.facts.worded_letter import Outcome
from models.rules.round_times import ROUND_HOURS
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import NOTICE_LETTERS, LetterKind, LetterStatus, NoticeKind
from tasks.outbox.render import render_letters
from tasks.round.days import RoundDay, is_day_off
from tasks.round.phases import run_round
from tasks.settings import Settings
from tasks.store.database import dry_run, reading, transaction
from tasks.store.queries import shape_rows

_GRANT = table_of(Grant)
_STEP = table_of(Step)
_PERSON = table_of(Person)
_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_LAST = select(func.coalesce(func.max(_NOTICE.c.id), 0))
_NEW = (
    select(
        _PERSON.c.email.label("person"),
        _NOTICE.c.due_on,
        _GRANT.c.reference.label("grant"),
        _STEP.c.key.label("step"),
        _NOTICE.c.rung,
        _NOTICE.c.kind,
        _LETTER.c.key.label("letter"),
        # A letter that is due already leaves by itself; the others wait for the round's end.
        (_LETTER.c.next_attempt_at > bindparam("now")).label("held"),
    )
    .join_from(_NOTICE, _LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
    .join(_PERSON, _PERSON.c.id == _NOTICE.c.person_id)
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_NOTICE.c.id > bindparam("last"))
)
_NOTICES = select(_NOTICE).where(_NOTICE.c.id > bindparam("last"))
_LAST_LETTER = select(func.coalesce(func.max(_LETTER.c.id), 0))
_WEEKLY = select(_LETTER).where(_LETTER.c.kind == LetterKind.WEEK, _LETTER.c.id > bindparam("last"))
_LETTERS = select(_LETTER).where(_LETTER.c.id.in_(bindparam("ids", expanding=True)))
# A letter about several grants has a row for each.
_WAITING = (
    select(_LETTER.c.key, _LETTER.c.id, _GRANT.c.reference)
    .join_from(_LETTER, _NOTICE, _NOTICE.c.letter_id == _LETTER.c.id)
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(
        _LETTER.c.status == LetterStatus.QUEUED,
        _LETTER.c.kind.in_(NOTICE_LETTERS),
        _LETTER.c.letter_on == bindparam("day"),
    )
)


@dataclass(frozen=True, slots=True, order=True)
class WouldTell:
    """Whom a round would tell, of which step of which grant, its due date, and the rung or event."""

    person: str  # the address
    due_on: date
    grant: str
    step: str
    rung: str
    kind: NoticeKind


@dataclass(slots=True)
class DryRound:
    """A database on which a round is tried at a moment, with the resulting notices and letters."""

    engine: Engine
    now: datetime
    told: set[WouldTell] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)  # the keys of those that leave at the end of the round
    _last: int = 0
    _last_letter: int = 0
    # The rows of the letters by their keys, and of the notices by their letter's and their own keys.
    _letters: dict[str, dict[str, object]] = field(default_factory=dict)
    _notices: dict[tuple[str, int, date, str, int], dict[str, object]] = field(default_factory=dict)

    def tried(self) -> Engine:
        """Return the engine to run the round on."""
        with reading(self.engine) as connection:
            self._last = connection.execute(_LAST).scalar_one()
            self._last_letter = connection.execute(_LAST_LETTER).scalar_one()
        return dry_run(self.engine, self._look)

    def _look(self, connection: Connection) -> None:
        rows = connection.execute(_NEW, {"last": self._last, "now": self.now}).all()
        self.told.update(shape_rows(WouldTell, rows))
        self.letters.update(row.letter for row in rows if row.held)
        self._keep_rows(connection)

    def _keep_rows(self, connection: Connection) -> None:
        rows = [dict(row) for row in connection.execute(_NOTICES, {"last": self._last}).mappings()]
        ids = {"ids": list({row["letter_id"] for row in rows})}
        letters = {row["id"]: dict(row) for row in connection.execute(_LETTERS, ids).mappings()}
        for row in rows:
            letter = letters[row["letter_id"]]
            self._letters[letter["key"]] = letter
            of = (letter["key"], row["step_id"], row["due_on"], row["rung"], row["person_id"])
            self._notices[of] = row
        for weekly in connection.execute(_WEEKLY, {"last": self._last_letter}).mappings():
            self.letters.add(weekly["key"])
            self._letters[weekly["key"]] = dict(weekly)

    def written(self, day: date, settings: Settings, grant: str | None = None) -> list[Outcome]:
        """Return the day's letters whole, as they would leave, with those that wait already for that day.

        With `grant` only letters about it.
        """
        with transaction(dry_run(self.engine)) as connection:
            waiting = connection.execute(_WAITING, {"day": day}).all()
            ids = {row.key: row.id for row in waiting}
            shown = {row.key for row in waiting if grant is None or row.reference == grant}
            for key in sorted(self._letters.keys() - ids):
                row = {name: value for name, value in self._letters[key].items() if name != "id"}
                ids[key] = connection.execute(insert(_LETTER).returning(_LETTER.c.id), row).scalar_one()
            rows = [
                {name: value for name, value in row.items() if name != "id"} | {"letter_id": ids[key]}
                for (key, *_), row in self._notices.items()
            ]
            if rows:
                connection.execute(insert(_NOTICE), rows)
            shown |= self._letters.keys()
            return render_letters(connection, sorted(ids[key] for key in shown), settings, self.now)


def letters_of_day(
    engine: Engine, day: date, settings: Settings, grant: str | None = None
) -> list[Outcome] | None:
    """Return the letters that the day's round would send, of all grants or one; None on a day off.

    Letters that rounds before that day would send are included.
    """
    if is_day_off(day, settings.country):
        return None
    now = datetime.combine(day, time(ROUND_HOURS[0]), tzinfo=settings.zone).astimezone(UTC)
    dry = DryRound(engine, now)
    run_round(dry.tried(), RoundDay(day, now, grant, settings.country))
    return dry.written(day, settings, grant)
