"""Find final reports that come too early, and keep the release gates as the rules say."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, Select, bindparam, exists, literal_column, select, union

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, InstalmentStatus, Phase, StepKind, StepStatus
from tasks.commands.replan.changes import Changed, change_each
from tasks.store.database import reading
from tasks.store.queries import ALL, Part

_STEP, _GRANT = table_of(Step), table_of(Grant)
_INSTALMENT, _CONDITION = table_of(Instalment), table_of(InstalmentCondition)
# As text: SQLite finds the index over these rows only by the words in the statement.
_RELEASABLE = _INSTALMENT.c.status == literal_column(f"'{InstalmentStatus.RELEASABLE}'")
_APPROVED = _STEP.c.status == literal_column(f"'{StepStatus.APPROVED}'")
_LOOK_BACK = timedelta(days=31)


def list_unready(connection: Connection, on: date, part: Part = ALL) -> list[str]:
    """Return the grants whose final report the round looks at today while an earlier step is not settled."""
    return list(connection.execute(part.of(_UNREADY, _GRANT.c.id), {"on": on}).scalars())


def _unready() -> Select[str]:
    earlier = _STEP.alias()
    before = exists().where(
        earlier.c.grant_id == _STEP.c.grant_id,
        earlier.c.position < _STEP.c.position,
        earlier.c.status.in_(UNSETTLED),
        earlier.c.phase.in_((Phase.FOLLOW_UP, Phase.FINAL_REPORT)),
    )
    reports = select(_GRANT.c.reference).join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
    looked_at = (
        _STEP.c.phase == Phase.FINAL_REPORT,
        _STEP.c.kind == StepKind.REPORT,
        _STEP.c.next_action_on <= bindparam("on"),
        _STEP.c.status.in_(UNSETTLED),
    )
    return reports.where(*looked_at, before).order_by(_STEP.c.due_on, _STEP.c.id)


def settle_gates(engine: Engine, on: date, now: datetime, part: Part = ALL) -> Changed:
    """Bring every instalment to where its conditions put it; return whose moved.

    Answers do this at once; the round does it again, for what came in by another way.
    """
    with reading(engine) as connection:
        query = part.of(_OUT_OF_STEP, _GRANT.c.id)
        found = connection.execute(query, {"since": on - _LOOK_BACK}).scalars().all()
    return change_each(engine, sorted(found), on, now)


def _out_of_step() -> Select[str]:
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
    return select(_GRANT.c.reference).where(_GRANT.c.id.in_(union(blocked, freed)))


# Made once: on a quiet morning making them would take longer than asking them.
_UNREADY, _OUT_OF_STEP = _unready(), _out_of_step()
