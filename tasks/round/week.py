"""Queue the letter at the end of a week to the heads: who manages an open grant, or stands above its coordinator."""

from sqlalchemy import Connection, Engine, select, union

from models.rules.dates.calendar import offices_in
from models.rules.notices.week import hears_of_week, is_last_of_week
from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole
from models.tables.letter import Letter
from models.tables.person import Person
from models.vocabulary import LADDER_ROLES, GrantStatus, LetterKind, Role
from tasks.people.letter_row import letter_row
from tasks.round.days import RoundDay
from tasks.store.database import reading, transaction
from tasks.store.inserts import new_only
from tasks.store.people import load_people
from tasks.store.round_counts import count

_LETTER = table_of(Letter)
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


def queue_weekly_letters(engine: Engine, day: RoundDay) -> int:
    """Queue a letter to each head who is there, after the day's letters; return how many were queued.

    It is done once, on a week's last working day.
    """
    if not is_last_of_week(day.on, offices_in(day.country)):
        return 0
    with reading(engine) as connection:
        heads = list_heads(connection)
        people = load_people(connection, heads, day.on)
    rows = [
        letter_row(LetterKind.WEEK, head, f"{LetterKind.WEEK}/{head}/{day.on.isoformat()}", day.on, day.now)
        # Its button leads to a page that asks for a sign-in.
        | {"link_expires_at": None}
        for head in heads
        if hears_of_week(people[head], day.on)
    ]
    if not rows:
        return 0
    with transaction(engine) as connection:
        new = new_only(connection.dialect.name, _LETTER).returning(_LETTER.c.id)
        queued = len(connection.execute(new, rows).all())
        count(connection, letters=queued)
        return queued
