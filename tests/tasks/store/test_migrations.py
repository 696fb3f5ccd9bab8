"""Hold the migrations to the tables, and a database that is not ready to one clear line."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import SQLModel

import tasks.store.database
from deployments.cli.main import run
from deployments.migrations.upgrade import migration_config, upgrade_schema
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.letter import Letter
from models.tables.money import Instalment
from models.tables.person import Person
from models.tables.step import Step
from tasks.store.database import SCHEMA_REVISION, open_engine, reading, require_schema, transaction
from tasks.store.foundation import is_sample, mark_sample, read_database_id
from tests.builders import a_database
from tests.databases import an_empty_postgres_database
from tests.grant_scenes import dump

TABLES = {table_of(model).name for model in (Grant, Instalment, JournalEvent, Letter, Person, Step)}


def test_migrated_schema_is_what_the_tables_say(engine: Engine) -> None:
    with reading(engine) as connection:
        assert schema_differences(connection) == []
    require_schema(engine)


def test_each_database_has_an_id_of_its_own_and_is_no_sample_until_that_is_said(
    own_engine: Engine, tmp_path: Path
) -> None:
    another = open_engine(f"sqlite:///{tmp_path / 'another.db'}")
    upgrade_schema(another)
    found = set()
    for engine in (own_engine, another):
        with reading(engine) as connection:
            found.add(read_database_id(connection))
            assert not is_sample(connection)
        mark_sample(engine)
        upgrade_schema(engine)
        with reading(engine) as connection:
            found.add(read_database_id(connection))
            assert is_sample(connection)
    assert len(found) == 2


def test_comparison_sees_a_column_that_no_migration_made(sqlite: Engine) -> None:
    with transaction(sqlite) as connection:
        connection.execute(text('ALTER TABLE "grant" ADD COLUMN colour VARCHAR'))
    with reading(sqlite) as connection:
        assert [difference[0] for difference in schema_differences(connection)] == ["remove_column"]


def schema_differences(connection: Connection) -> list[Any]:
    """Return what the tables say otherwise; indexes stand in the migrations alone."""
    options = {"compare_type": True, "include_object": lambda *about: about[2] != "index"}
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, SQLModel.metadata))


def test_schema_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(migration_config()).get_heads() == [SCHEMA_REVISION]


def _home(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("GRANTS_DATABASE_URL", url)


def _set_revision(engine: Engine, revision: str, *, admits: str) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        connection.execute(text("UPDATE foundation SET admits = :admits"), {"admits": admits})


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.MonkeyPatch.context() as english:
        english.setenv("GRANTS_LANGUAGE", "en")
        assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.strip()


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        pytest.param("0000", "is older than this program (0000); run 'grants init'", id="older"),
        pytest.param("9999", "is newer (9999) than this program; upgrade Grantline", id="newer"),
    ],
)
def test_database_of_another_version_is_refused(
    own_engine: Engine,
    revision: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _set_revision(own_engine, revision, admits=revision)
    _home(monkeypatch, _url(own_engine))
    line = f"grants: The database is not ready: {own_engine.url.database} {says}"
    assert _complaint(capsys, "status") == line
    if revision == "9999":  # which 'init' does not touch
        assert _complaint(capsys, "init") == line
        with reading(own_engine) as connection:
            kept = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert kept == revision


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE foundation SET sha256 = 'another'", id="made by another 0001"),
        pytest.param("DROP TABLE foundation", id="made before the hash was kept"),
    ],
)
def test_database_of_an_unreleased_version_is_refused(
    own_engine: Engine, change: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction(own_engine) as connection:
        connection.execute(text(change))
    _home(monkeypatch, _url(own_engine))
    says = (
        f"{own_engine.url.database} was made by an unreleased version, and cannot be upgraded;"
        " set another GRANTS_HOME or GRANTS_DATABASE_URL, and run 'grants init'"
    )
    for command in ("init", "status"):
        assert _complaint(capsys, command) == f"grants: The database is not ready: {says}"
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    assert run(["doctor"]) == 1
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "there is no {path} yet; run 'grants init'", id="missing"),
        pytest.param("", "{path} has no tables yet; run 'grants init'", id="empty"),
        pytest.param(
            "not a database, but long enough to be read as one" * 20,
            "{path} is no database of Grantline; set another GRANTS_HOME, or restore the file from a backup",
            id="no database",
        ),
    ],
)
def test_file_that_is_not_ready_is_refused(
    tmp_path: Path,
    content: str | None,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "grantline.db"
    if content is not None:
        path.write_text(content)
    _home(monkeypatch, f"sqlite:///{path}")
    line = f"grants: The database is not ready: {says.format(path=path)}"
    assert _complaint(capsys, "status") == line
    if content:
        assert _complaint(capsys, "init") == line
    assert path.exists() == (content is not None)


def test_empty_postgres_database_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = an_empty_postgres_database()
    _home(monkeypatch, _url(engine))
    says = f"grants: The database is not ready: {engine.url.database} has no tables yet; run 'grants init'"
    assert _complaint(capsys, "status") == says


def test_unreachable_server_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    _home(monkeypatch, f"postgresql://grants@127.0.0.1:{free_port}/grants")
    assert "grants: The database is not ready: grants: connection" in _complaint(capsys, "status")


def test_database_that_another_writer_holds_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks.store.database, "BUSY_SECONDS", 0.05)
    engine = a_database(tmp_path)
    _home(monkeypatch, _url(engine))
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    line = _complaint(capsys, "round", "--on", "2010-10-08")
    assert line == (
        f"grants: The database is not ready: {engine.url.database} is locked by another writer;"
        " stop it or try again in a minute"
    )
    # A reader waits for nobody.
    assert run(["status"]) == 0
    other.execute("ROLLBACK")
    other.close()
    engine.dispose()


@pytest.mark.parametrize("url", ["not an address", "mysql://db.example.org/grants"])
def test_wrong_database_address_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _home(monkeypatch, url)
    assert _complaint(capsys, "status") == (
        "grants: A setting is not valid: GRANTS_DATABASE_URL is not the address of a database:"
        f" '{url}'; use sqlite:/// or postgresql://"
    )


def _new_sqlite(folder: Path) -> Engine:
    return open_engine(f"sqlite:///{folder}/deep/inside/grantline.db")


def _new_postgres(_folder: Path) -> Engine:
    return an_empty_postgres_database()


@pytest.mark.parametrize("make", [_new_sqlite, _new_postgres], ids=["sqlite", "postgresql"])
def test_init_makes_the_tables_and_a_second_one_changes_nothing(
    make: Callable[[Path], Engine],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = make(tmp_path)
    _home(monkeypatch, _url(engine))
    monkeypatch.setenv("GRANTS_SECRET_KEYS", "the key of the tests' machines")
    assert run(["init"]) == 0
    assert set(inspect(engine).get_table_names()) >= TABLES
    before = _schema(engine), dump(engine)
    assert run(["init"]) == 0
    assert (_schema(engine), dump(engine)) == before
    said = capsys.readouterr().out
    assert said.count("The database is ready: ") == 2
    assert said.count("links are signed with the key of GRANTS_SECRET_KEYS") == 2
    engine.dispose()


def test_init_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/half.db")
    with closing(sqlite3.connect(tmp_path / "half.db")) as connection:
        connection.execute("CREATE TABLE step (id INTEGER)")  # stands in a later table's way
    with pytest.raises(Exception, match="step already exists"):
        upgrade_schema(engine)
    assert inspect(engine).get_table_names() == ["step"]
    engine.dispose()


def _schema(engine: Engine) -> list[str]:
    query = (
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql"
        if engine.dialect.name == "sqlite"
        else "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY 1"
    )
    with reading(engine) as connection:
        return list(connection.execute(text(query)).scalars())
