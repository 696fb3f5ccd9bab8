"""Decide which grants and people a visitor may see."""

from datetime import date

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Connection, Select, exists, or_, select, union

from models.rules.duties import Doer, may_do, may_see_all
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import Duty, GrantStatus, StepStatus
from tasks.people.sign_in import Visitor
from tasks.store.queries import steps_stood_in

_PERSON = table_of(Person)
_GRANT = table_of(Grant)
_ROLE = table_of(GrantRole)
_STEP = table_of(Step)


def _seen_by(person_id: int, today: date) -> CompoundSelect[int]:
    """Return the query for the grants in which the person, or anyone below them, holds a role or a step.

    So do those in which the person has a step today in place of its owner.
    """
    team = select(team_of(person_id).c.id)
    roles = select(_ROLE.c.grant_id).where(_ROLE.c.person_id.in_(team))
    owned = select(_STEP.c.grant_id).where(_STEP.c.owner_id.in_(team))
    stood_in = select(_STEP.c.grant_id).where(_STEP.c.id.in_(steps_stood_in(person_id, today)))
    return union(roles, owned, stood_in)


def team_of(person_id: int) -> CTE:
    """Return the person and everyone below them in the manager chain, as a query's `id` column."""
    team = select(_PERSON.c.id).where(_PERSON.c.id == person_id).cte("team", recursive=True)
    # UNION, not UNION ALL: a ring of managers would go on for ever.
    return team.union(select(_PERSON.c.id).join(team, _PERSON.c.manager_id == team.c.id))


def seen_grants(visitor: Visitor) -> Select[int] | None:
    """Return the query for the ids of the grants that the visitor may see; None for all of them.

    A grant is seen by those who hold a role or a step in it, by their managers up to the top, and by who has a step
    in it today in place of its owner.
    """
    if visitor.sees_all or visitor.person_id is None:
        return None
    return select(_seen_by(visitor.person_id, visitor.today).subquery().c.grant_id)


def narrowed_grants(connection: Connection, visitor: Visitor) -> Select[int] | None:
    """Return the query of `seen_grants`; None also where it finds every grant, as a controller's may.

    A list that needs no condition takes a tenth of the time.
    """
    seen = is_seen(visitor)
    if seen is None:
        return None
    is_another = connection.execute(select(_GRANT.c.id).where(~seen).limit(1)).first()
    return None if is_another is None else seen_grants(visitor)


def told_grants(connection: Connection, person_id: int, today: date) -> Select[int]:
    """Return the query for the ids of the grants that the person may see, without those still quiet."""
    person = connection.execute(
        select(_PERSON.c.access, _PERSON.c.is_admin).where(_PERSON.c.id == person_id)
    ).one()
    told = select(_GRANT.c.id).where(~_GRANT.c.quiet)
    if may_see_all(person.access, is_admin=person.is_admin):
        return told
    return told.where(_GRANT.c.id.in_(select(_seen_by(person_id, today).subquery().c.grant_id)))


def is_seen(visitor: Visitor) -> ColumnElement[bool] | None:
    """Return the condition equal to `seen_grants`, for a query that itself finds few of many grants."""
    if visitor.sees_all or visitor.person_id is None:
        return None
    team = select(team_of(visitor.person_id).c.id)
    held = _STEP.alias()
    roles = exists().where(_ROLE.c.grant_id == _GRANT.c.id, _ROLE.c.person_id.in_(team))
    owned = exists().where(held.c.grant_id == _GRANT.c.id, held.c.owner_id.in_(team))
    stood_in = select(held.c.grant_id).where(held.c.id.in_(steps_stood_in(visitor.person_id, visitor.today)))
    return or_(roles, owned, _GRANT.c.id.in_(stood_in))


def may_see_grant(connection: Connection, visitor: Visitor, reference: str) -> bool:
    """Return whether the visitor may see the grant; False also for one that does not exist."""
    query = select(_GRANT.c.id).where(_GRANT.c.reference == reference)
    seen = seen_grants(visitor)
    if seen is not None:
        query = query.where(_GRANT.c.id.in_(seen))
    return connection.execute(query).first() is not None


