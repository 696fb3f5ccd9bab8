"""Ask kept queries on both databases: the rows, values, errors and listeners are SQLAlchemy's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, Select, bindparam, event, func, or_, select, text
from sqlalchemy.exc import DataError, DBAPIError

from models.columns import table_of
from models.errors import DatabaseUnready
from models.grant import Grant
from models.people import Person
from models.step import Step
from models.vocabulary import UNSETTLED
from tasks.store.database import reading, transaction
from tasks.store.kept_queries import ask, ask_first
from tests.builders import a_grant, a_person, a_step
from tests.databases import a_postgres_database

_PERSON, _GRANT, _STEP = table_of(Person), table_of(Grant), table_of(Step)
_IDS: Any = bindparam("ids", expanding=True)
_PEOPLE = select(_PERSON).where(_PERSON.c.id.in_(_IDS)).order_by(_PERSON.c.id)
_GONE = select(_PERSON.c.id, _PERSON.c.bounced_at, _PERSON.c.departed_on.label("gone_on")).where(
    or_(_PERSON.c.bounced_at >= bindparam("since"), _PERSON.c.departed_on == bindparam("day"))
)
_GONE_BY = select(_PERSON.c.id).where(
    _PERSON.c.bounced_at <= bindparam("until"), _PERSON.c.departed_on.is_(None)
)
# A list that is its own, one that is given, and a column that another table has too.
_STEPS = (
    select(_STEP, _GRANT.c.dates)
    .join(_GRANT, _GRANT.c.id == _STEP.c.grant_id)
    .where(_STEP.c.status.in_(UNSETTLED), _STEP.c.grant_id.in_(_IDS), _STEP.c.position < 9)
    .order_by(_STEP.c.id)
    .limit(2)
)
_WHEN, _DAY = datetime(2010, 3, 31, 6, 30, tzinfo=UTC), date(2010, 5, 3)


@pytest.fixture
def ids(engine: Engine) -> list[int]:
    with transaction(engine) as connection:
        people = [
            a_person(connection),
            a_person(connection, bounced_at=_WHEN),
            a_person(connection, departed_on=_DAY),
        ]
        grant = a_grant(connection, dates={"started_on": "2010-01-01"})
        for number in range(3):
            a_step(connection, grant, key=f"step-{number}", position=number, owner_id=people[0])
    return people


@pytest.mark.parametrize("size", [0, 1, 3, 70])
@pytest.mark.parametrize("query", [_PEOPLE, _STEPS], ids=["people", "steps"])
def test_rows_are_those_of_sqlalchemy(engine: Engine, ids: list[int], query: Select[Any], size: int) -> None:
    given = {"ids": (ids * 30)[:size]}
    with reading(engine) as connection:
        expected = connection.execute(query, given).all()
        found = ask(connection, query, given)
    assert found == expected
    assert [dict(row._mapping) for row in found] == [dict(row._mapping) for row in expected]
    assert [[type(value) for value in row] for row in found] == [
        [type(value) for value in row] for row in expected
    ]


def test_values_are_given_anew_each_time(engine: Engine, ids: list[int]) -> None:
    with reading(engine) as connection:
        for given, expected in (
            ({"since": _WHEN, "day": date(2000, 1, 1)}, [(ids[1], _WHEN, None)]),
            ({"since": datetime(2030, 1, 1, tzinfo=UTC), "day": _DAY}, [(ids[2], None, _DAY)]),
            ({"since": datetime(2030, 1, 1, tzinfo=UTC), "day": None}, []),
        ):
            assert ask(connection, _GONE, given) == expected
        # To the second: written as the column writes it, not as the driver would by itself.
        assert ask(connection, _GONE_BY, {"until": _WHEN}) == [(ids[1],)]
        assert ask(connection, _GONE_BY, {"until": _WHEN - timedelta(microseconds=1)}) == []
        assert ask_first(connection, _PEOPLE, {"ids": ids[1:]}).id == ids[1]  # type: ignore[union-attr]
        assert ask_first(connection, _PEOPLE, {"ids": []}) is None


def test_errors_are_those_of_sqlalchemy(engine: Engine) -> None:
    gone = select(text("id")).select_from(text("nowhere"))
    with reading(engine) as connection, pytest.raises(DBAPIError):
        ask(connection, gone, {})


def test_value_that_is_missing_is_told(engine: Engine, ids: list[int]) -> None:
    with reading(engine) as connection, pytest.raises(KeyError, match="since"):
        ask(connection, _GONE, {"day": _DAY})


def test_who_listens_is_told_of_each_statement(engine: Engine, ids: list[int]) -> None:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    with reading(engine) as connection:
        ask(connection, _PEOPLE, {"ids": ids})
        ask(connection, _PEOPLE, {"ids": ids})
    assert len([one for one in said if "FROM person" in one]) == 2


def test_reason_is_the_first_one_on_postgresql() -> None:
    engine = a_postgres_database()

    def ask_for_long() -> None:
        with transaction(engine) as connection:
            connection.execute(text("SET LOCAL statement_timeout = 100"))
            ask(connection, select(func.pg_sleep(bindparam("seconds"))), {"seconds": 5})

    with pytest.raises(DatabaseUnready, match="statement timeout"):
        ask_for_long()
    with reading(engine) as connection, pytest.raises(DataError, match="out of range"):
        ask(connection, _PEOPLE, {"ids": [2**40]})


def test_connection_that_ends_is_told_and_not_kept_on_postgresql() -> None:
    engine = a_postgres_database()

    def ask_who_is_gone() -> None:
        with reading(engine) as connection:
            number = connection.execute(select(func.pg_backend_pid())).scalar_one()
            with engine.begin() as other:
                other.execute(select(func.pg_terminate_backend(number, 5000)))
            ask(connection, _PEOPLE, {"ids": [1]})

    with pytest.raises(DatabaseUnready, match="administrator"):
        ask_who_is_gone()
    with reading(engine) as connection:
        assert ask(connection, _PEOPLE, {"ids": [1]}) == []
