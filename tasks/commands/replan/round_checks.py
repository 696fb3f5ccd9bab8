"""What a round does before it tells people: settle gates, pass meetings over, forecast unspent money."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, Select, bindparam, exists, func, select, union

from models.events import GrantEvent
from models.facts.money import note_forecast
from models.rules.dates.committee import UNKNOWN_AHEAD
from models.rules.money.budget import FORECAST_AHEAD
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import DayRound
from models.tables.letter import Notice
from models.tables.money import Instalment, InstalmentCondition
from models.tables.step import Step
from models.vocabulary import (
    UNSETTLED,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    Phase,
    StepKind,
    StepStatus,
)
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.replan.changes import Changed, change_each
from tasks.commands.replan.preview import act_and_compare
from tasks.commands.replan.replan import meetings_gone_by, pass_over, replan
from tasks.grant.money import forecast_on
from tasks.grant.records import read_records
from tasks.people.notices import notice_about
from tasks.store.database import in_batches, reading
from tasks.store.lateness import has_passed, written_out
from tasks.store.queries import (
    ALL,
    IS_MEETING_UNKNOWN,
    IS_UNSETTLED,
    OPEN_APPROVAL,
    GrantSelection,
    misses_condition,
)

_STEP, _GRANT, _NOTICE, _ROUND = (table_of(model) for model in (Step, Grant, Notice, DayRound))
_INSTALMENT = table_of(Instalment)
_CONDITION = table_of(InstalmentCondition)
_RELEASABLE = _INSTALMENT.c.status == written_out(InstalmentStatus.RELEASABLE)
_APPROVED = _STEP.c.status == written_out(StepStatus.APPROVED)
_LOOK_BACK = timedelta(days=31)


def list_unready(connection: Connection, on: date, part: GrantSelection = ALL) -> list[str]:
    """Return the grants whose final report the round looks at today while an earlier step is unsettled."""
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
        IS_UNSETTLED,
    )
    return reports.where(*looked_at, before).order_by(_STEP.c.due_on, _STEP.c.id)


def settle_gates(engine: Engine, on: date, now: datetime, part: GrantSelection = ALL) -> Changed:
    """Bring every instalment to the state of its conditions; return the grants that moved.

    Answers do this at once; the round repeats it for changes made in another way.
    """
    with reading(engine) as connection:
        query = part.of(_OUT_OF_STEP, _GRANT.c.id)
        references = connection.execute(query, {"since": on - _LOOK_BACK}).scalars().all()
    return change_each(engine, sorted(references), on, now)


def _out_of_step() -> Select[str]:
    """Return the query for open grants with an instalment that its conditions should move.

    It looks at possible changes, not at every grant: the releasable, and approvals of the last
    days.
    """
    missing = misses_condition()
    # A subquery for each instalment found: with a join SQLite would begin with every open grant.
    runs = exists().where(_GRANT.c.id == _INSTALMENT.c.grant_id, _GRANT.c.status == GrantStatus.OPEN)
    blocked = select(_INSTALMENT.c.grant_id).where(_RELEASABLE, missing, runs)
    # Starting from the approvals, few of which are conditions: the grants' rows lie far apart.
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


_UNREADY = _unready()
_OUT_OF_STEP = _out_of_step()


_OURS = (*OPEN_APPROVAL, IS_UNSETTLED, _STEP.c.with_funder.is_(False), _STEP.c.fixed_due_on.is_(None))
_GONE_BY = select(_STEP.c.grant_id).where(*_OURS, has_passed(_STEP.c.due_on, bindparam("on"))).distinct()
_TOLD = select(_NOTICE.c.id).where(
    _NOTICE.c.step_id == _STEP.c.id,
    _NOTICE.c.due_on == _STEP.c.due_on,
    _NOTICE.c.kind == NoticeKind.NO_MEETING,
    _NOTICE.c.dropped_at.is_(None),
)
_UNKNOWN = (
    select(_STEP.c.grant_id)
    .where(
        *_OURS,
        _STEP.c.due_on.between(bindparam("on"), bindparam("until")),
        _STEP.c.owner_id.is_not(None),
        IS_MEETING_UNKNOWN,
        ~_TOLD.exists(),
    )
    .distinct()
)

_FORECAST = (
    select(_NOTICE.c.id)
    .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
    .where(
        _STEP.c.grant_id == _GRANT.c.id,
        _NOTICE.c.kind == NoticeKind.UNSPENT,
        _NOTICE.c.kept_on.is_(None),  # the report behind it was not taken back
        _NOTICE.c.due_on == _GRANT.c.period_end_on,
    )
)
_ENDING = (
    select(_GRANT.c.id)
    .where(
        _GRANT.c.status == GrantStatus.OPEN,
        _GRANT.c.quiet.is_(False),
        _GRANT.c.period_end_on.between(bindparam("first"), bindparam("last")),
        ~_FORECAST.exists(),
    )
    .order_by(_GRANT.c.id)
)
_ROUND_BEFORE = select(func.max(_ROUND.c.on)).where(
    _ROUND.c.on <= bindparam("on"), _ROUND.c.completed_at.is_not(None)
)


def pass_meetings_over(engine: Engine, on: date, now: datetime, grant: str | None = None) -> int:
    """Plan approvals that bodies have had the time to decide again; return how many grants failed.

    `meetings_gone_by` says how long a body's decisions take to be recorded.
    """
    references = _open_grants(engine, _GONE_BY, {"on": on}, grant)
    return change_each(engine, references, on, now, _pass_over).failed


def tell_unknown_meetings(engine: Engine, on: date, now: datetime, grant: str | None = None) -> int:
    """Tell whose decision is needed in some months without a known meeting; return how many grants failed."""
    references = _open_grants(engine, _UNKNOWN, {"on": on, "until": on + UNKNOWN_AHEAD}, grant)
    # Notices are added whenever a change is finished.
    return change_each(engine, references, on, now).failed


def tell_forecasts(engine: Engine, on: date, now: datetime, grant: str | None = None) -> int:
    """Tell whose grants will leave money unspent at the present pace; return how many grants failed.

    It looks at the grants that came within three months of their end since the last round. A later
    report is checked when it is handed in. It is told once for a last day: a grant that gets more
    time is told of again.
    """
    with reading(engine) as connection:
        before = connection.execute(_ROUND_BEFORE, {"on": on}).scalar()
        first = (
            on if before is None else min(before + FORECAST_AHEAD + timedelta(days=1), on + FORECAST_AHEAD)
        )
        untold = connection.execute(_ENDING, {"first": first, "last": on + FORECAST_AHEAD}).scalars().all()
        grant_ids = [
            record.id for record in read_records(connection, untold) if forecast_on(record, on) is not None
        ]
        named = select(_GRANT.c.reference).where(_GRANT.c.id.in_(grant_ids)).order_by(_GRANT.c.reference)
        references = [
            reference for reference in connection.execute(named).scalars() if grant in (None, reference)
        ]
    return change_each(engine, references, on, now, tell_forecast).failed


def tell_forecast(work: GrantAtWork) -> None:
    """Tell the owner of the final report what will be left on the last day, unless that was told."""
    ends = work.grant.period_end_on
    if ends is None or not ends - FORECAST_AHEAD <= work.today <= ends:
        return
    work.session.flush()
    connection = work.session.connection()
    if connection.execute(_FORECAST.where(_GRANT.c.id == work.grant_id)).first() is not None:
        return
    forecast = forecast_on(work.record, work.today)
    reports = (step for step in work.steps.values() if step.status in UNSETTLED and step.owner_id is not None)
    step = next((report for report in reports if report.phase is Phase.FINAL_REPORT), None)
    if forecast is None or step is None or step.owner_id is None:
        return
    noted = note_forecast(forecast)
    work.add_event(GrantEvent.UNSPENT_FORECAST, step, **noted)
    kind = NoticeKind.UNSPENT
    work.notices.append(notice_about(step, forecast.ends_on, kind, kind, step.owner_id, detail=noted))


def _open_grants(
    engine: Engine, steps: Select[tuple[int]], days: Mapping[str, date], grant: str | None
) -> list[str]:
    if grant is not None:
        named = select(_GRANT.c.id).where(_GRANT.c.reference == grant).scalar_subquery()
        steps = steps.where(_STEP.c.grant_id == named)
    with reading(engine) as connection:
        # Apart from their grants: in one statement SQLite would begin with every open grant.
        grant_ids = connection.execute(steps, days).scalars().all()
        is_open = _GRANT.c.status == GrantStatus.OPEN
        still_open = (
            select(_GRANT.c.reference).where(_GRANT.c.id.in_(ids), is_open) for ids in in_batches(grant_ids)
        )
        return sorted(reference for query in still_open for reference in connection.execute(query).scalars())


def _pass_over(work: GrantAtWork) -> None:
    def pass_all_over(work: GrantAtWork) -> str:
        while pass_over(meetings_gone_by(work), work):  # after an outage several meetings may have passed
            replan(work)
        return ""

    if meetings_gone_by(work):
        act_and_compare(work, pass_all_over)
