"""Read the journal as commands and replays tell it, and what of it Prefect's event feed shows: no people there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import JsonValue
from sqlalchemy import Connection, RowMapping, exists, func, select

from models.programme.plan import Programme
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import Phase
from tasks.store.database import AnyRow
from tasks.store.programmes import load_programmes

_EVENT, _GRANT, _STEP = table_of(JournalEvent), table_of(Grant), table_of(Step)
_PERSON = table_of(Person)


def read_events(connection: Connection, *, grant_id: int | None = None, after: int = 0) -> Sequence[AnyRow]:
    """Return the journal's rows in order: all of them, a grant's, or those after an event's number.

    Each has its grant's reference, its step's key and its person's address, where it is about one.
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


# The journal's word for it, and the feed's.
NAMES: Mapping[str, str] = {
    "reminder_queued": "step.reminded",
    "escalation_queued": "step.escalated",
    "step_done": "step.answered",
    "step_not_needed": "step.answered",
    "step_put_off": "step.answered",
    "step_approved": "step.approved",
    "report_returned": "step.returned",
    "step_extended": "step.extended",
    "instalment_releasable": "instalment.releasable",
    "instalment_released": "instalment.released",
    "instalment_claimed": "instalment.claimed",
    "instalment_paid": "instalment.paid",
    "decision_recorded": "decision.recorded",
}
_PHASES = {"instalment": Phase.RELEASE, "decision": Phase.DECISION}
_LETTERS = ("reminder_queued", "escalation_queued")


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """What happened to a grant, and when; the same event of the journal has the same `id`, however often it is read.

    `labels` are what it is about beyond the grant: phase, step, instalment, and of a letter its rung and the role that
    it reaches.
    """

    id: UUID
    name: str
    reference: str
    at: datetime
    labels: Mapping[str, str]


def last_change(connection: Connection, after: int = 0) -> int:
    """Return the number of the journal's last event that concerns a grant, or `after` where none came since."""
    changed = select(func.max(_EVENT.c.id)).where(
        _EVENT.c.id > after,
        _EVENT.c.grant_id.is_not(None),
        _EVENT.c.event.not_like("letter\\_%", escape="\\"),
    )
    return connection.execute(changed).scalar() or after


def list_life_events(connection: Connection, after: int, since: datetime | None = None) -> list[LifeEvent]:
    """Return what happened after an event of the journal, in its order.

    `since` leaves out what is older. What an import brought along happened before, and is left out as well.
    """
    opened = _EVENT.alias()
    brought = exists().where(
        opened.c.grant_id == _EVENT.c.grant_id, opened.c.event == "grant_opened", opened.c.at == _EVENT.c.at
    )
    query = (
        select(_EVENT, _GRANT.c.reference, _GRANT.c.programme_id, _STEP.c.key, _STEP.c.phase, _STEP.c.ladder)
        .join(_GRANT, _GRANT.c.id == _EVENT.c.grant_id)
        .outerjoin(_STEP, _STEP.c.id == _EVENT.c.step_id)
        .where(_EVENT.c.id > after, _EVENT.c.event.in_(NAMES), ~brought)
        .order_by(_EVENT.c.id)
    )
    if since is not None:
        query = query.where(_EVENT.c.at >= since)
    rows = connection.execute(query).mappings().all()
    versions = load_programmes(connection, {row["programme_id"] for row in rows})
    found = (_life_event(row, versions[row["programme_id"]]) for row in rows)
    return list({one.id: one for one in found}.values())


def _life_event(row: RowMapping, programme: Programme) -> LifeEvent:
    name, detail = NAMES[row["event"]], row["detail"]
    labels = {"phase": str(row["phase"] or _PHASES[name.partition(".")[0]]), "step": row["key"] or ""}
    labels["instalment"] = str(detail.get("instalment") or "")
    mark = UUID(row["sha256"][:32])
    if row["event"] in _LETTERS:
        labels["rung"] = rung = str(detail["rung"])
        # The highest role that the rung tells; "owner" for the owner alone.
        told = (one.to[-1] for one in programme.ladders.get(row["ladder"], ()) if one.key == rung)
        labels["role"] = next(told, "")
        # A rung that tells two people of a step is one event.
        same = (row["reference"], row["event"], row["key"], rung, row["on"].isoformat())
        mark = uuid5(NAMESPACE_URL, "\0".join(same))
    known = {label: value for label, value in labels.items() if value}
    return LifeEvent(mark, name, row["reference"], row["at"], known)
