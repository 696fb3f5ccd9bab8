"""Read what a sheet that says more of a grant needs to know of one that is here."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from models.tables.columns import table_of
from models.tables.grant import Grant, GrantRole, ProgrammeVersion
from models.tables.person import Organisation, Person
from tasks.store.references import lowered_forms

_GRANT, _ROLE, _VERSION = table_of(Grant), table_of(GrantRole), table_of(ProgrammeVersion)
_PERSON, _BODY = table_of(Person), table_of(Organisation)


def held_grant(connection: Connection, reference: str) -> dict[str, object] | None:
    """Return what an entry of a grant has to say, as the database holds it; None where there is no such grant."""
    lowered = func.lower(_GRANT.c.reference).in_(lowered_forms(reference))
    rows = connection.execute(select(_GRANT).where(lowered)).all()
    row = next((one for one in rows if one.reference == reference), rows[0] if len(rows) == 1 else None)
    if row is None:
        return None
    bodies = select(_BODY.c.id, _BODY.c.key).where(_BODY.c.id.in_((row.funder_id, row.recipient_id)))
    keys = dict(connection.execute(bodies).all())
    programme = select(_VERSION.c.key).where(_VERSION.c.id == row.programme_id)
    people = select(_ROLE.c.role, _PERSON.c.email).join(_PERSON, _PERSON.c.id == _ROLE.c.person_id)
    return {
        "reference": row.reference,
        "title": row.title,
        "programme": connection.execute(programme).scalar_one(),
        "funder": keys[row.funder_id],
        "recipient": keys[row.recipient_id],
        "roles": dict(connection.execute(people.where(_ROLE.c.grant_id == row.id)).all()),
    }
