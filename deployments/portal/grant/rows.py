"""Load everything that a grant's page shows, in a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, Date, Integer, bindparam, select

from models.facts.money import Payee, Unspent
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.person import OrganisationName, Person
from models.tables.step import Document, Meeting, Step
from tasks.commands.sums.payees import payees_of, repaid_to
from tasks.commands.sums.unspent import spent_of
from tasks.store.database import AnyRow
from tasks.store.decisions import HOLDS
from tasks.store.programmes import load_programme
from tasks.wording.programme_facts import ProgrammeFacts, programme_facts

_GRANT, _STEP, _DECISION = table_of(Grant), table_of(Step), table_of(Decision)
_INSTALMENT, _CONDITION = table_of(Instalment), table_of(InstalmentCondition)
_PERSON, _NAME, _MEETING = table_of(Person), table_of(OrganisationName), table_of(Meeting)
_EVENT, _DOCUMENT, _PAYMENT = table_of(JournalEvent), table_of(Document), table_of(Payment)

# Queries are made once: making them takes longer than asking them.
_ID: BindParameter[int] = bindparam("grant", type_=Integer)
# How many events the page shows before it links to the earlier ones.
EVENTS_SHOWN = 60
DOCUMENTS_SHOWN = 100

_NAMED = select(_GRANT).where(_GRANT.c.reference == bindparam("reference"))
_STEPS = (
    select(_STEP, _GRANT.c.dates)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.grant_id == _ID)
    .order_by(_STEP.c.position, _STEP.c.id)
)
_PARTS = select(_INSTALMENT).where(_INSTALMENT.c.grant_id == _ID).order_by(_INSTALMENT.c.number)
_DECIDED = (
    select(_DECISION)
    .where(_DECISION.c.grant_id == _ID, HOLDS)
    .order_by(_DECISION.c.decided_on, _DECISION.c.id)
)
_DOCUMENTS = (
    select(_DOCUMENT)
    .where(_DOCUMENT.c.grant_id == _ID, _DOCUMENT.c.answer_id.is_not(None))
    .order_by(_DOCUMENT.c.id.desc())
    .limit(DOCUMENTS_SHOWN)
)
_EVENTS = select(_EVENT).where(_EVENT.c.grant_id == _ID).order_by(_EVENT.c.id.desc()).limit(EVENTS_SHOWN + 1)
_EARLIER = _EVENTS.where(_EVENT.c.id < bindparam("before", type_=Integer))
_NAMES = (
    select(_NAME.c.valid_from_on, _NAME.c.name)
    .where(_NAME.c.organisation_id == bindparam("organisation"))
    .order_by(_NAME.c.valid_from_on)
)
_WAITS = (
    select(_CONDITION.c.instalment_id, _CONDITION.c.step_id)
    .join(_INSTALMENT, _INSTALMENT.c.id == _CONDITION.c.instalment_id)
    .where(_INSTALMENT.c.grant_id == _ID)
    .order_by(_CONDITION.c.instalment_id, _CONDITION.c.step_id)
)
_PAYMENTS = (
    select(_PAYMENT)
    .join(_INSTALMENT, _INSTALMENT.c.id == _PAYMENT.c.instalment_id)
    .where(_INSTALMENT.c.grant_id == _ID)
    .order_by(_PAYMENT.c.id)
)
_MEETINGS = (
    select(_MEETING)
    .where(
        _MEETING.c.organisation_id == bindparam("organisation"),
        _MEETING.c.held_on.between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        _MEETING.c.cancelled.is_(False),
    )
    .order_by(_MEETING.c.held_on)
)
_PEOPLE = select(_PERSON.c.id, _PERSON.c.name, _PERSON.c.title).where(
    _PERSON.c.id.in_(bindparam("people", expanding=True))
)


@dataclass(frozen=True, slots=True)
class GrantRows:
    """A grant and what belongs to it.

    `people` are titles, or names of those without one, by person id; `waits` the ids of the condition steps by
    instalment id, and `payments` what came for it; `earlier_before` is set when the journal has events before those
    shown.
    """

    grant: AnyRow
    programme: ProgrammeFacts
    funder: str
    recipient: str
    payee: Payee | None
    repaid_to: Payee | None
    spent: Unspent | None
    steps: Sequence[AnyRow]
    instalments: Sequence[AnyRow]
    waits: dict[int, list[int]]
    payments: dict[int, list[AnyRow]]
    decisions: Sequence[AnyRow]
    meetings: Sequence[AnyRow]
    events: Sequence[AnyRow]
    earlier_before: int | None
    documents: Sequence[AnyRow]
    people: dict[int, str]
    zone: ZoneInfo


def load_grant_rows(
    connection: Connection, reference: str, today: date, zone: ZoneInfo, before: int | None = None
) -> GrantRows | None:
    """Return the grant's rows, with the events of its journal before an id; None if there is no such grant."""
    grant = connection.execute(_NAMED, {"reference": reference}).first()
    if grant is None:
        return None
    facts = programme_facts(load_programme(connection, grant.programme_id))
    given = {"grant": grant.id}
    steps = connection.execute(_STEPS, given).all()
    instalments = connection.execute(_PARTS, given).all()
    decisions = connection.execute(_DECIDED, given).all()
    events = _events(connection, grant.id, before)
    documents = connection.execute(_DOCUMENTS, given).all()
    return GrantRows(
        grant=grant,
        programme=facts,
        funder=_name(connection, grant.funder_id, today),
        recipient=_name(connection, grant.recipient_id, today),
        payee=payees_of(connection, {grant.id}).get(grant.id),
        spent=spent_of(connection, {grant.id}).get(grant.id),
        repaid_to=repaid_to(connection, {grant.id}).get(grant.id),
        steps=steps,
        instalments=instalments,
        waits=_waits(connection, grant.id),
        payments=_payments(connection, grant.id),
        decisions=decisions,
        meetings=_meetings(connection, grant, steps),
        events=events[:EVENTS_SHOWN],
        earlier_before=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        documents=documents,
        people=_people(connection, steps, instalments, events, documents),
        zone=zone,
    )


