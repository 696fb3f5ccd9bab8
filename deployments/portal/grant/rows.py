"""Load everything that a grant's page shows, in a handful of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, BindParameter, Connection, Date, Integer, bindparam
from sqlmodel import col, select

from models.facts.money import Forecast, Payee, Unspent
from models.rules.names import name_on
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.letter import MailReply, Notice
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.person import Person
from models.tables.step import Document, Meeting, Step
from tasks.grant.money import forecast_on, spent_on
from tasks.grant.payees import payees_of, repaid_to
from tasks.grant.records import ProgrammeFacts, read_records
from tasks.store.names import load_names
from tasks.store.programmes import load_programme
from tasks.store.queries import HANDED_IN, HOLDS, load_models

_ID: BindParameter[int] = bindparam("grant", type_=Integer)
# How many events the page shows before it links to the earlier ones.
EVENTS_SHOWN = 30
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
    .where(Document.grant_id == _ID, HANDED_IN)
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
    .where(JournalEvent.grant_id == _ID, col(JournalEvent.id) < bindparam("before", type_=BigInteger))
    .order_by(col(JournalEvent.id).desc())
    .limit(EVENTS_SHOWN + 1)
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

    `people` are titles, or names of those without one, by person id; `waits` the conditions of
    its instalments, `payments` what came for them; `earlier_before` is set when the journal has events before those
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
    waits: Sequence[InstalmentCondition]
    payments: Sequence[Payment]
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
    names = load_names(connection, {grant.funder_id, grant.recipient_id})
    facts = ProgrammeFacts(load_programme(connection, grant.programme_id))
    given = {"grant": grant_id}
    record = read_records(connection, {grant_id})[grant_id]
    steps = load_models(connection, _STEPS, given)
    instalments = load_models(connection, _PARTS, given)
    events = load_models(connection, _EVENTS, {"grant": grant_id, "before": before or 2**62})
    documents = load_models(connection, _DOCUMENTS, given)
    replies = load_models(connection, _REPLIES, given)
    mentioned = {
        *(one for row in steps for one in (row.owner_id, row.done_by_id)),
        *(one for row in instalments for one in (row.requested_by_id, row.confirmed_by_id)),
        *(one for row in events for one in (row.person_id, row.detail.get("by"), row.detail.get("from"))),
        *(row.added_by_id for row in documents),
        *(row.person_id for row in replies),
    }
    return GrantRows(
        grant=grant,
        programme=facts,
        funder=name_on(names[grant.funder_id], today),
        recipient=name_on(names[grant.recipient_id], today),
        payee=payees_of(connection, {grant_id}).get(grant_id),
        spent=spent_on(record),
        forecast=forecast_on(record, today),
        repaid_to=repaid_to(connection, {grant_id}).get(grant_id),
        steps=steps,
        instalments=instalments,
        waits=load_models(connection, _WAITS, given),
        payments=load_models(connection, _PAYMENTS, given),
        decisions=load_models(connection, _DECIDED, given),
        meetings=_meetings(connection, grant, steps),
        events=events[:EVENTS_SHOWN],
        earlier_before=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        documents=documents,
        replies=replies,
        people=_people(connection, {one for one in mentioned if isinstance(one, int)}),
        zone=zone,
    )


def _meetings(connection: Connection, grant: Grant, steps: Sequence[Step]) -> list[Meeting]:
    """Return the recipient's meetings in the grant's time."""
    days = [row.due_on for row in steps if row.due_on]
    if not days:
        return []
    around = timedelta(days=31)
    first, last = min(days) - around, max(days) + around
    given = {"organisation": grant.recipient_id, "first": first, "last": last}
    return load_models(connection, _MEETINGS, given)


def _people(connection: Connection, ids: set[int]) -> dict[int | None, str]:
    """Return the titles, or else the names, of people."""
    people = load_models(connection, _PEOPLE, {"people": list(ids)})
    return {one.id: one.title or one.name for one in people}
