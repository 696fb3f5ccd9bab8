"""List the reports of all grants since which the books changed, and nobody has explained why they stand."""

from sqlalchemy import Connection, exists, select

from models.events import GrantEvent
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.ledger import LedgerEntry, LedgerReading
from models.tables.step import Answer, Step
from models.vocabulary import FULFILLED, GrantStatus
from tasks.grant.records import read_records
from tasks.grant.since_report import ChangedReport, list_changed_reports
from tasks.overview.grants import Seen

_GRANT = table_of(Grant)
_STEP = table_of(Step)
_ANSWER = table_of(Answer)
_EVENT = table_of(JournalEvent)
_READING = table_of(LedgerReading)
_ENTRY = table_of(LedgerEntry)

_CAME_OR_WENT = (_ENTRY.c.first_reading_id == _READING.c.id) | (_ENTRY.c.gone_reading_id == _READING.c.id)
_IN_PERIOD = (_STEP.c.period_start_on.is_(None) | (_ENTRY.c.day >= _STEP.c.period_start_on)) & (
    _STEP.c.period_end_on.is_(None) | (_ENTRY.c.day <= _STEP.c.period_end_on)
)
_IS_EXPLAINED = exists().where(
    _EVENT.c.grant_id == _STEP.c.grant_id,
    _EVENT.c.step_id == _STEP.c.id,
    _EVENT.c.event == str(GrantEvent.BOOKS_EXPLAINED),
    _EVENT.c.at >= _READING.c.read_at,
)
# The grants of which an entry came or went after a report of its period: what that comes to is worked out for them.
_MOVED = (
    select(_STEP.c.grant_id)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
    .join(_READING, (_READING.c.grant_id == _STEP.c.grant_id) & (_READING.c.read_at > _ANSWER.c.answered_at))
    .join(_ENTRY, (_ENTRY.c.grant_id == _STEP.c.grant_id) & _CAME_OR_WENT & _IN_PERIOD)
    .where(
        _GRANT.c.project != "",
        _GRANT.c.status == GrantStatus.OPEN,
        _STEP.c.status.in_(FULFILLED),
        ~_IS_EXPLAINED,
    )
    .distinct()
)


def list_changed_books(connection: Connection, seen: Seen = None) -> list[ChangedReport]:
    """Return the reports that ask somebody to look at the books, of the open grants that are seen, by reference."""
    query = _MOVED if seen is None else _MOVED.where(_STEP.c.grant_id.in_(seen))
    records = read_records(connection, connection.scalars(query))
    asking = [one for one in list_changed_reports(connection, records) if one.asks]
    return sorted(asking, key=lambda one: (one.record.grant.reference_key, one.step.position))
