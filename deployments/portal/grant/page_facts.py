"""Load what a grant's page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, BindParameter, Connection, Integer, and_, bindparam, or_
from sqlmodel import col, select

from models.events import GrantEvent
from models.tables.journal import JournalEvent
from models.tables.letter import MailReply, Notice
from models.tables.step import Document, Step
from tasks.grant.records import GrantRecord, find_record
from tasks.store.queries import HANDED_IN, load_models
from tasks.words.journal import GATHERED

_ID: BindParameter[int] = bindparam("grant", type_=Integer)
# How many events the page shows before it links to the earlier ones.
EVENTS_SHOWN = 30
DOCUMENTS_SHOWN = 100
ENTERED_SHOWN = 500

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
_OPENED_AT = (
    select(JournalEvent.at)
    .where(JournalEvent.grant_id == _ID, JournalEvent.event == GrantEvent.GRANT_OPENED)
    .scalar_subquery()
)
# What was noted as a grant was entered is behind one line of its history: that it was.
_OF_OPENING = (
    GrantEvent.AWARD_SET,
    GrantEvent.BUDGET_SET,
    GrantEvent.DECISION_RECORDED,
    GrantEvent.DOCUMENT_ADDED,
    GrantEvent.IMPORTED_LATE,
    GrantEvent.IMPORT_HELD,
    GrantEvent.MEETING_PLANNED,
    GrantEvent.STEP_SETTLED_BY_DECISION,
)
_AT_OPENING = and_(
    col(JournalEvent.at) == _OPENED_AT,
    or_(
        col(JournalEvent.event).in_(GATHERED.union(_OF_OPENING)),
        col(JournalEvent.event).startswith("instalment_"),
    ),
)
_ENTERED = (
    select(JournalEvent)
    .where(JournalEvent.grant_id == _ID, _AT_OPENING)
    .order_by(col(JournalEvent.id))
    .limit(ENTERED_SHOWN)
)
_EVENTS = (
    select(JournalEvent)
    .where(
        JournalEvent.grant_id == _ID,
        col(JournalEvent.id) < bindparam("before", type_=BigInteger),
        ~_AT_OPENING,
    )
    .order_by(col(JournalEvent.id).desc())
    .limit(EVENTS_SHOWN + 1)
)
_SHOWN = (
    "absences",
    "steps",
    "instalments",
    "conditions",
    "payments",
    "decisions",
    "answers",
    "payees",
    "repaid_to",
)


@dataclass(frozen=True, slots=True)
class GrantRows:
    """What a grant's page shows: its record, which is read whole, and what is read for the page alone.

    `entered` is what was noted as the grant was entered here, where `events` say that it was.
    `people` are names by person id, of somebody forgotten title and number; `earlier_before` is set when the journal
    has events before those shown.
    """

    record: GrantRecord
    funder: str
    recipient: str
    events: Sequence[JournalEvent]
    entered: Sequence[JournalEvent]
    earlier_before: int | None
    documents: Sequence[Document]
    replies: Sequence[MailReply]
    people: Mapping[int | None, str]
    zone: ZoneInfo


def load_grant_rows(
    connection: Connection, reference: str, today: date, zone: ZoneInfo, before: int | None = None
) -> GrantRows | None:
    """Return the grant's rows, with the events of its journal before an id; None if there is no such grant."""
    record = find_record(connection, reference)
    if record is None:
        return None
    record.batch.read(*_SHOWN)
    given = {"grant": record.id}
    events = load_models(connection, _EVENTS, {"grant": record.id, "before": before or 2**62})
    was_entered = any(row.event == GrantEvent.GRANT_OPENED for row in events[:EVENTS_SHOWN])
    entered = load_models(connection, _ENTERED, given) if was_entered else []
    documents = load_models(connection, _DOCUMENTS, given)
    replies = load_models(connection, _REPLIES, given)
    mentioned = {
        *(one for row in record.steps for one in (row.owner_id, row.done_by_id)),
        *(one for row in record.instalments for one in (row.requested_by_id, row.confirmed_by_id)),
        *(
            one
            for row in (*events, *entered)
            for one in (row.person_id, row.detail.get("by"), row.detail.get("from"))
        ),
        *(row.added_by_id for row in documents),
        *(row.person_id for row in replies),
    }
    return GrantRows(
        record=record,
        funder=record.called(record.grant.funder_id, today),
        recipient=record.called(record.grant.recipient_id, today),
        events=events[:EVENTS_SHOWN],
        entered=entered,
        earlier_before=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        documents=documents,
        replies=replies,
        people=_names(record, {one for one in mentioned if isinstance(one, int)}),
        zone=zone,
    )


def _names(record: GrantRecord, ids: set[int]) -> dict[int | None, str]:
    """Return the names of people."""
    record.batch.learn_people(ids)
    people = (record.batch.person(one) for one in ids)
    return {one.id: one.name for one in people if one is not None}
