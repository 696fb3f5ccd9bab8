"""Read the journal as a command or a replay tells it: with references, keys and addresses in place of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from models.json_value import JsonValue
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from tasks.store.rows import shape_rows

_EVENT, _GRANT = table_of(JournalEvent), table_of(Grant)
_STEP, _PERSON = table_of(Step), table_of(Person)


@dataclass(frozen=True, slots=True)
class JournalRow:
    """An event, with the grant's reference, the step's key and the person's address."""

    id: int
    on: date
    at: datetime
    event: str
    reference: str | None
    step: str | None
    person: str | None
    detail: Mapping[str, JsonValue]


def read_events(connection: Connection, *, grant_id: int | None = None, after: int = 0) -> list[JournalRow]:
    """Return the journal's rows in order: all of them, a grant's, or those after an event's number."""
    query = (
        select(_EVENT, _GRANT.c.reference, _STEP.c.key.label("step"), _PERSON.c.email.label("person"))
        .outerjoin(_GRANT, _GRANT.c.id == _EVENT.c.grant_id)
        .outerjoin(_STEP, _STEP.c.id == _EVENT.c.step_id)
        .outerjoin(_PERSON, _PERSON.c.id == _EVENT.c.person_id)
        .where(_EVENT.c.id > after)
        .order_by(_EVENT.c.id)
    )
    if grant_id is not None:
        query = query.where(_EVENT.c.grant_id == grant_id)
    return shape_rows(JournalRow, connection.execute(query))


def event_json(row: JournalRow) -> dict[str, JsonValue]:
    """Return a row of `read_events` as JSON values."""
    return {
        "on": row.on.isoformat(),
        "at": row.at.isoformat(),
        "event": row.event,
        "grant": row.reference,
        "step": row.step,
        "person": row.person,
        "detail": row.detail,
    }
