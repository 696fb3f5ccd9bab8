"""Hold that a released schema stays as it is, and that a filled database of each is upgraded to today's."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, func, inspect, select, text
from sqlmodel import SQLModel

from deployments.cli.main import run
from deployments.migrations.move import move_rows
from deployments.migrations.upgrade import migration_config, run_migrations, upgrade_schema
from models.errors import BadInput
from tasks.grant.records import read_records
from tasks.grant.spent import keep_spending
from tasks.store.database import SCHEMA_REVISION, open_engine, reading, transaction
from tasks.store.journal import broken_links
from tasks.store.triggers.statements import find_drift, put_back, take_away
from tasks.watch.tampering import rows_amiss
from tests.databases import an_empty_postgres_database
from tests.filled_databases import FOLDER, fill
from tests.grant_scenes import do_round
from tests.tasks.store.test_migrations import schema_differences

TABLES = SQLModel.metadata.tables
DROPPED = {"saved_list"}  # by a migration

MIGRATIONS = {
    one.revision: Path(one.path) for one in ScriptDirectory.from_config(migration_config()).walk_revisions()
}
# The SHA-256 of each migration that was released; a release adds a line.
RELEASED = {"0001": "2452399949684bce88e1e1c0f6eb0a120b8b37b2cc239feed8961244ef1077ab"}


def test_released_migration_stays_as_it_is() -> None:
    made = {revision: hashlib.sha256(path.read_bytes()).hexdigest() for revision, path in MIGRATIONS.items()}
    assert {revision: made.get(revision) for revision in RELEASED} == RELEASED, (
        "a released migration never changes: write one of its own, as CONTRIBUTING.md says"
    )


def test_each_schema_has_a_filled_database() -> None:
    kept = {path.name.partition(".")[0] for path in FOLDER.iterdir()}
    assert kept == MIGRATIONS.keys(), "write that of a new migration: python -m tests.filled_databases"


@pytest.mark.parametrize("revision", sorted(MIGRATIONS))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_filled_database_of_each_schema_is_upgraded(kind: str, revision: str, tmp_path: Path) -> None:
    engine = (
        open_engine(f"sqlite:///{tmp_path / 'old.db'}") if kind == "sqlite" else an_empty_postgres_database()
    )
    with transaction(engine) as connection:
        run_migrations(connection, to=revision)
        filled = fill(connection, revision)
    upgrade_schema(engine)
    with transaction(engine) as connection:
        put_back(connection)  # of the newest schema nothing is to be upgraded
    with reading(engine) as connection:
        assert schema_differences(connection) == []
        kept = {name: count for name, count in filled.items() if name not in DROPPED}
        assert {name: _count(connection, table) for name, table in TABLES.items() if name in filled} == kept
        assert list(broken_links(connection)) == []
        assert list(rows_amiss(connection)) == []
        assert list(find_drift(connection)) == []
        records = list(read_records(connection, _ids(connection)))
        held = [(one.grant.spent_minor, one.grant.unspent_minor) for one in records]
        assert held == [keep_spending(one) for one in records]
        assert any(spent for spent, _ in held)
    # The controller has not confirmed the release within a week.
    counts = do_round(engine, date(2011, 3, 3))
    assert (counts.reminded, counts.failed) == (1, 0)
    engine.dispose()


def test_database_moves_to_the_other_kind_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, back = (open_engine(f"sqlite:///{tmp_path / name}.db") for name in ("first", "back"))
    postgres = an_empty_postgres_database()
    upgrade_schema(first)
    with transaction(first) as connection:
        take_away(connection)
        fill(connection, SCHEMA_REVISION)
        put_back(connection)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(first.url))
    assert run(["move", "--to", postgres.url.render_as_string(hide_password=False)]) == 0
    moved = move_rows(postgres, back)
    assert moved["person"]
    assert moved["journal_event"]
    assert _rows(back) == _rows(postgres) == _rows(first)
    with reading(postgres) as connection:
        assert schema_differences(connection) == []
        assert list(rows_amiss(connection)) == []
    assert do_round(postgres, date(2011, 3, 3)).reminded == 1  # new rows have numbers of their own
    with pytest.raises(BadInput, match="has tables already"):
        move_rows(first, postgres)
    for engine in (first, back, postgres):
        engine.dispose()


def test_database_whose_journal_does_not_hold_is_not_moved(tmp_path: Path) -> None:
    first, other = (open_engine(f"sqlite:///{tmp_path / name}.db") for name in ("first", "other"))
    upgrade_schema(first)
    with transaction(first) as connection:
        take_away(connection)
        fill(connection, SCHEMA_REVISION)
        connection.execute(text("UPDATE journal_event SET event = 'another' WHERE id = 3"))
    with pytest.raises(BadInput, match="does not hold"):
        move_rows(first, other)
    with other.connect() as connection:
        assert inspect(connection).get_table_names() == []
    for engine in (first, other):
        engine.dispose()


def _rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in the order of its keys."""
    with reading(engine) as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for name, table in TABLES.items()
        }


def _ids(connection: Connection) -> list[int]:
    return list(connection.scalars(select(TABLES["grant"].c.id)))


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
