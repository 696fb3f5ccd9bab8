"""Plan approvals on the next meeting whose own went by, and whose decision nobody has recorded."""

from __future__ import annotations

import logging
from datetime import date, datetime

from sqlalchemy import Engine, bindparam, literal_column, select, true

from models.columns import table_of
from models.errors import DatabaseUnready
from models.grant import Grant
from models.rules.committee import Fit
from models.rules.planner import calendar_of
from models.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepKind
from tasks.database import reading, unit_of_work

log = logging.getLogger(__name__)

_STEP, _GRANT = table_of(Step), table_of(Grant)
# Made once: on a quiet morning making it would take longer than asking it.
_LATE = (
    select(_STEP.c.grant_id)
    .where(
        # As text: SQLite finds the index over open approvals only by the words in the statement.
        _STEP.c.kind == literal_column(f"'{StepKind.APPROVAL}'"),
        _STEP.c.done_on.is_(None),
        _STEP.c.due_on < bindparam("on"),
        _STEP.c.status.in_(UNSETTLED),
        _STEP.c.with_funder.is_(False),
        _STEP.c.fixed_due_on.is_(None),
    )
    .distinct()
)


def pass_meetings_over(engine: Engine, on: date, now: datetime, grant: str | None = None) -> int:
    """Plan again what bodies have had the time to decide, and tell its owners; return how many grants could not be.

    A body says how long its decisions take to be recorded. What a person set the day of stays there.
    """
    with reading(engine) as connection:
        # Apart from their grants: in one statement SQLite would begin with every open grant there is.
        ids = connection.execute(_LATE, {"on": on}).scalars().all()
        still_open = select(_GRANT.c.reference).where(
            _GRANT.c.id.in_(ids),
            _GRANT.c.status == GrantStatus.OPEN,
            true() if grant is None else _GRANT.c.reference == grant,
        )
        references = sorted(connection.execute(still_open).scalars()) if ids else []
    failed = 0
    for reference in references:
        try:
            _pass_over(engine, reference, on, now)
        except DatabaseUnready:
            raise
        except Exception:
            log.exception("a meeting was not passed over", extra={"grant": reference})
            failed += 1
    return failed


def _pass_over(engine: Engine, reference: str, on: date, now: datetime) -> None:
    # Loaded only here: on most mornings no meeting has gone by without a decision.
    from tasks.changes import finish
    from tasks.grant_at_work import GrantAtWork, load_grant, lock_grant, rule_of
    from tasks.replanning import replan
    from tasks.what_if import act_and_compare

    def gone_by(work: GrantAtWork) -> list[Step]:
        """Return the approvals whose meeting is over for so long that its decision would be recorded."""
        calendar, found = calendar_of(work.programme), []
        for step in work.steps.values():
            rule = rule_of(work, step)
            if rule is None or rule.body is None or step.due_on is None or step.status not in UNSETTLED:
                continue
            planned = (step.receipt.get("meeting") or {}).get("fit") in (Fit.FITS, Fit.LATE)
            wait = work.programme.bodies[rule.body].undecided_working_days
            if planned and step.fixed_due_on is None and calendar.add(step.due_on, wait) <= on:
                found.append(step)
        return found

    def pass_over(work: GrantAtWork) -> str:
        while found := gone_by(work):  # after an outage several meetings may have gone by
            for step in found:
                step.undecided_on = step.due_on
                work.happened("meeting_undecided", step, held_on=str(step.due_on))
            replan(work)
        return ""

    with unit_of_work(engine) as session:
        row = lock_grant(session, reference)
        if row is None:
            return
        work = load_grant(session, row, on)
        if gone_by(work):
            act_and_compare(work, pass_over)
            finish(work, now)
