"""Find a grant by the reference that somebody typed."""

from dataclasses import dataclass

from sqlalchemy import Engine, Integer, Text, column, func, select, table

from models.errors import UnknownReference
from models.reading.reference import kept_reference
from tasks.store.database import reading

# Named here and not by its model, which `grants status` does not load.
_GRANT = table("grant", column("id", Integer), column("reference", Text), column("currency", Text))


@dataclass(frozen=True, slots=True)
class KnownGrant:
    """A grant that somebody named, with its reference as stored."""

    id: int
    reference: str
    currency: str


def find_grant(engine: Engine, typed: str) -> KnownGrant:
    """Return the grant; capitals matter only if two references differ by nothing else.

    Raises UnknownReference if there is none, or if it could be either of two.
    """
    wanted = kept_reference(typed)
    query = select(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.currency)
    lowered = func.lower(_GRANT.c.reference)
    with reading(engine) as connection:
        alike = connection.execute(query.where(lowered.in_(lowered_forms(wanted)))).all()
        matches = [row for row in alike if row.reference == wanted] or alike
        if len(matches) == 1:
            return KnownGrant(*matches[0])
    raise UnknownReference(wanted)


def lowered_forms(reference: str) -> set[str]:
    """Return a database's lower() of a reference, in any capitals: SQLite's only knows a to z."""
    forms = (reference, reference.upper(), reference.lower())
    a_to_z = ("".join(sign.lower() if sign.isascii() else sign for sign in text) for text in forms)
    return {reference.lower(), *a_to_z}
