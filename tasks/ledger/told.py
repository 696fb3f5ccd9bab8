"""Tell the owners of reports, once, what the books changed since they were given."""

import hashlib
from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, select

from models.commands.clock import Clock
from models.facts.ledger import BooksChange, note_books
from models.facts.notice import NewNotice
from models.rules.dates.plan import calendar_of
from models.rules.notices.recipients import decide_reached_in
from models.tables.columns import id_of, table_of
from models.tables.letter import Notice
from models.vocabulary import NoticeKind
from tasks.grant.records import read_records
from tasks.grant.since_report import ChangedReport, list_changed_reports
from tasks.people.notices import notice_about, queue_in_turn
from tasks.store.journal import Event
from tasks.store.people import load_people

_NOTICE = table_of(Notice)


def tell_of_books(connection: Connection, grant_ids: Collection[int], clock: Clock) -> list[Event]:
    """Tell each report's owner how the books of these grants changed since; return the journal's events.

    A change that somebody explained, or that comes to nothing, is told to nobody. Another one is told once.
    """
    records = read_records(connection, grant_ids)
    asking = [one for one in list_changed_reports(connection, records) if one.asks]
    told = _told_before(connection, [id_of(one.step) for one in asking])
    new = [one for one in asking if (id_of(one.step), _rung(one.change)) not in told]
    events: list[Event] = []
    for one in new:
        notices = list(_notices(connection, one, clock))
        calendar = calendar_of(one.record.programme)
        events += queue_in_turn(connection, notices, calendar, clock.today, clock.now)
    return events


def _told_before(connection: Connection, step_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Return which changes were told of steps, whoever read it: the owner, or somebody in their place."""
    query = select(_NOTICE.c.step_id, _NOTICE.c.rung).where(
        _NOTICE.c.step_id.in_(step_ids), _NOTICE.c.kind == NoticeKind.SOURCE_CHANGED
    )
    return {(row.step_id, row.rung) for row in connection.execute(query)} if step_ids else set()


def _notices(connection: Connection, one: ChangedReport, clock: Clock) -> Iterator[NewNotice]:
    owner_id = one.step.owner_id
    if owner_id is None:
        return
    roles = one.record.batch.roles[one.record.id]
    people = load_people(connection, {owner_id, *roles.values()}, clock.today)
    reached = decide_reached_in(roles, owner_id, people, clock.today)
    if reached is not None:
        yield notice_about(
            one.step,
            one.step.due_on or one.given_on,
            NoticeKind.SOURCE_CHANGED,
            _rung(one.change),
            reached.person_id,
            instead_of_id=reached.instead_of_id,
            detail=note_books(one.change),
        )


def _rung(change: BooksChange) -> str:
    """Return what marks a change: vouchers and sums stand in no rung, which the journal keeps."""
    return f"books-changed-{hashlib.sha256(repr(change).encode()).hexdigest()[:12]}"
