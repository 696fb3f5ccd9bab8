"""Load people as rules decide about them, and who holds a grant's roles."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, bindparam, select

from models.rules.notices.recipients import PersonFacts
from models.tables.columns import table_of
from models.tables.grant import GrantRole
from models.tables.person import Absence, Person

_PERSON = table_of(Person)
_ABSENCE = table_of(Absence)
_ROLE = table_of(GrantRole)
_COLUMNS = tuple(_PERSON.c[name] for name in ("id", "manager_id", "deputy_id", "departed_on", "bounced_at"))
_LINE = select(*_COLUMNS).where(_PERSON.c.id.in_(bindparam("people", expanding=True))).cte(recursive=True)
# UNION, not UNION ALL: two people who stand in for each other are found once.
_REACHED = _LINE.union(
    select(*_COLUMNS).join(_LINE, _PERSON.c.id.in_((_LINE.c.manager_id, _LINE.c.deputy_id)))
)
# Each person once for every absence, or once without.
_PEOPLE = select(_REACHED, _ABSENCE.c.from_on, _ABSENCE.c.to_on).outerjoin(
    _ABSENCE, (_ABSENCE.c.person_id == _REACHED.c.id) & (_ABSENCE.c.to_on >= bindparam("today"))
)
_HELD = select(_ROLE.c.grant_id, _ROLE.c.role, _ROLE.c.person_id).where(
    _ROLE.c.grant_id.in_(bindparam("grants", expanding=True))
)


def load_people(connection: Connection, ids: Iterable[int], today: date) -> dict[int, PersonFacts]:
    """Return the people and everyone up their lines, by id, with absences that are not over."""
    rows = connection.execute(_PEOPLE, {"people": list(set(ids)), "today": today}).all()
    away: dict[int, list[tuple[date, date]]] = {}
    for row in rows:
        if row.from_on is not None:
            away.setdefault(row.id, []).append((row.from_on, row.to_on))
    return {
        row.id: PersonFacts(
            id=row.id,
            manager_id=row.manager_id,
            deputy_id=row.deputy_id,
            departed_on=row.departed_on,
            bounced=row.bounced_at is not None,
            absences=tuple(away.get(row.id, ())),
        )
        for row in rows
    }


def load_roles(connection: Connection, grant_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """Return the holder of each role in the grants, by grant and role."""
    by_grant: dict[int, dict[str, int]] = {grant_id: {} for grant_id in grant_ids}
    for grant_id, role, person_id in connection.execute(_HELD, {"grants": list(by_grant)}).all():
        by_grant.setdefault(grant_id, {})[role] = person_id
    return by_grant
