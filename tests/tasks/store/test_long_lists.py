"""Name more rows than a statement takes values: on a database that takes few."""

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert

from models.tables.columns import table_of
from models.tables.person import Person
from tasks.sources.due_steps import ask_no_more
from tasks.store.database import in_batches, reading, transaction
from tasks.watch.steps import unreachable_owners
from tests.builders import a_database

MANY, MOST = 1_200, 600


@pytest.fixture
def narrow(tmp_path: Path) -> Engine:
    """A database of which a statement takes `MOST` values."""
    engine = a_database(tmp_path)
    engine.dispose()

    def limit(connection: Any, _: object) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, MOST)

    event.listen(engine, "connect", limit)
    return engine


def test_batches_are_all_of_them_in_order() -> None:
    assert [len(one) for one in in_batches(range(MANY))] == [500, 500, 200]
    assert [one for batch in in_batches(range(MANY)) for one in batch] == list(range(MANY))


def test_sources_are_asked_no_more_for_however_many_steps(narrow: Engine) -> None:
    ask_no_more(narrow, range(MANY))


def test_however_many_who_have_left_hide_no_step(narrow: Engine) -> None:
    gone = [
        {"email": f"{one}@example.org", "name": "Gone", "departed_on": date(2010, 1, 1)}
        for one in range(MANY)
    ]
    with transaction(narrow) as connection:
        connection.execute(insert(table_of(Person)), gone)
    with reading(narrow) as connection:
        assert unreachable_owners(connection, date(2010, 10, 8)) == []
