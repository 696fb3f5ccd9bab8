"""Say which grants a visitor's figures count: all, those of the units that somebody leads, or one's own."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, select

from tasks.overview.grants import Seen
from tasks.overview.standing import PERSON
from tasks.people.sign_in import Visitor
from tasks.people.visibility import team_of


class Counted(StrEnum):
    """Which grants are counted: of the whole office, of those who lead others, or of one person."""

    ALL = "all"
    LED = "led"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which grants are counted; the units of somebody who leads others, by name."""

    counted: Counted
    units: tuple[str, ...] = ()


def find_scope(connection: Connection, visitor: Visitor, seen: Seen) -> Scope:
    """Return what the figures of a visitor count who sees these grants.

    A head's unit is their own department; where their account names none, the departments of those below them.
    """
    if seen is None:
        return Scope(Counted.ALL)
    team = select(PERSON.c.id, PERSON.c.department).where(
        PERSON.c.id.in_(select(team_of(visitor.person_id or 0).c.id))
    )
    departments = {row.id: row.department for row in connection.execute(team)}
    own = departments.pop(visitor.person_id, None)
    if not departments:
        return Scope(Counted.OWN)
    return Scope(Counted.LED, (own,) if own else tuple(sorted({one for one in departments.values() if one})))
