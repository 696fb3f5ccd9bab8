"""Find what decides whether a visitor may do a part of the office's work: their roles, and whom they stand above."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, select

from models.rules.duties import Doer, Duty, may_do
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.vocabulary import GrantStatus
from tasks.people.sign_in import Visitor
from tasks.people.visibility import team_of

_GRANT, _ROLE = table_of(Grant), table_of(GrantRole)


def may_visitor(connection: Connection, visitor: Visitor, duty: Duty, about: int = 0) -> bool:
    """Return whether the visitor may do it; `about` is the id of the grant, the person or the body."""
    if visitor.is_admin or visitor.person_id is None:
        return may_do(duty, Doer(visitor.is_admin))
    match duty:
        case Duty.PERSON | Duty.HOLDINGS:
            is_self = about == visitor.person_id
            doer = Doer(False, is_above=not is_self and about in _team(connection, visitor), is_self=is_self)
        case Duty.GRANT:
            held = _held(connection, _ROLE.c.grant_id == about)
            below = _team(connection, visitor) - {visitor.person_id}
            doer = Doer(False, _roles_of(visitor, held), is_above=any(one in below for _, one in held))
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


def _team(connection: Connection, visitor: Visitor) -> set[int]:
    return set(connection.execute(select(team_of(visitor.person_id or 0).c.id)).scalars())


def _held(connection: Connection, *where: ColumnElement[bool]) -> set[tuple[str, int]]:
    """Return who holds which role there."""
    rows = connection.execute(select(_ROLE.c.role, _ROLE.c.person_id).where(*where).distinct()).all()
    return {(str(row.role), row.person_id) for row in rows}


def _roles_of(visitor: Visitor, held: set[tuple[str, int]]) -> frozenset[str]:
    return frozenset(role for role, person_id in held if person_id == visitor.person_id)