def _events(connection: Connection, grant_id: int, before: int | None) -> Sequence[AnyRow]:
    if before is None:
        return connection.execute(_EVENTS, {"grant": grant_id}).all()
    return connection.execute(_EARLIER, {"grant": grant_id, "before": before}).all()


def _name(connection: Connection, organisation_id: int, today: date) -> str:
    """Return the organisation's name today, or its first one when that is still to come."""
    rows = connection.execute(_NAMES, {"organisation": organisation_id}).all()
    valid = [name for valid_from_on, name in rows if valid_from_on <= today]
    return str(valid[-1]) if valid else str(rows[0].name) if rows else ""


def _waits(connection: Connection, grant_id: int) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for instalment_id, step_id in connection.execute(_WAITS, {"grant": grant_id}).all():
        found.setdefault(instalment_id, []).append(step_id)
    return found


def _payments(connection: Connection, grant_id: int) -> dict[int, list[AnyRow]]:
    found: dict[int, list[AnyRow]] = {}
    for row in connection.execute(_PAYMENTS, {"grant": grant_id}):
        found.setdefault(row.instalment_id, []).append(row)
    return found


def _meetings(connection: Connection, grant: AnyRow, steps: Sequence[AnyRow]) -> Sequence[AnyRow]:
    """Return the recipient's meetings in the grant's time."""
    days = [row.due_on for row in steps if row.due_on]
    if not days:
        return []
    around = timedelta(days=31)
    first, last = min(days) - around, max(days) + around
    given = {"organisation": grant.recipient_id, "first": first, "last": last}
    return connection.execute(_MEETINGS, given).all()


def _people(connection: Connection, *rows: Sequence[AnyRow]) -> dict[int, str]:
    """Return the title, or else the name, of everyone whom the steps, instalments and events mention."""
    steps, instalments, events, documents = rows
    wanted: set[int | None] = set()
    wanted.update(value for row in steps for value in (row.owner_id, row.done_by_id))
    wanted.update(value for row in instalments for value in (row.requested_by_id, row.confirmed_by_id))
    wanted.update(row.person_id for row in events)
    wanted.update(row.added_by_id for row in documents)
    for row in events:
        detail = row.detail if isinstance(row.detail, dict) else {}
        wanted.update(value for key in ("by", "from") if type(value := detail.get(key)) is int)
    people = connection.execute(_PEOPLE, {"people": list(wanted - {None})}).all()
    return {row.id: row.title or row.name for row in people}
