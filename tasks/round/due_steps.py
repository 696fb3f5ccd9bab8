"""Read the steps that are due, a chunk at a time, with the facts for deciding about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, not_, select

from models.programme.plan import RungRule
from models.rules.dates.agenda import find_agenda_day
from models.rules.dates.calendar import WorkCalendar
from models.rules.dates.plan import calendar_of
from models.rules.notices.ladder import ToldNotice
from models.rules.notices.recipients import PersonFacts
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Notice
from models.tables.step import Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.grant.notices import TOLD, told_in
from tasks.grant.openings import load_opened
from tasks.store.database import reading
from tasks.store.lateness import has_passed
from tasks.store.people import load_people, load_roles
from tasks.store.programmes import load_programmes
from tasks.store.queries import ALL, IS_UNSETTLED, Batch, GrantSelection, columns_of, shape_rows

# A person who answers waits for one chunk at most; smaller chunks would mean more commits.
CHUNK = 100
_STEP = table_of(Step)
_GRANT = table_of(Grant)
_NOTICE = table_of(Notice)
_RUNS = _STEP.join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)

_PAST_DUE = has_passed(_STEP.c.due_on, bindparam("on"))


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
    promised_on: date | None
    expected_on: date | None
    status: StepStatus
    receipt: dict[str, Any]


def _due_query(*, overdue: bool) -> Select[int]:
    day = _PAST_DUE if overdue else not_(_PAST_DUE)
    looked_at = (_STEP.c.phase == bindparam("phase")) & (_STEP.c.next_action_on <= bindparam("on"))
    ids = select(_STEP.c.id).where(looked_at, IS_UNSETTLED, day)
    return ids.where(_STEP.c.id > bindparam("last")).order_by(_STEP.c.id).limit(CHUNK)


# The grants that have something to look at in a phase, late or not.
_GRANTS = (
    select(_STEP.c.grant_id)
    .where(_STEP.c.phase == bindparam("phase"), _STEP.c.next_action_on <= bindparam("on"), IS_UNSETTLED)
    .distinct()
    .order_by(_STEP.c.grant_id)
)
# The next ids of a phase's steps to look at, after `last`, by whether they are overdue; an index serves them.
DUE_STEPS = {overdue: _due_query(overdue=overdue) for overdue in (False, True)}
# Read again and locked: a step may have been answered since the ids were listed, or be answered
# meanwhile. Steps are locked in the order of their ids, so that two processes never wait for each
# other.
_LOCKED = (
    select(*columns_of(DueStep, _STEP, _GRANT))
    .select_from(_RUNS)
    .where(
        _STEP.c.id.in_(bindparam("ids", expanding=True)),
        _STEP.c.next_action_on <= bindparam("on"),
        IS_UNSETTLED,
    )
    .order_by(_STEP.c.id)
    .with_for_update(of=_STEP, key_share=True)
)
_TOLD = TOLD.where(_NOTICE.c.step_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class DueSteps:
    """Which steps to look at: a phase's, on a day, overdue or not, of a part of the grants."""

    phase: Phase
    on: date
    overdue: bool
    part: GrantSelection = ALL


def cut_batches(engine: Engine, phase: Phase, on: date, part: GrantSelection, size: int) -> list[Batch]:
    """Divide all grants into ranges of ids, each with up to `size` grants that have something to look at.

    An ordinary office has one range: all grants. Together the ranges leave no grant out.
    """
    with reading(engine) as connection:
        query = part.of(_GRANTS, _STEP.c.grant_id)
        ids = list(connection.execute(query, {"phase": phase, "on": on}).scalars())
    starts = ids[size::size]
    firsts = [None, *starts]
    lasts = [*(start - 1 for start in starts), None]
    return [Batch(first, last) for first, last in zip(firsts, lasts, strict=True)]


@dataclass(slots=True)
class Surroundings:
    """The facts for the decisions about a chunk of steps, read in a handful of queries."""

    roles: dict[int, dict[str, int]] = field(default_factory=dict)
    people: dict[int, PersonFacts] = field(default_factory=dict)
    told: dict[tuple[int, date | None], list[ToldNotice]] = field(default_factory=dict)
    opened: Mapping[int, date] = field(default_factory=dict)  # in grants with late steps
    calendars: dict[int, WorkCalendar] = field(default_factory=dict)
    ladders: dict[int, Mapping[str, Sequence[RungRule]]] = field(default_factory=dict)


def due_chunks(engine: Engine, due: DueSteps) -> Iterator[list[int]]:
    """Yield the ids of the steps to look at, up to CHUNK at a time."""
    query = due.part.of(DUE_STEPS[due.overdue], _STEP.c.grant_id)
    last = 0
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


def load_steps(connection: Connection, ids: Sequence[int], on: date) -> Sequence[DueStep]:
    """Return the steps that are still to be looked at, locked, by their due dates."""
    steps = shape_rows(DueStep, connection.execute(_LOCKED, {"ids": ids, "on": on}))
    return sorted(steps, key=lambda step: (step.due_on, step.id))


def load_surroundings(connection: Connection, steps: Sequence[DueStep], on: date) -> Surroundings:
    """Return the facts for the decisions about the steps."""
    around = Surroundings()
    grants = {step.grant_id for step in steps}
    around.roles = load_roles(connection, grants)
    versions = load_programmes(connection, {step.programme_id for step in steps})
    ids = {step.owner_id for step in steps if step.owner_id is not None}
    ids |= {person for held in around.roles.values() for person in held.values()}
    around.people = load_people(connection, ids, on)
    around.told = told_in(connection.execute(_TOLD, {"ids": [step.id for step in steps]}))
    late = {step.grant_id for step in steps if (find_agenda_day(step) or step.due_on) < on}
    around.opened = load_opened(connection, late)
    around.calendars = {programme_id: calendar_of(version) for programme_id, version in versions.items()}
    around.ladders = {programme_id: version.ladders for programme_id, version in versions.items()}
    return around
