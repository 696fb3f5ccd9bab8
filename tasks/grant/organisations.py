"""Read the organisations of grants, and what each is called from which day on."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BindParameter, Connection, bindparam, select

from models.tables.columns import table_of
from models.tables.person import Organisation, OrganisationName
from tasks.grant.queries import IDS
from tasks.store.queries import columns_of, shape_rows

_ORGANISATION, _NAME = table_of(Organisation), table_of(OrganisationName)


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """An organisation, with what documents say of it."""

    id: int
    key: str
    short_name: str
    registration_number: str
    account: str
    administration: str
    department: str
    unit: str


@dataclass(slots=True)
class NameFrom:
    """A name, and the day from which it holds."""

    name: str
    valid_from_on: date


@dataclass(frozen=True, slots=True)
class Organisations:
    """Organisations by their ids and by their keys, and their names by their ids, the oldest first."""

    known: Mapping[int | str, OrganisationFacts]
    names: Mapping[int, Sequence[NameFrom]]


_KEYS: BindParameter[str] = bindparam("keys", expanding=True)
# An organisation with each of its names, or with None if it has no name.
_NAMED = (
    select(*columns_of(OrganisationFacts, _ORGANISATION), _NAME.c.name, _NAME.c.valid_from_on)
    .outerjoin(_NAME, _NAME.c.organisation_id == _ORGANISATION.c.id)
    .where(_ORGANISATION.c.id.in_(IDS) | _ORGANISATION.c.key.in_(_KEYS))
    .order_by(_ORGANISATION.c.id, _NAME.c.valid_from_on)
)


def load_organisations(connection: Connection, ids: Collection[int], keys: Collection[str]) -> Organisations:
    """Return the organisations with these ids or keys."""
    rows = connection.execute(_NAMED, {"ids": list(ids), "keys": list(keys)}).all() if ids else ()
    names: dict[int, list[NameFrom]] = defaultdict(list)
    for row in rows:
        if row.name is not None:
            names[row.id].append(NameFrom(row.name, row.valid_from_on))
    facts = shape_rows(OrganisationFacts, rows)
    return Organisations({known_as: body for body in facts for known_as in (body.id, body.key)}, names)
