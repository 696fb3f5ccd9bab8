"""Tell the steps whose day has come: read a chunk, decide, and write notices, letters and journal at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine, Select, bindparam, select, update

from models.errors import DatabaseUnready, NobodyReachable
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.plan import calendar_of
from models.rules.notices.days import ROUND_HOLDS, next_day_to_tell
from models.rules.notices.ladder import (
    Line,
    NoticeDecision,
    Reason,
    RungFacts,
    StepFacts,
    Told,
    decide_notice,
    decide_recipients,
)
from models.rules.notices.quiet import Start
from models.rules.notices.recipients import PersonFacts, Reached
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import UNSETTLED, NoticeKind, Phase, StepKind
from tasks.people.notices import Draft, gone_letters, queue_drafts
from tasks.store.database import reading, transaction
from tasks.store.journal import write_journal
from tasks.store.people import load_people, load_roles
from tasks.store.programmes import Ladders, load_versions
from tasks.store.rows import shape_rows

log = logging.getLogger(__name__)

# Whoever answers waits for a chunk, and no longer: fewer steps, more commits.
CHUNK = 100
_STEP = table_of(Step)
_GRANT = table_of(Grant)
_NOTICE = table_of(Notice)
_RUNS = _STEP.join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)


def _due_query(*, overdue: bool) -> Select[int]:
    day = _STEP.c.due_on < bindparam("on") if overdue else _STEP.c.due_on >= bindparam("on")
    looked_at = (_STEP.c.phase == bindparam("phase")) & (_STEP.c.next_action_on <= bindparam("on"))
    ids = select(_STEP.c.id).where(looked_at, _STEP.c.status.in_(UNSETTLED), day)
    return ids.where(_STEP.c.id > bindparam("last")).order_by(_STEP.c.id).limit(CHUNK)


# Made once: on a quiet morning making the queries would take longer than asking them.
# The next ids of a phase's steps to look at, after the `last`, by whether they are overdue; an index serves them.
DUE_STEPS = {overdue: _due_query(overdue=overdue) for overdue in (False, True)}
# Read again and locked: a step may have been answered since the ids were listed, or be while we decide.
# Whoever locks several steps does it in the order of their ids, or two could wait for each other.
_LOCKED = (
    select(
        *(
            _STEP.c[name]
            for name in (
                "id",
                "grant_id",
                "version",
                "due_on",
                "opens_on",
                "owner_id",
                "ladder",
                "phase",
                "kind",
            )
        ),
        *(_GRANT.c[name] for name in ("programme_id", "awarded_on", "quiet", "late_confirmed_on")),
    )
    .select_from(_RUNS)
    .where(
        _STEP.c.id.in_(bindparam("ids", expanding=True)),
        _STEP.c.next_action_on <= bindparam("on"),
        _STEP.c.status.in_(UNSETTLED),
    )
    .order_by(_STEP.c.id)
    .with_for_update(of=_STEP, key_share=True)
)
_TOLD = select(
    *(_NOTICE.c[name] for name in ("step_id", "due_on", "position", "person_id", "told_on", "instead_of_id")),
    _NOTICE.c.failed_at,
).where(_NOTICE.c.step_id.in_(bindparam("ids", expanding=True)))
_LOOK = update(_STEP).where(_STEP.c.id == bindparam("step_id")).values(next_action_on=bindparam("look_on"))


@dataclass(frozen=True, slots=True)
class DueSteps:
    """Which steps to look at: a phase's, on a day, those overdue or those not, perhaps of one grant."""

    phase: Phase
    on: date
    overdue: bool
    grant: str | None = None


@dataclass(frozen=True, slots=True)
class DueStep:
    """A step whose day to be looked at has come."""

    id: int
    grant_id: int
    version: int
    due_on: date
    opens_on: date | None
    owner_id: int | None
    ladder: str
    programme_id: int
    quiet: bool
    late_confirmed_on: date | None
    phase: Phase
    kind: StepKind
    awarded_on: date | None


