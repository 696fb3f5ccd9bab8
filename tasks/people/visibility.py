"""Say which grants and people a visitor may see: their own part, and the part of everyone below them."""

from __future__ import annotations

from sqlalchemy import (
    CTE,
    CompoundSelect,
    Connection,
    Select,
    select,
    union,
)

from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Person
from models.tables.step import Step
from tasks.people.sign_in import Visitor

_PERSON, _GRANT = table_of(Person), table_of(Grant)
_ROLE, _STEP = table_of(GrantRole), table_of(Step)


def _seen_by(person_id: int) -> CompoundSelect[int]:
    """Select the grants in which the person, or anyone below them, holds a role or a step."""
    team = select(team_of(person_id).c.id)
    roles = select(_ROLE.c.grant_id).where(_ROLE.c.person_id.in_(team))
    return union(roles, select(_STEP.c.grant_id).where(_STEP.c.owner_id.in_(team)))


def team_of(person_id: int) -> CTE:
    """Return the person and everyone below them in the manager chain, as a query's `id` column."""
    team = select(_PERSON.c.id).where(_PERSON.c.id == person_id).cte("team", recursive=True)
    # UNION, not UNION ALL: a ring of managers would go on for ever.
    return team.union(select(_PERSON.c.id).join(team, _PERSON.c.manager_id == team.c.id))


def seen_grants(visitor: Visitor) -> Select[int] | None:
    """Select the ids of the grants that the visitor may see; None when that is all of them.

    A grant is seen by those who hold a role or a step in it, and by who stands above such a person.
    """
    if visitor.sees_all or visitor.person_id is None:
        return None
    return select(_seen_by(visitor.person_id).subquery().c.grant_id)


def may_see_grant(connection: Connection, visitor: Visitor, reference: str) -> bool:
    """Return whether the visitor may see the grant; False also for one that does not exist."""
    query, seen = select(_GRANT.c.id).where(_GRANT.c.reference == reference), seen_grants(visitor)
    if seen is not None:
        query = query.where(_GRANT.c.id.in_(seen))
    return connection.execute(query).first() is not None


def may_see_person(connection: Connection, visitor: Visitor, person_id: int) -> bool:
    """Return whether the visitor may see what a person holds: their own, that of who is below, an admin anyone's."""
    query = select(_PERSON.c.id).where(_PERSON.c.id == person_id)
    if not visitor.is_admin:
        if visitor.person_id is None:
            return False
        query = query.where(_PERSON.c.id.in_(select(team_of(visitor.person_id).c.id)))
    return connection.execute(query).first() is not None
