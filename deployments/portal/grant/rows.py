"""Load everything that a grant's page shows, in a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, Connection, Date, Integer, bindparam
from sqlmodel import col, select

from models.facts.money import Forecast, Payee, Unspent
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.letter import MailReply, Notice
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.person import OrganisationName, Person
from models.tables.step import Document, Meeting, Step
from tasks.commands.sums.payees import payees_of, repaid_to
from tasks.commands.sums.reports import forecasts_of, spent_of
from tasks.outbox.facts.rows import ProgrammeFacts, programme_facts
from tasks.store.programmes import load_programme
from tasks.store.queries import HOLDS, load_models

_ID: BindParameter[int] = bindparam("grant", type_=Integer)
# How many events the page shows before it links to the earlier ones.
EVENTS_SHOWN = 60
DOCUMENTS_SHOWN = 100

_NAMED = select(Grant).where(Grant.reference == bindparam("reference"))
_STEPS = select(Step).where(Step.grant_id == _ID).order_by(col(Step.position), col(Step.id))
_PARTS = select(Instalment).where(Instalment.grant_id == _ID).order_by(col(Instalment.number))
_DECIDED = (
    select(Decision)
    .where(Decision.grant_id == _ID, HOLDS)
    .order_by(col(Decision.decided_on), col(Decision.id))
)
_DOCUMENTS = (
    select(Document)
    .where(Document.grant_id == _ID, col(Document.answer_id).is_not(None))
    .order_by(col(Document.id).desc())
    .limit(DOCUMENTS_SHOWN)
)
_REPLIES = (
    select(MailReply)
    .where(
        col(MailReply.text) != "",
        col(MailReply.letter_id).in_(
            select(Notice.letter_id)
            .join(Step, col(Step.id) == col(Notice.step_id))
            .where(Step.grant_id == _ID)
        ),
    )
    .order_by(col(MailReply.id).desc())
    .limit(DOCUMENTS_SHOWN)
)
_EVENTS = (
    select(JournalEvent)
    .where(JournalEvent.grant_id == _ID)
    .order_by(col(JournalEvent.id).desc())
    .limit(EVENTS_SHOWN + 1)
)
_EARLIER = _EVENTS.where(col(JournalEvent.id) < bindparam("before", type_=Integer))
_NAMES = (
    select(OrganisationName)
    .where(OrganisationName.organisation_id == bindparam("organisation"))
    .order_by(col(OrganisationName.valid_from_on))
)
_WAITS = (
    select(InstalmentCondition)
    .join(Instalment)
    .where(Instalment.grant_id == _ID)
    .order_by(col(InstalmentCondition.instalment_id), col(InstalmentCondition.step_id))
)
_PAYMENTS = select(Payment).join(Instalment).where(Instalment.grant_id == _ID).order_by(col(Payment.id))
_MEETINGS = (
    select(Meeting)
    .where(
        Meeting.organisation_id == bindparam("organisation"),
        col(Meeting.held_on).between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        col(Meeting.cancelled).is_(False),
    )
    .order_by(col(Meeting.held_on))
)
_PEOPLE = select(Person).where(col(Person.id).in_(bindparam("people", expanding=True)))


@dataclass(frozen=True, slots=True)
class GrantRows:
    """A grant and what belongs to it.

    `people` are titles, or names of those without one, by person id; `waits` the ids of the condition steps by
    instalment id, and `payments` what came for it; `earlier_before` is set when the journal has events before those
    shown.
    """

    grant: Grant
    programme: ProgrammeFacts
    funder: str
    recipient: str
    payee: Payee | None
    repaid_to: Payee | None
    spent: Unspent | None
    forecast: Forecast | None
    steps: Sequence[Step]
    instalments: Sequence[Instalment]
    waits: dict[int | None, list[int]]
    payments: dict[int | None, list[Payment]]
    decisions: Sequence[Decision]
    meetings: Sequence[Meeting]
    events: Sequence[JournalEvent]
    earlier_before: int | None
    documents: Sequence[Document]
    replies: Sequence[MailReply]
    people: dict[int | None, str]
    zone: ZoneInfo


def load_grant_rows(
    connection: Connection, reference: str, today: date, zone: ZoneInfo, before: int | None = None
) -> GrantRows | None:
    """Return the grant's rows, with the events of its journal before an id; None if there is no such grant."""
    grants = load_models(connection, _NAMED, {"reference": reference})
    if not grants:
        return None
    grant = grants[0]
    grant_id = grant.id or 0
    facts = programme_facts(load_programme(connection, grant.programme_id))
    given = {"grant": grant_id}
    steps = load_models(connection, _STEPS, given)
    instalments = load_models(connection, _PARTS, given)
    events = _events(connection, grant_id, before)
    documents = load_models(connection, _DOCUMENTS, given)
    replies = load_models(connection, _REPLIES, given)
    return GrantRows(
        grant=grant,
        programme=facts,
        funder=_name(connection, grant.funder_id, today),
        recipient=_name(connection, grant.recipient_id, today),
        payee=payees_of(connection, {grant_id}).get(grant_id),
        spent=spent_of(connection, {grant_id}).get(grant_id),
        forecast=forecasts_of(connection, {grant_id}, today).get(grant_id),
        repaid_to=repaid_to(connection, {grant_id}).get(grant_id),
        steps=steps,
        instalments=instalments,
        waits=_waits(connection, grant_id),
        payments=_payments(connection, grant_id),
        decisions=load_models(connection, _DECIDED, given),
        meetings=_meetings(connection, grant, steps),
        events=events[:EVENTS_SHOWN],
        earlier_before=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        documents=documents,
        replies=replies,
        people=_people(connection, (steps, instalments, events, documents, replies)),
        zone=zone,
    )


