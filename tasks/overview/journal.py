"""Read the journal as the command line and Prefect's event feed show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import JsonValue
from sqlalchemy import Connection, select

from models.events import notice_event
from models.programme.plan import Programme
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes

_EVENT = table_of(JournalEvent)
_GRANT = table_of(Grant)
_STEP = table_of(Step)
_PERSON = table_of(Person)


def read_events(connection: Connection, *, grant_id: int | None = None, after: int = 0) -> Sequence[AnyRow]:
    """Return the journal's rows in order: all of them, a grant's, or those after an event's number.

    Each has the reference of its grant, the key of its step and the address of its person, if it
    has one.
    """
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
    return connection.execute(query).all()


def event_json(row: AnyRow) -> dict[str, JsonValue]:
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


@dataclass(frozen=True, slots=True)
class Escalation:
    """A step that was escalated, and when; the same one always has the same `id`.

    `labels` are its phase, step and rung, and the highest role that the rung reaches.
    """

    id: UUID
    reference: str
    at: datetime
    labels: Mapping[str, str]


def list_escalations(connection: Connection, after: int) -> list[Escalation]:
    """Return the escalations after an event, in order, each once, however many people were told."""
    query = (
        select(
            _EVENT.c.on,
            _EVENT.c.at,
            _EVENT.c.detail,
            _GRANT.c.reference,
            _GRANT.c.programme_id,
            _STEP.c.key,
            _STEP.c.phase,
            _STEP.c.ladder,
        )
        .join(_GRANT, _GRANT.c.id == _EVENT.c.grant_id)
        .join(_STEP, _STEP.c.id == _EVENT.c.step_id)
        .where(_EVENT.c.id > after, _EVENT.c.event == notice_event(NoticeKind.ESCALATION))
        .order_by(_EVENT.c.id)
    )
    rows = connection.execute(query).all()
    versions = load_programmes(connection, {row.programme_id for row in rows})
    escalations = (_escalation(row, versions[row.programme_id]) for row in rows)
    return list({escalation.id: escalation for escalation in escalations}.values())


def _escalation(row: AnyRow, programme: Programme) -> Escalation:
    rung = str(row.detail["rung"])
    # The highest role that the rung tells; "owner" for the owner alone.
    role = next((rule.to[-1] for rule in programme.ladders.get(row.ladder, ()) if rule.key == rung), "")
    mark = uuid5(NAMESPACE_URL, "\0".join((row.reference, row.key, rung, row.on.isoformat())))
    labels = {"phase": str(row.phase), "step": row.key, "rung": rung, "role": role}
    return Escalation(mark, row.reference, row.at, labels)
