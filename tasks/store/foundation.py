"""The database's own id, and whether it holds a sample."""

from sqlalchemy import Connection, Engine, select, update

from models.tables.columns import table_of
from models.tables.journal import Foundation
from tasks.store.database import transaction

_FOUNDATION = table_of(Foundation)
# The portal's health check names its database in this header.
DATABASE_HEADER = "X-Grantline-Database"


def read_database_id(connection: Connection) -> str:
    """Return the id that the database got when it was made: a UUID, which its backups and copies share."""
    database_id: str = connection.execute(select(_FOUNDATION.c.database_id)).scalar_one()
    return database_id


def is_sample(connection: Connection) -> bool:
    """Return whether the database holds a sample or a replay: nobody outside hears what happens in it."""
    return bool(connection.execute(select(_FOUNDATION.c.is_sample)).scalar())


def mark_sample(engine: Engine) -> None:
    """Note in the database that it holds a sample or a replay, for good."""
    with transaction(engine) as connection:
        connection.execute(update(_FOUNDATION).values(is_sample=True))
