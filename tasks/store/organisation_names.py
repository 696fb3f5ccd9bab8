"""Load the names of organisations."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam
from sqlmodel import col, select

from models.tables.person import OrganisationName
from tasks.store.queries import load_models

_NAMES = (
    select(OrganisationName)
    .where(col(OrganisationName.organisation_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(OrganisationName.valid_from_on))
)


def load_names(connection: Connection, ids: Collection[int]) -> Mapping[int, Sequence[OrganisationName]]:
    """Return the names of organisations by their ids, oldest first; none for an organisation without a name."""
    by_organisation: dict[int, list[OrganisationName]] = defaultdict(list)
    for row in load_models(connection, _NAMES, {"ids": list(ids)}):
        by_organisation[row.organisation_id].append(row)
    return by_organisation
