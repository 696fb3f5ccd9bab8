"""Hold final reports against their due dates, and keep the release gates as the rules say."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CompoundSelect, Connection, Engine, bindparam, exists, literal_column, select, union

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus, Phase, StepKind, StepStatus
from tasks.store.database import reading, unit_of_work

log = logging.getLogger(__name__)

_STEP = table_of(Step)
_GRANT = table_of(Grant)
_INSTALMENT = table_of(Instalment)
_CONDITION = table_of(InstalmentCondition)
# As text: SQLite finds the index over these rows only by the words in the statement.
_RELEASABLE = _INSTALMENT.c.status == literal_column(f"'{InstalmentStatus.RELEASABLE}'")
_APPROVED = _STEP.c.status == literal_column(f"'{StepStatus.APPROVED}'")
LOOK_BACK = timedelta(days=31)
# These are made once: on a quiet morning making them would take longer than asking them.
_REPORTS = (
    select(*(_STEP.c[name] for name in ("id", "key", "due_on", "grant_id", "position")), _GRANT.c.reference)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(
        _STEP.c.phase == Phase.FINAL_REPORT,
        _STEP.c.kind == StepKind.REPORT,
        _STEP.c.next_action_on <= bindparam("on"),
        _STEP.c.status.in_(UNSETTLED),
    )
    .order_by(_STEP.c.due_on, _STEP.c.id)
)
_BEFORE = (
    select(_STEP.c.grant_id, _STEP.c.position, _STEP.c.key)
    .where(
        _STEP.c.grant_id.in_(bindparam("grants", expanding=True)),
        _STEP.c.status.in_(UNSETTLED),
        _STEP.c.phase.in_((Phase.FOLLOW_UP, Phase.FINAL_REPORT)),
    )
    .order_by(_STEP.c.grant_id, _STEP.c.position)
)


@dataclass(frozen=True, slots=True)
class Unready:
    """A report to the funder that the round looks at today and whose earlier steps are not settled."""

    reference: str
    step_key: str
    due_on: date
    waits_for: tuple[str, ...]


def unready_reports(connection: Connection, on: date, grant: str | None = None) -> list[Unready]:
    """Return the final reports that the round looks at today, and what each still waits for."""
    reports = _REPORTS if grant is None else _REPORTS.where(_GRANT.c.reference == grant)
    rows = connection.execute(reports, {"on": on}).all()
    if not rows:
        return []
    before = _open_before(connection, sorted({row.grant_id for row in rows}))
    found = []
    for row in rows:
        waits = tuple(key for position, key in before.get(row.grant_id, ()) if position < row.position)
        if waits:
            found.append(Unready(row.reference, row.key, row.due_on, waits))
    return found


def _open_before(connection: Connection, grants: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = {}
    for grant_id, position, key in connection.execute(_BEFORE, {"grants": grants}):
        found.setdefault(grant_id, []).append((position, key))
    return found


@dataclass(frozen=True, slots=True)
class SettledGates:
    """The references of the grants whose instalments moved, and how many grants' could not."""

    references: tuple[str, ...] = ()
    failed: int = 0


def settle_gates(engine: Engine, on: date, now: datetime, grant: str | None = None) -> SettledGates:
    """Bring every instalment to where its conditions put it; return whose moved.

    Answers do this at once; the round does it again, for what came in by another way.
    """
    settled: list[str] = []
    failed = 0
    with reading(engine) as connection:
        # Sorted here: asked to, SQLite would read all instalments in order.
        query = _OUT_OF_STEP if grant is None else _out_of_step(grant)
        grants = sorted(connection.execute(query, {"since": on - LOOK_BACK}).scalars())
    if not grants:
        return SettledGates()
    # Loaded only here: on most mornings nothing is out of step.
    from tasks.commands.at_work.grant import load_grant, lock_grant
    from tasks.commands.replan.changes import finish

    for grant_id in grants:
        try:
            with unit_of_work(engine) as session:
                row = lock_grant(session, session.get_one(Grant, grant_id).reference)
                if row is not None:
                    finish(load_grant(session, row, on), now)
                    settled.append(row.reference)
        except Exception:
            log.exception("a grant's instalments were not settled", extra={"grant_id": grant_id})
            failed += 1
    return SettledGates(tuple(settled), failed)


def _out_of_step(grant: str | None) -> CompoundSelect[int]:
    """Return the query for open grants with an instalment that is not where its conditions put it.

    It looks at what may have changed, not at every grant: the releasable, and approvals of the last days.
    """
    missing = exists().where(
        _CONDITION.c.instalment_id == _INSTALMENT.c.id,
        _CONDITION.c.step_id == _STEP.c.id,
        # As `gate.waited_for`: what the plan cancelled is not waited for.
        _STEP.c.status.not_in((StepStatus.APPROVED, StepStatus.CANCELLED)),
    )
    # Asked of each instalment that is found: joined, SQLite would rather begin with every open grant.
    runs = exists().where(_GRANT.c.id == _INSTALMENT.c.grant_id, _GRANT.c.status == GrantStatus.OPEN)
    if grant is not None:
        runs = runs.where(_GRANT.c.reference == grant)
    blocked = select(_INSTALMENT.c.grant_id).where(_RELEASABLE, missing, runs)
    # From the approvals on, of which most are no instalment's condition: the grants' rows lie far apart.
    approved = (
        select(_CONDITION.c.instalment_id)
        .join(_STEP, _STEP.c.id == _CONDITION.c.step_id)
        .where(_APPROVED, _STEP.c.done_on >= bindparam("since"))
    )
    freed = select(_INSTALMENT.c.grant_id).where(
        _INSTALMENT.c.id.in_(approved),
        _INSTALMENT.c.status == InstalmentStatus.WITHHELD,
        _INSTALMENT.c.amount_minor.is_not(None),
        ~missing,
        runs,
    )
    return union(blocked, freed)


_OUT_OF_STEP = _out_of_step(None)
