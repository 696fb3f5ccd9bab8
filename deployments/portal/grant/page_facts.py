"""Load what a grant's page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, BindParameter, Connection, Date, Integer, bindparam
from sqlmodel import col, select

from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.letter import MailReply, Notice
from models.tables.step import Document, Meeting, Step
from tasks.grant.records import GrantRecord, find_record
from tasks.store.queries import HANDED_IN, load_models

_ID: BindParameter[int] = bindparam("grant", type_=Integer)
# How many events the page shows before it links to the earlier ones.
EVENTS_SHOWN = 30
DOCUMENTS_SHOWN = 100

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
_MEETINGS = (
    select(Meeting)
    .where(
        Meeting.organisation_id == bindparam("organisation"),
        col(Meeting.held_on).between(bindparam("first", type_=Date), bindparam("last", type_=Date)),
        col(Meeting.cancelled).is_(False),
    )
    .order_by(col(Meeting.held_on))
)
_SHOWN = ("steps", "instalments", "conditions", "payments", "decisions", "answers", "payees", "repaid_to")


@dataclass(frozen=True, slots=True)
class GrantRows:
    """What a grant's page shows: its record, which is read whole, and what is read for the page alone.

    `people` are titles, or names of those without one, by person id; `earlier_before` is set when the journal has
    events before those shown.
    """

    record: GrantRecord
    funder: str
    recipient: str
    meetings: Sequence[Meeting]
    events: Sequence[JournalEvent]
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
    documents = load_models(connection, _DOCUMENTS, given)
    replies = load_models(connection, _REPLIES, given)
    mentioned = {
        *(one for row in record.steps for one in (row.owner_id, row.done_by_id)),
        *(one for row in record.instalments for one in (row.requested_by_id, row.confirmed_by_id)),
        *(one for row in events for one in (row.person_id, row.detail.get("by"), row.detail.get("from"))),
        *(row.added_by_id for row in documents),
        *(row.person_id for row in replies),
    }
    return GrantRows(
        record=record,
        funder=record.called(record.grant.funder_id, today),
        recipient=record.called(record.grant.recipient_id, today),
        meetings=_meetings(connection, record.grant, record.steps),
        events=events[:EVENTS_SHOWN],
        earlier_before=events[EVENTS_SHOWN - 1].id if len(events) > EVENTS_SHOWN else None,
        documents=documents,
        replies=replies,
        people=_titles(record, {one for one in mentioned if isinstance(one, int)}),
        zone=zone,
    )


def _meetings(connection: Connection, grant: Grant, steps: Sequence[Step]) -> list[Meeting]:
    """Return the recipient's meetings in the grant's time."""
    days = [row.due_on for row in steps if row.due_on]
    if not days:
        return []
    around = timedelta(days=31)
    first = min(days) - around
    last = max(days) + around
    given = {"organisation": grant.recipient_id, "first": first, "last": last}
    return load_models(connection, _MEETINGS, given)


def _titles(record: GrantRecord, ids: set[int]) -> dict[int | None, str]:
    """Return the titles, or else the names, of people."""
    record.batch.learn_people(ids)
    people = (record.batch.person(one) for one in ids)
    return {one.id: one.title or one.name for one in people if one is not None}