def _events(connection: Connection, grant_id: int, before: int | None) -> list[JournalEvent]:
    if before is None:
        return load_models(connection, _EVENTS, {"grant": grant_id})
    return load_models(connection, _EARLIER, {"grant": grant_id, "before": before})


def _name(connection: Connection, organisation_id: int, today: date) -> str:
    """Return the organisation's name today, or its first one when that is still to come."""
    names = load_models(connection, _NAMES, {"organisation": organisation_id})
    valid = [one.name for one in names if one.valid_from_on <= today]
    return valid[-1] if valid else names[0].name if names else ""


def _waits(connection: Connection, grant_id: int) -> dict[int | None, list[int]]:
    found: dict[int | None, list[int]] = {}
    for one in load_models(connection, _WAITS, {"grant": grant_id}):
        found.setdefault(one.instalment_id, []).append(one.step_id)
    return found


def _payments(connection: Connection, grant_id: int) -> dict[int | None, list[Payment]]:
    found: dict[int | None, list[Payment]] = {}
    for one in load_models(connection, _PAYMENTS, {"grant": grant_id}):
        found.setdefault(one.instalment_id, []).append(one)
    return found


def _meetings(connection: Connection, grant: Grant, steps: Sequence[Step]) -> list[Meeting]:
    """Return the recipient's meetings in the grant's time."""
    days = [row.due_on for row in steps if row.due_on]
    if not days:
        return []
    around = timedelta(days=31)
    first, last = min(days) - around, max(days) + around
    given = {"organisation": grant.recipient_id, "first": first, "last": last}
    return load_models(connection, _MEETINGS, given)


_Rows = tuple[
    Sequence[Step], Sequence[Instalment], Sequence[JournalEvent], Sequence[Document], Sequence[MailReply]
]


def _people(connection: Connection, rows: _Rows) -> dict[int | None, str]:
    """Return the title, or else the name, of everyone whom the steps, instalments and events mention."""
    steps, instalments, events, documents, replies = rows
    wanted: set[int | None] = set()
    wanted.update(value for row in steps for value in (row.owner_id, row.done_by_id))
    wanted.update(value for row in instalments for value in (row.requested_by_id, row.confirmed_by_id))
    wanted.update(row.person_id for row in events)
    wanted.update(row.added_by_id for row in documents)
    wanted.update(row.person_id for row in replies)
    for row in events:
        wanted.update(value for key in ("by", "from") if type(value := row.detail.get(key)) is int)
    people = load_models(connection, _PEOPLE, {"people": list(wanted - {None})})
    return {one.id: one.title or one.name for one in people}