@dataclass(slots=True)
class _Look:
    """When a step is looked at next; None for never."""

    step_id: int
    look_on: date | None


@dataclass(frozen=True, slots=True)
class ToldSteps:
    """What came of looking at steps: counts of them."""

    due: int = 0
    reminded: int = 0
    escalated: int = 0
    failed: int = 0

    def __add__(self, other: ToldSteps) -> ToldSteps:
        """Return the sums."""
        return ToldSteps(
            self.due + other.due,
            self.reminded + other.reminded,
            self.escalated + other.escalated,
            self.failed + other.failed,
        )


@dataclass(slots=True)
class _Surroundings:
    """What the decisions about a chunk of steps need, read in a handful of queries."""

    roles: dict[int, dict[str, int]] = field(default_factory=dict)
    people: dict[int, PersonFacts] = field(default_factory=dict)
    told: dict[int, list[Told]] = field(default_factory=dict)
    calendars: dict[int, WorkCalendar] = field(default_factory=dict)
    ladders: dict[int, Ladders] = field(default_factory=dict)


@dataclass(slots=True)
class _Outcome:
    """What a chunk comes to: notices to queue and the day of each step's next look."""

    drafts: list[Draft] = field(default_factory=list)
    looks: list[_Look] = field(default_factory=list)
    counts: ToldSteps = field(default_factory=ToldSteps)


def tell_due_steps(engine: Engine, due: DueSteps, now: datetime) -> ToldSteps:
    """Tell every step whose `next_action_on` has come; return the counts.

    A chunk that cannot be written is tried again step by step, so that a bad one stops nobody else; it is counted
    as failed, logged, and looked at again in the next round.
    """
    total = ToldSteps()
    for ids in _chunks(engine, due):
        try:
            total += _tell_chunk(engine, ids, due.on, now)
        except DatabaseUnready:
            raise
        except Exception:
            log.exception("a chunk of steps was not told; trying them one by one", extra={"steps": len(ids)})
            for step_id in ids:
                total += _tell_one(engine, step_id, due.on, now)
    return total


def _tell_one(engine: Engine, step_id: int, on: date, now: datetime) -> ToldSteps:
    try:
        return _tell_chunk(engine, [step_id], on, now)
    except DatabaseUnready:
        raise
    except Exception:
        log.exception("a step was not told", extra={"step_id": step_id})
        return ToldSteps(due=1, failed=1)


def _chunks(engine: Engine, due: DueSteps) -> Iterator[list[int]]:
    query, last = DUE_STEPS[due.overdue], 0
    if due.grant is not None:
        query = query.select_from(_RUNS).where(_GRANT.c.reference == due.grant)
    while True:
        given = {"phase": due.phase, "on": due.on, "last": last}
        with reading(engine) as connection:
            ids = list(connection.execute(query, given).scalars())
        if not ids:
            return
        yield ids
        if len(ids) < CHUNK:
            return
        last = ids[-1]


def _tell_chunk(engine: Engine, ids: Sequence[int], on: date, now: datetime) -> ToldSteps:
    with transaction(engine) as connection:
        steps = _load_steps(connection, ids, on)
        around = _load_surroundings(connection, steps, on)
        outcome = _Outcome()
        for step in steps:
            _decide(step, around, on, outcome)
        _hold_back(connection, outcome, around, steps, on)
        events = queue_drafts(connection, outcome.drafts, letter_on=on, now=now, leave_at=now + ROUND_HOLDS)
        if outcome.looks:
            connection.execute(_LOOK, [asdict(look) for look in outcome.looks])
        write_journal(connection, on, now, events)
        return outcome.counts


def _load_steps(connection: Connection, ids: Sequence[int], on: date) -> Sequence[DueStep]:
    found = shape_rows(DueStep, connection.execute(_LOCKED, {"ids": ids, "on": on}))
    return sorted(found, key=lambda step: (step.due_on, step.id))


