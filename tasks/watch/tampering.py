"""Compare the rows of money, approvals, people and sign-ins with the journal, and the triggers with ours."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, select, true, union
from sqlmodel import SQLModel

from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import (
    Finding,
    FindingKind,
    build_release_finding,
    build_row_finding,
    build_sign_in_finding,
)
from models.rules.watch.tampering import (
    COUNTS,
    GUARDED,
    Rows,
    RowsEvent,
    find_differences,
    find_wrong_releases,
    fold_events,
    read_held_rows,
    row_name,
)
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant, GrantRole
from models.tables.journal import JournalEvent
from models.tables.money import Instalment, InstalmentCondition, Payment
from models.tables.person import Organisation, Person
from models.tables.step import Answer, Step
from models.vocabulary import InstalmentStatus, StepKind
from tasks.people.sign_in import untold_rows
from tasks.store.database import AnyRow, in_batches
from tasks.store.journal import ROWS_OF_GRANTS
from tasks.store.triggers.statements import Drift, find_drift

_GRANT, _STEP, _PART, _EVENT = (table_of(shape) for shape in (Grant, Step, Instalment, JournalEvent))
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_SAYS = _EVENT.c.rows.is_not(None)
_SAYING = (
    select(_EVENT.c.id, _EVENT.c.on, _EVENT.c.grant_id, _EVENT.c.rows).where(_SAYS).order_by(_EVENT.c.id)
)
_SAYING_OF_NONE = _SAYING.where(_EVENT.c.grant_id.is_(None))
_DIRECTORY = {model: select(table_of(model)) for model in (Person, Organisation)}
# The hours of a week: each checks one part of the unchanged grants.
_PARTS = 7 * 24
_ALL = true()


def _query(model: type[SQLModel], *more: str) -> Select[tuple[object, ...]]:
    """Return the query for a table's rows of some grants, with the journal's columns and the grant's id."""
    table = table_of(model)
    columns = [
        table.c[name] for name in dict.fromkeys((*table.primary_key.columns.keys(), *GUARDED[model], *more))
    ]
    if "instalment_id" in table.c:
        joined = select(*columns, _PART.c.grant_id).join(_PART, _PART.c.id == table.c.instalment_id)
        return joined.where(_PART.c.grant_id.in_(_IDS))
    if "step_id" in table.c:
        joined = select(*columns, _STEP.c.grant_id).join(_STEP, _STEP.c.id == table.c.step_id)
        return joined.where(_STEP.c.grant_id.in_(_IDS))
    of = table.c.id if model is Grant else table.c.grant_id
    return select(*columns, of.label("grant_id")).where(of.in_(_IDS))


_ROWS: tuple[tuple[type[SQLModel], Select[tuple[object, ...]]], ...] = (
    (Grant, _query(Grant)),
    (GrantRole, _query(GrantRole, "role")),
    (Decision, _query(Decision)),
    (Step, _query(Step, "kind").where(_STEP.c.kind == StepKind.APPROVAL, _STEP.c.status.in_(COUNTS))),
    (Answer, _query(Answer, "data", "note", "expected_on", "colleague_id")),
    (Instalment, _query(Instalment)),
    (InstalmentCondition, _query(InstalmentCondition)),
    (Payment, _query(Payment)),
)


def rows_amiss(connection: Connection, grants: ColumnElement[bool] = _ALL) -> Iterator[Finding]:
    """Yield every row that differs from the journal: sign-ins, the directory and the grants."""
    yield from map(build_sign_in_finding, untold_rows(connection))
    yield from _directory_amiss(connection)
    yield from _grants_amiss(
        connection, connection.execute(select(_GRANT.c.id).where(grants)).scalars().all()
    )


def moving_grants(after: int, hour: int, found: Sequence[str] = ()) -> ColumnElement[bool]:
    """Return the condition on grants that changed after an event, may release money, or had findings.

    Each `hour` (a number that rises by one an hour) also checks one part of the others, so that a
    week checks all.
    """
    changed = select(_EVENT.c.grant_id).where(_EVENT.c.id > after, _EVENT.c.grant_id.is_not(None))
    leaving = select(_PART.c.grant_id).where(_PART.c.status == InstalmentStatus.RELEASABLE)
    share = select(_GRANT.c.id).where((_GRANT.c.id % _PARTS == hour % _PARTS) | _GRANT.c.reference.in_(found))
    return _GRANT.c.id.in_(union(changed, leaving, share))


def _directory_amiss(connection: Connection) -> Iterator[Finding]:
    """Yield the people and organisations whose rights, address or account differ from the journal."""
    journaled = fold_events(_events(connection.execute(_SAYING_OF_NONE)))
    held = Rows()
    for model, query in _DIRECTORY.items():
        held |= read_held_rows(model, connection.execute(query))
    yield from (
        build_row_finding(difference.name, "", difference) for difference in find_differences(held, journaled)
    )


def _grants_amiss(connection: Connection, grants: Iterable[int]) -> Iterator[Finding]:
    for ids in in_batches(sorted(grants)):
        given = {"ids": ids}
        events = connection.execute(ROWS_OF_GRANTS, given).all()
        owners = {name: event.grant_id for event in events for name in event.rows}
        held = Rows()
        for model, query in _ROWS:
            rows = connection.execute(query, given).all()
            held |= read_held_rows(model, rows)
            owners |= {row_name(model, row): row.grant_id for row in rows}
        for difference in find_differences(held, fold_events(_events(events))):
            yield build_row_finding(*_place(connection, difference.name, owners[difference.name]), difference)
        for left in find_wrong_releases(_events(events)):
            owner = owners[left.name]
            steps = ", ".join(_place(connection, step, owner)[0] for step in left.missing)
            yield build_release_finding(*_place(connection, left.name, owner), steps)


def _events(rows: Iterable[AnyRow]) -> Iterator[RowsEvent]:
    return (RowsEvent(row.id, row.on, row.rows) for row in rows)


def _place(connection: Connection, name: str, grant_id: int) -> tuple[str, str]:
    """Return how a person finds a grant's row, by a step's key or a part's number, and the grant's reference."""
    reference = connection.execute(select(_GRANT.c.reference).where(_GRANT.c.id == grant_id)).scalar_one()
    table, _, number = name.partition(" ")
    if table == "step":
        key = connection.execute(select(_STEP.c.key).where(_STEP.c.id == int(number))).scalar()
        return f"{reference} {key or name}", reference
    if table == "instalment":
        part = connection.execute(select(_PART.c.number).where(_PART.c.id == int(number))).scalar()
        return f"{reference} instalment {part or number}", reference
    return f"{reference} {name}", reference


def triggers_amiss(connection: Connection) -> Iterator[Finding]:
    """Yield the triggers that are missing, differ from ours, or were added by somebody else."""
    for drift in find_drift(connection):
        yield Finding(FindingKind.TRIGGER_WRONG, Watched.TRIGGER(name=drift.name), _why(drift)())


def _why(drift: Drift) -> Watched:
    if not drift.is_ours:
        return Watched.TRIGGER_ADDED
    return Watched.TRIGGER_OTHER if drift.is_there else Watched.TRIGGER_GONE
