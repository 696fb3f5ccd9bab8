"""Find a person's roles and steps in open grants, in all or grant by grant."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, exists, func, null, select, tuple_, union_all

from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Absence, Person
from models.tables.step import Step
from models.vocabulary import GrantStatus, Phase, StepKind, StepStatus
from tasks.people.visibility import team_of
from tasks.store.queries import (
    IS_UNSETTLED,
    away_until,
    columns_of,
    is_away,
    late_steps,
    pending_steps,
    shape_rows,
    steps_stood_in,
)

_GRANT = table_of(Grant)
_ROLE = table_of(GrantRole)
_STEP = table_of(Step)
_ABSENCE = table_of(Absence)
_PERSON = table_of(Person)
# How many steps of others a person's page lists.
MOST_STOOD_IN = 25


@dataclass(frozen=True, slots=True)
class StepHeld:
    """An open step."""

    id: int
    grant_id: int
    key: str
    kind: StepKind
    period: str | None
    template_key: str
    version: int
    due_on: date | None
    phase: Phase
    awarded_on: date | None
    status: StepStatus
    with_funder: bool


@dataclass(frozen=True, slots=True)
class StoodIn(StepHeld):
    """An open step that a person has in place of its owner, who is away until a day where one is known."""

    reference: str
    title: str
    programme_id: int
    owner: str
    away_until: date | None
    late: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """An open grant in which a person holds roles, or open steps; `late` are the ids of late ones."""

    reference: str
    title: str
    programme_id: int
    roles: tuple[str, ...]
    steps: tuple[StepHeld, ...]
    late: frozenset[int]


def holdings_of(
    connection: Connection, person_id: int, today: date, first: int, most: int
) -> tuple[list[Holding], int]:
    """Return what the person holds today, by grant, the next due date first; and the number of those grants.

    `most` grants from the `first` on are returned: a head of administration has a part in every
    grant.
    """
    held = union_all(
        roles_of(person_id).with_only_columns(_ROLE.c.grant_id, null().label("due_on")),
        steps_of(person_id).order_by(None).with_only_columns(_STEP.c.grant_id, _STEP.c.due_on),
    ).subquery()
    next_on = func.min(held.c.due_on)
    columns = (_GRANT.c[name] for name in ("id", "reference", "title", "programme_id"))
    query = (
        select(*columns, func.count().over().label("grants"))
        .join(held, held.c.grant_id == _GRANT.c.id)
        .group_by(_GRANT.c.id)
        .order_by(next_on.is_(None), next_on, _GRANT.c.reference)
    )
    grants = connection.execute(query.limit(most).offset(first)).all()
    mine = _GRANT.c.id.in_([grant.id for grant in grants])
    roles: dict[int, list[str]] = defaultdict(list)
    for row in connection.execute(roles_of(person_id).where(mine).order_by(_ROLE.c.id)):
        roles[row.grant_id].append(str(row.role))
    steps: dict[int, list[StepHeld]] = defaultdict(list)
    for step in shape_rows(StepHeld, connection.execute(steps_of(person_id).where(mine))):
        steps[step.grant_id].append(step)
    lateness = steps_of(person_id).where(mine, late_steps(today)).with_only_columns(_STEP.c.id)
    late = frozenset(connection.scalars(lateness))
    holdings = [
        Holding(
            reference=grant.reference,
            title=grant.title,
            programme_id=grant.programme_id,
            roles=tuple(roles[grant.id]),
            steps=tuple(steps[grant.id]),
            late=late,
        )
        for grant in grants
    ]
    return holdings, grants[0].grants if grants else 0


def stood_in_by(connection: Connection, person_id: int, today: date) -> list[StoodIn]:
    """Return the dated steps that are the person's today in place of their owners, the next due date first."""
    named = {
        "title": _GRANT.c.title,
        "owner": _PERSON.c.name,
        "away_until": away_until(_STEP.c.owner_id, today),
        "late": late_steps(today),
    }
    query = (
        select(*columns_of(StoodIn, _STEP, _GRANT, **named))
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .join(_PERSON, _PERSON.c.id == _STEP.c.owner_id)
        .where(_STEP.c.id.in_(steps_stood_in(person_id, today)), pending_steps(), _STEP.c.due_on.is_not(None))
        .order_by(_STEP.c.due_on, _STEP.c.id)
        .limit(MOST_STOOD_IN)
    )
    return shape_rows(StoodIn, connection.execute(query))


def holders_away(connection: Connection, steps: Mapping[str, str | None], today: date) -> dict[str, date]:
    """Return the last day of absence of those who have these steps and are away, by the grant's reference.

    `steps` are the keys of the steps that the grants' standings name, by reference.
    """
    query = (
        select(_GRANT.c.reference, func.max(_ABSENCE.c.to_on).label("until"))
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .join(_ABSENCE, _ABSENCE.c.person_id == _STEP.c.owner_id)
        .where(
            _GRANT.c.reference.in_(steps),
            tuple_(_GRANT.c.reference, _STEP.c.key).in_(list(steps.items())),
            _STEP.c.with_funder.is_(False),
            is_away(today),
        )
        .group_by(_GRANT.c.reference)
    )
    return {row.reference: row.until for row in connection.execute(query)}


def holds_any(connection: Connection, person_id: int, reference: str | None = None) -> bool:
    """Return whether the person holds a role, or an open step, in any open grant; or in that grant."""
    there = () if reference is None else (_GRANT.c.reference == reference,)
    held = (query(person_id).where(*there) for query in (roles_of, steps_of))
    return any(connection.execute(query.limit(1)).first() is not None for query in held)


def roles_of(person_id: int) -> Select[*tuple[object, ...]]:
    """Return the query for the roles that the person holds in open grants."""
    return (
        select(_ROLE.c.id, _ROLE.c.grant_id, _ROLE.c.role)
        .join(_GRANT, _GRANT.c.id == _ROLE.c.grant_id)
        .where(_ROLE.c.person_id == person_id, _GRANT.c.status == GrantStatus.OPEN)
    )


def steps_of(person_id: int) -> Select[*tuple[object, ...]]:
    """Return the query for the person's unsettled steps in open grants, the next due date first."""
    return (
        select(*columns_of(StepHeld, _STEP, _GRANT))
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(_STEP.c.owner_id == person_id, IS_UNSETTLED, _GRANT.c.status == GrantStatus.OPEN)
        .order_by(_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.id)
    )


def steps_about(person_id: int, until: date) -> Select[*tuple[object, ...]]:
    """Return the query for the person's pending steps, and others that they may be told of up to a day."""
    team = select(team_of(person_id).c.id)
    holds = exists().where(_ROLE.c.grant_id == _GRANT.c.id, _ROLE.c.person_id == person_id)
    told_soon = (_STEP.c.next_action_on <= until) & (_STEP.c.owner_id.in_(team) | holds)
    return (
        select(_STEP.c.id, _STEP.c.grant_id)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(pending_steps(), (_STEP.c.owner_id == person_id) | told_soon)
        .order_by(_STEP.c.id)
    )
