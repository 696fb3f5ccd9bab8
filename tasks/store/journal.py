"""Write the journal and verify its chain."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, insert, select, text

from models.events import GrantEvent, NoticeEvent, OfficeEvent
from models.rules.watch.tampering import Rows, RowsEvent
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from tasks.store.database import JOURNAL_LOCK
from tasks.store.round_counts import count_told

_GENESIS = "0" * 64
_EVENT = table_of(JournalEvent)
_LAST = select(_EVENT.c.sha256).order_by(_EVENT.c.id.desc()).limit(1)
_WRITE = insert(_EVENT)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
# The rows that the events of grants state.
ROWS_OF_GRANTS = (
    select(_EVENT.c.id, _EVENT.c.on, _EVENT.c.grant_id, _EVENT.c.rows)
    .where(_EVENT.c.rows.is_not(None), _EVENT.c.grant_id.in_(_IDS))
    .order_by(_EVENT.c.id)
)
_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode


class Event(NamedTuple):
    """A change to record: its name in the past tense, and its grant, step and person.

    `rows` are the rows that the watch compares with the journal, as they are after the change
    (`models.rules.watch.tampering`).
    """

    event: GrantEvent | OfficeEvent | NoticeEvent
    grant_id: int | None = None
    step_id: int | None = None
    person_id: int | None = None
    detail: Mapping[str, object] = MappingProxyType({})
    rows: Rows | None = None


def journal_value(value: object) -> object:
    """Return a value as an event's detail stores it."""
    if isinstance(value, Mapping):
        return {str(key): journal_value(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def write_journal(connection: Connection, on: date, at: datetime, events: Iterable[Event]) -> int:
    """Append the events to the journal inside the caller's transaction; return how many.

    The chain needs writers one at a time: SQLite's BEGIN IMMEDIATE gives that, PostgreSQL takes a
    lock that lasts until the transaction ends.
    """
    listed = list(events)
    if not listed:
        return 0
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": JOURNAL_LOCK})
    last = connection.execute(_LAST).scalar()
    previous = last or _GENESIS
    day = on.isoformat()
    moment = at.isoformat()
    rows = []
    for noted in listed:
        row: dict[str, object] = {
            "on": on,
            "at": at,
            "event": noted.event,
            "grant_id": noted.grant_id,
            "step_id": noted.step_id,
            "person_id": noted.person_id,
            "detail": dict(noted.detail),
            "rows": noted.rows or None,
            "previous_sha256": previous,
        }
        previous = row["sha256"] = _seal(row, day, moment)
        rows.append(row)
    connection.execute(_WRITE, rows)
    count_told(connection, [(noted.event, noted.step_id) for noted in listed])
    return len(rows)


def last_event(connection: Connection) -> int:
    """Return the id of the newest event, also one of this transaction; 0 for an empty journal."""
    return connection.execute(select(_EVENT.c.id).order_by(_EVENT.c.id.desc()).limit(1)).scalar() or 0


def _seal(row: dict[str, object], day: str, moment: str) -> str:
    """Return the hash of an event and of the one before it; day and moment are in ISO 8601."""
    parts = [
        row["previous_sha256"],
        day,
        moment,
        row["event"],
        row["grant_id"],
        row["step_id"],
        row["person_id"],
        row["detail"],
        row["rows"],
    ]
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()


def rows_told(connection: Connection, grant_ids: Iterable[int]) -> Iterator[RowsEvent]:
    """Yield the rows that the grants' events state, the oldest first."""
    for row in connection.execute(ROWS_OF_GRANTS, {"ids": list(grant_ids)}):
        yield RowsEvent(row.id, row.on, row.rows)


def broken_links(connection: Connection, after: tuple[int, str] | None = None) -> Iterator[int]:
    """Yield the ids of events whose hash, or whose link to the event before, is wrong.

    `after` is the last event that is not checked, with its hash; without it all are checked.
    """
    events = select(_EVENT).order_by(_EVENT.c.id)
    previous = _GENESIS
    if after is not None:
        first, previous = after
        events = events.where(_EVENT.c.id > first)
    for row in connection.execute(events).yield_per(1000).mappings():
        sealed = _seal(dict(row), row["on"].isoformat(), row["at"].isoformat())
        if row["previous_sha256"] != previous or row["sha256"] != sealed:
            yield row["id"]
        previous = row["sha256"]
