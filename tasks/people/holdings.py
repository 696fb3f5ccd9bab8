"""Find what a person holds in open grants, and pass it on to another, whole or grant by grant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, Select, func, null, or_, select, union_all, update

from models.errors import BadInput, UnknownPerson
from models.rules.dates.calendar import WorkCalendar, offices_in
from models.rules.steps.order import has_come
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, NoticeKind, Phase, StepKind
from tasks.people.notices import Draft, queue_in_turn, revoke_notices
from tasks.store.database import transaction
from tasks.store.journal import Happened, write_journal
from tasks.store.rows import shape_rows
from tasks.store.taken_forms import keep_form

_PERSON, _GRANT = table_of(Person), table_of(Grant)
_ROLE, _STEP = table_of(GrantRole), table_of(Step)


class NothingToPassOn(BadInput):
    """There is nothing to pass on."""


@dataclass(frozen=True, slots=True)
class GrantHeld:
    """An open grant; `grants` is how many of them there are."""

    id: int
    reference: str
    title: str
    programme_id: int
    grants: int


@dataclass(frozen=True, slots=True)
class StepHeld:
    """A step that is to be done."""

    id: int
    grant_id: int
    kind: StepKind
    period: str | None
    template_key: str
    version: int
    due_on: date | None
    phase: Phase
    awarded_on: date | None


@dataclass(frozen=True, slots=True)
class Holding:
    """An open grant in which a person holds roles, or steps that are to be done."""

    grant: GrantHeld
    roles: tuple[str, ...]
    steps: tuple[StepHeld, ...]


def holdings_of(
    connection: Connection, person_id: int, first: int = 0, most: int | None = None
) -> tuple[list[Holding], int]:
    """Return what the person holds, by grant, the next due date first; and in how many grants that is.

    `most` grants from the `first` on are returned, or all: a head of administration has a part in every grant.
    """
    held = union_all(
        _roles(person_id).with_only_columns(_ROLE.c.grant_id, null().label("due_on")),
        _steps(person_id).order_by(None).with_only_columns(_STEP.c.grant_id, _STEP.c.due_on),
    ).subquery()
    next_on = func.min(held.c.due_on)
    columns = (_GRANT.c[name] for name in ("id", "reference", "title", "programme_id"))
    query = (
        select(*columns, func.count().over().label("grants"))
        .join(held, held.c.grant_id == _GRANT.c.id)
        .group_by(_GRANT.c.id)
        .order_by(next_on.is_(None), next_on, _GRANT.c.reference)
    )
    grants = shape_rows(GrantHeld, connection.execute(query.limit(most).offset(first)))
    ids = [grant.id for grant in grants]
    roles: dict[int, list[str]] = {}
    for row in connection.execute(_roles(person_id).where(_GRANT.c.id.in_(ids)).order_by(_ROLE.c.id)):
        roles.setdefault(row.grant_id, []).append(str(row.role))
    steps: dict[int, list[StepHeld]] = {}
    for step in shape_rows(StepHeld, connection.execute(_steps(person_id).where(_GRANT.c.id.in_(ids)))):
        steps.setdefault(step.grant_id, []).append(step)
    found = [
        Holding(grant, tuple(roles.get(grant.id, ())), tuple(steps.get(grant.id, ()))) for grant in grants
    ]
    return found, grants[0].grants if grants else 0


def _roles(person_id: int) -> Select[*tuple[object, ...]]:
    return (
        select(_ROLE.c.id, _ROLE.c.grant_id, _ROLE.c.role)
        .join(_GRANT, _GRANT.c.id == _ROLE.c.grant_id)
        .where(_ROLE.c.person_id == person_id, _GRANT.c.status == GrantStatus.OPEN)
    )


def _steps(person_id: int) -> Select[*tuple[object, ...]]:
    columns = ("id", "grant_id", "kind", "period", "template_key", "version", "due_on")
    return (
        select(*(_STEP.c[name] for name in columns), _STEP.c.phase, _GRANT.c.awarded_on)
        .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
        .where(
            _STEP.c.owner_id == person_id,
            _STEP.c.status.in_(UNSETTLED),
            _GRANT.c.status == GrantStatus.OPEN,
        )
        .order_by(_STEP.c.due_on.is_(None), _STEP.c.due_on, _STEP.c.id)
    )


@dataclass(frozen=True, slots=True)
class PassedOn:
    """How many grants and steps have another holder now, and who that is."""

    grants: int
    steps: int
    to_name: str


def pass_on(
    engine: Engine,
    from_id: int,
    to_email: str,
    *,
    reference: str | None,
    by_id: int | None,
    country: str,
    today: date,
    now: datetime,
) -> PassedOn:
    """Pass all that a person holds, or what they hold in one grant, to another, who is told in one letter.

    The letter waits for a day on which the country's offices are open.

    Raises UnknownPerson for an address that is nobody's here, BadInput when it is the same person's or there is
    nothing to pass on.
    """
    with transaction(engine) as connection:
        to_id, to_name = _receiver(connection, to_email, from_id, today)
        grants = _lock_grants(connection, from_id, reference)
        roles = connection.execute(_roles(from_id).where(_ROLE.c.grant_id.in_(grants))).all()
        of_these = _steps(from_id).where(_STEP.c.grant_id.in_(grants))
        steps = shape_rows(StepHeld, connection.execute(of_these))
        if not roles and not steps:
            raise NothingToPassOn
        connection.execute(
            update(_ROLE).where(_ROLE.c.id.in_([row.id for row in roles])).values(person_id=to_id)
        )
        ids = [row.id for row in steps]
        moved = {"owner_id": to_id, "owner_since_on": today, "version": _STEP.c.version + 1}
        connection.execute(update(_STEP).where(_STEP.c.id.in_(ids)).values(moved))
        revoke_notices(connection, from_id, ids, now)
        detail: dict[str, int | None] = {"from": from_id, "by": by_id}
        events = [
            Happened("role_handed_over", row.grant_id, None, to_id, {**detail, "role": str(row.role)})
            for row in roles
        ]
        events += [Happened("step_handed_over", row.grant_id, row.id, to_id, detail) for row in steps]
        events += _tell(connection, steps, from_id, to_id, detail, offices_in(country), today, now)
        write_journal(connection, today, now, events)
        keep_form(connection, now)
        held = {row.grant_id for row in roles} | {step.grant_id for step in steps}
        return PassedOn(len(held), len(steps), to_name)


def _receiver(connection: Connection, email: str, from_id: int, today: date) -> tuple[int, str]:
    here = or_(_PERSON.c.departed_on.is_(None), _PERSON.c.departed_on > today)
    query = select(_PERSON.c.id, _PERSON.c.name).where(_PERSON.c.email == email.strip().lower(), here)
    found = connection.execute(query).first()
    if found is None:
        raise UnknownPerson(f"'{email}' is not known, or has left")
    if found.id == from_id:
        raise BadInput("they hold it already")
    return found.id, found.name


def _lock_grants(connection: Connection, from_id: int, reference: str | None) -> list[int]:
    """Lock the open grants in which the person holds something, in the order in which everyone locks them."""
    roles, steps = _roles(from_id).with_only_columns(_ROLE.c.grant_id), _steps(from_id).order_by(None)
    mine = or_(_GRANT.c.id.in_(roles), _GRANT.c.id.in_(steps.with_only_columns(_STEP.c.grant_id)))
    query = select(_GRANT.c.id).where(mine)
    if reference is not None:
        query = query.where(_GRANT.c.reference == reference)
    locked = query.order_by(_GRANT.c.id).with_for_update(key_share=True)
    return list(connection.execute(locked).scalars())


def _tell(
    connection: Connection,
    steps: Sequence[StepHeld],
    from_id: int,
    to_id: int,
    detail: dict[str, int | None],
    calendar: WorkCalendar,
    today: date,
    now: datetime,
) -> list[Happened]:
    """Tell the new holder of the steps that have a date and whose time has come.

    That is with today's letter, or the next day's if that has left.
    """
    drafts = [
        Draft(
            step.id,
            step.grant_id,
            step.version + 1,
            step.due_on,
            f"handed-over-{step.version + 1}",
            NoticeKind.HANDED_OVER,
            to_id,
            str(NoticeKind.HANDED_OVER),
            detail=detail,
        )
        for step in steps
        if step.due_on is not None and has_come(step.phase, step.kind, step.awarded_on)
    ]
    return queue_in_turn(connection, drafts, calendar, today, now)
