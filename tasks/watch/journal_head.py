"""Keep the journal's head outside the database, and hold letters while the journal does not have it."""

import re
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from models.commands.clock import Clock
from models.errors import BadInput, LettersHeld
from models.events import OfficeEvent
from models.rules.watch.finding_words import Watched
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from tasks.commands.at_work.lookup import find_person
from tasks.store.database import reading, unit_of_work
from tasks.store.journal import Event, write_journal
from tasks.watch.whole_files import write_whole

_HEAD = "journal-head"
_EVENT = table_of(JournalEvent)
_LINE = re.compile("([0-9]{1,18}) ([0-9a-f]{64})")  # a number that a database takes


@dataclass(frozen=True, slots=True)
class Head:
    """The journal's last event at a time, and its hash, which covers every event before it."""

    event_id: int
    sha256: str

    def __str__(self) -> str:
        """Return it as its file and its mail show it."""
        return f"{self.event_id} {self.sha256}"


def journal_head(connection: Connection) -> Head | None:
    """Return the journal's last event; None for an empty journal."""
    last = select(_EVENT.c.id, _EVENT.c.sha256).order_by(_EVENT.c.id.desc()).limit(1)
    row = connection.execute(last).first()
    return Head(row.id, row.sha256) if row else None


def continues(connection: Connection, head: Head) -> bool:
    """Return whether the journal still has the head's event with the same hash."""
    of_event = select(_EVENT.c.sha256).where(_EVENT.c.id == head.event_id)
    return connection.execute(of_event).scalar() == head.sha256


def find_head(connection: Connection, sha256: str) -> Head | None:
    """Return the event with that hash; None if the journal has none."""
    row = connection.execute(select(_EVENT.c.id, _EVENT.c.sha256).where(_EVENT.c.sha256 == sha256)).first()
    return Head(row.id, row.sha256) if row else None


def kept_head(home: Path) -> Head | None:
    """Return the head that the last watch kept in the home; None without one. Raises BadInput."""
    path = home / _HEAD
    return read_head(path) if path.exists() else None


def keep_head(home: Path, head: Head) -> None:
    """Write the head into the home, for the next watch and for the backup."""
    write_whole(home / _HEAD, f"{head}\n")


def read_head(path: Path) -> Head:
    """Return the head in a file; BadInput for another file."""
    match = _LINE.fullmatch(path.read_text(encoding="utf-8", errors="replace").strip())
    if match is None:
        raise BadInput(Watched.NO_HEAD(path=path))
    return Head(int(match[1]), match[2])


def find_lost_head(engine: Engine, home: Path) -> Head | None:
    """Return the head that the home keeps, if the journal does not go on from it; None if it does."""
    head = kept_head(home)
    if head is None:
        return None
    with reading(engine) as connection:
        return None if continues(connection, head) else head


def require_head(engine: Engine, home: Path) -> None:
    """Raise LettersHeld if the journal does not go on from the kept head: the database is an earlier one.

    A restored backup does not know which letters have left since.
    """
    if lost := find_lost_head(engine, home):
        raise LettersHeld(Watched.HELD_BACK(number=lost.event_id))


def confirm_restore(engine: Engine, home: Path, by_email: str, clock: Clock) -> None:
    """Note that somebody has looked, and keep the journal's present head: letters leave again.

    Raises UnknownPerson, and BadInput if the file of the head holds none.
    """
    missing = kept_head(home)
    with unit_of_work(engine) as session:
        by = find_person(session, by_email)
        confirmed = Event(OfficeEvent.RESTORE_CONFIRMED, person_id=by.id, detail={"missing": str(missing)})
        write_journal(session.connection(), clock.today, clock.now, [confirmed])
        head = journal_head(session.connection())
    if head is not None:
        keep_head(home, head)


def is_hash(text: str) -> bool:
    """Return whether a text is a hash as in the journal's head."""
    return _LINE.fullmatch(f"0 {text}") is not None
