"""Find the grant that somebody means by the reference they typed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, Integer, Text, column, func, select, table

from models.errors import UnknownReference
from tasks.database import reading

# Named here and not by its model, which `grants status` does not load.
_GRANT = table("grant", column("id", Integer), column("reference", Text), column("currency", Text))


@dataclass(frozen=True, slots=True)
class KnownGrant:
    """A grant that somebody named, with its reference as the grant has it."""

    id: int
    reference: str
    currency: str


def find_grant(engine: Engine, typed: str) -> KnownGrant:
    """Return the grant; capitals matter only where two references differ by nothing else.

    Raises UnknownReference when there is none, or when it could be either of two.
    """
    wanted = typed.strip()
    query = select(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.currency)
    with reading(engine) as connection:
        alike = connection.execute(query.where(func.lower(_GRANT.c.reference) == wanted.lower())).all()
    found = [row for row in alike if row.reference == wanted] or alike
    if len(found) != 1:
        raise UnknownReference(wanted)
    return KnownGrant(*found[0])