def _load_surroundings(connection: Connection, steps: Sequence[DueStep], on: date) -> _Surroundings:
    around = _Surroundings()
    grants = {step.grant_id for step in steps}
    around.roles = load_roles(connection, grants)
    versions = load_versions(connection, {step.programme_id for step in steps})
    ids = {step.owner_id for step in steps if step.owner_id is not None}
    ids |= {person for held in around.roles.values() for person in held.values()}
    around.people = load_people(connection, ids, on)
    due = {step.id: step.due_on for step in steps}
    for row in connection.execute(_TOLD, {"ids": list(due)}).all():
        if row.due_on == due[row.step_id]:
            told = Told(
                row.position, row.person_id, row.told_on, row.instead_of_id, row.failed_at is not None
            )
            around.told.setdefault(row.step_id, []).append(told)
    around.calendars = {one: calendar_of(version.programme) for one, version in versions.items()}
    around.ladders = {one: version.ladders for one, version in versions.items()}
    return around


def _decide(step: DueStep, around: _Surroundings, on: date, outcome: _Outcome) -> None:
    outcome.counts += ToldSteps(due=1)
    ladder = around.ladders[step.programme_id][step.ladder]
    told = around.told.get(step.id, [])
    calendar = around.calendars[step.programme_id]
    facts = StepFacts(
        step.due_on,
        step.opens_on,
        Start(step.quiet, step.late_confirmed_on),
        has_come(step.phase, step.kind, step.awarded_on),
    )
    decision = decide_notice(facts, ladder, told, on, calendar)
    outcome.looks.append(_Look(step.id, decision.next_action_on))
    if decision.rung is None:
        return
    try:
        drafts = _drafts(step, decision.rung, decision, around, told, ladder, on)
    except NobodyReachable:
        log.error("nobody can be reached for a step", extra={"step_id": step.id})
        outcome.looks[-1].look_on = next_day_to_tell(on, calendar)
        outcome.counts += ToldSteps(failed=1)
        return
    outcome.drafts += drafts
    escalates = decision.rung.escalates
    outcome.counts += ToldSteps(reminded=int(not escalates), escalated=int(escalates))


def _drafts(
    step: DueStep,
    rung: RungFacts,
    decision: NoticeDecision,
    around: _Surroundings,
    told: Sequence[Told],
    ladder: Sequence[RungFacts],
    on: date,
) -> list[Draft]:
    reached: Sequence[Reached] = ()
    if step.owner_id is not None:
        line = Line(step.owner_id, around.roles.get(step.grant_id, {}), around.people)
        reached = decide_recipients(rung, ladder, told, line, on)
    if not reached:
        raise NobodyReachable("", step_id=step.id)
    return [
        Draft(
            step.id,
            step.grant_id,
            step.version,
            step.due_on,
            rung.key,
            NoticeKind.ESCALATION if rung.escalates else NoticeKind.REMINDER,
            one.person_id,
            decision.reason,
            rung.position,
            one.instead_of_id,
        )
        for one in reached
    ]


def _hold_back(
    connection: Connection, outcome: _Outcome, around: _Surroundings, steps: Sequence[DueStep], on: date
) -> None:
    """Put off to the next working day the steps of people whose letter of today has left already."""
    gone = gone_letters(connection, {draft.letter_key(on) for draft in outcome.drafts})
    late = {draft.step_id for draft in outcome.drafts if draft.letter_key(on) in gone}
    if not late:
        return
    calendars = {step.id: around.calendars[step.programme_id] for step in steps}
    kept = [draft for draft in outcome.drafts if draft.step_id not in late]
    dropped = {draft.step_id: draft.kind for draft in outcome.drafts if draft.step_id in late}
    outcome.drafts[:] = kept
    for look in outcome.looks:
        if look.step_id in late:
            look.look_on = next_day_to_tell(on, calendars[look.step_id])
    escalated = sum(kind is NoticeKind.ESCALATION for kind in dropped.values())
    outcome.counts += ToldSteps(reminded=escalated - len(dropped), escalated=-escalated)
    log.info("steps wait for the next letter", extra={"steps": len(late), "reason": str(Reason.LETTER_GONE)})