def may_see_person(connection: Connection, visitor: Visitor, person_id: int) -> bool:
    """Return whether the visitor may see a person's holdings: their own, or of those below; an admin all."""
    query = select(_PERSON.c.id).where(_PERSON.c.id == person_id)
    if not visitor.is_admin:
        if visitor.person_id is None:
            return False
        query = query.where(_PERSON.c.id.in_(select(team_of(visitor.person_id).c.id)))
    return connection.execute(query).first() is not None


def may_visitor(connection: Connection, visitor: Visitor, duty: Duty, about: int = 0) -> bool:
    """Return whether the visitor may do it; `about` is the id of the grant, the person or the body."""
    if visitor.is_admin or visitor.person_id is None:
        return may_do(duty, Doer(visitor.is_admin))
    match duty:
        case Duty.PERSON | Duty.HOLDINGS:
            is_self = about == visitor.person_id
            doer = Doer(False, is_above=not is_self and about in _team(connection, visitor), is_self=is_self)
        case Duty.GRANT | Duty.APPROVAL | Duty.REPORTED:
            held = _held(connection, _ROLE.c.grant_id == about)
            roles = _roles_of(visitor, held)
            below = _team(connection, visitor) - {visitor.person_id}
            is_above = any(person_id in below for _, person_id in held)
            has_approved = duty is Duty.APPROVAL and _has_approved(connection, visitor, roles, about)
            doer = Doer(False, roles, is_above=is_above, is_self=has_approved)
        case Duty.NEW_GRANT:
            held = _held(connection, _ROLE.c.person_id == visitor.person_id)
            doer = Doer(False, _roles_of(visitor, held), is_self=True)
        case Duty.BOOKS:
            held = _held(connection, _ROLE.c.person_id == visitor.person_id)
            doer = Doer(False, _roles_of(visitor, held), is_above=visitor.leads)
        case Duty.MEETINGS:
            before = (_GRANT.c.recipient_id == about, _GRANT.c.status == GrantStatus.OPEN)
            held = _held(
                connection,
                _ROLE.c.person_id == visitor.person_id,
                _ROLE.c.grant_id.in_(select(_GRANT.c.id).where(*before)),
            )
            doer = Doer(False, _roles_of(visitor, held))
        case _:
            doer = Doer(False)
    return may_do(duty, doer)


def may_anywhere(connection: Connection, visitor: Visitor, duty: Duty) -> bool:
    """Return whether there may be anything about which the visitor may do it; else nothing has to be looked for."""
    held = _held(connection, _ROLE.c.person_id == visitor.person_id)
    return may_do(
        duty, Doer(visitor.is_admin, _roles_of(visitor, held), is_above=visitor.leads, is_self=True)
    )


def _team(connection: Connection, visitor: Visitor) -> set[int]:
    return set(connection.execute(select(team_of(visitor.person_id or 0).c.id)).scalars())


def _held(connection: Connection, *where: ColumnElement[bool]) -> set[tuple[str, int]]:
    """Return who holds which role there."""
    rows = connection.execute(select(_ROLE.c.role, _ROLE.c.person_id).where(*where).distinct()).all()
    return {(str(row.role), row.person_id) for row in rows}


def _has_approved(connection: Connection, visitor: Visitor, roles: frozenset[str], grant_id: int) -> bool:
    """Return whether a valid approval of the grant was the visitor's, or their role's, to give."""
    query = select(_STEP.c.id).where(
        _STEP.c.grant_id == grant_id,
        or_(_STEP.c.done_by_id == visitor.person_id, _STEP.c.owner_role.in_(roles)),
        _STEP.c.status == StepStatus.APPROVED,
    )
    return connection.execute(query).first() is not None


def _roles_of(visitor: Visitor, held: set[tuple[str, int]]) -> frozenset[str]:
    return frozenset(role for role, person_id in held if person_id == visitor.person_id)
