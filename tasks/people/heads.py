"""Find the heads: who holds a manager's role in an open grant, or stands above its coordinator."""

from sqlalchemy import Connection, select, union

from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.person import Person
from models.vocabulary import LADDER_ROLES, GrantStatus, Role

_GRANT = table_of(Grant)
_ROLE = table_of(GrantRole)
_PERSON = table_of(Person)
_HELD = (
    select(_ROLE.c.person_id)
    .join(_GRANT, _GRANT.c.id == _ROLE.c.grant_id)
    .where(_GRANT.c.status == GrantStatus.OPEN)
)
_MANAGERS = (
    select(_PERSON.c.manager_id.label("id"))
    .where(_PERSON.c.id.in_(_HELD.where(_ROLE.c.role == Role.COORDINATOR)))
    .cte("above", recursive=True)
)
# UNION, not UNION ALL: a ring of managers would go on for ever.
_ABOVE = _MANAGERS.union(select(_PERSON.c.manager_id).join(_MANAGERS, _PERSON.c.id == _MANAGERS.c.id))
_HEADS = union(
    _HELD.where(_ROLE.c.role.in_(LADDER_ROLES)), select(_ABOVE.c.id).where(_ABOVE.c.id.is_not(None))
)


def list_heads(connection: Connection) -> list[int]:
    """Return the ids of the heads of the open grants, in order."""
    return sorted(connection.scalars(_HEADS))
