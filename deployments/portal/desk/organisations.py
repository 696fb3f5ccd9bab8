"""Find the organisations that a form can name."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from models.tables.columns import table_of
from models.tables.person import Organisation
from tasks.intake.cell_names import CellNames
from tasks.store.organisation_names import load_names

_BODY = table_of(Organisation)


def keys_of(connection: Connection) -> Mapping[int, str]:
    """Return the keys of all organisations, by id."""
    return {row.id: row.key for row in connection.execute(select(_BODY.c.id, _BODY.c.key))}


def known_organisations(connection: Connection) -> CellNames:
    """Return the organisations by their keys and names: a name that is not among them is a new one's."""
    known = CellNames()
    keys = keys_of(connection)
    for body, held in load_names(connection, keys).items():
        known.add_organisation(keys[body], [one.name for one in held])
    return known
