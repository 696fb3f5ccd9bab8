"""Keep the lists of grants that people saved under a name: each person's own, nothing of the office's."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, delete, func, insert, select

from models.tables.columns import table_of
from models.tables.person import SavedList
from tasks.store.database import transaction
from tasks.store.taken_forms import keep_form

_LIST = table_of(SavedList)
MOST_LISTS = 20


def lists_of(connection: Connection, person_id: int) -> dict[str, str]:
    """Return what the person's lists ask for, as addresses have it, by their names."""
    own = select(_LIST.c.name, _LIST.c.query).where(_LIST.c.person_id == person_id).order_by(_LIST.c.id)
    return {row.name: row.query for row in connection.execute(own)}


def save_list(engine: Engine, person_id: int, name: str, query: str, now: datetime) -> None:
    """Save what a list asks for under a name, in place of one that has it; nothing for who has MOST_LISTS."""
    with transaction(engine) as connection:
        keep_form(connection, now)
        _drop(connection, person_id, name)
        own = select(func.count()).where(_LIST.c.person_id == person_id)
        if connection.execute(own).scalar_one() < MOST_LISTS:
            connection.execute(insert(_LIST).values(person_id=person_id, name=name, query=query))


def drop_list(engine: Engine, person_id: int, name: str, now: datetime) -> None:
    """Take a saved list away."""
    with transaction(engine) as connection:
        keep_form(connection, now)
        _drop(connection, person_id, name)


def _drop(connection: Connection, person_id: int, name: str) -> None:
    connection.execute(delete(_LIST).where(_LIST.c.person_id == person_id, _LIST.c.name == name))
