"""Create or upgrade the database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from deployments.migrations.foundation import check_foundation
from tasks.grant.spent import keep_spent_of_all
from tasks.store.database import (
    SCHEMA_LOCK,
    SCHEMA_REVISION,
    require_schema,
    schema_revision,
    transaction,
)
from tasks.store.triggers.statements import put_back, take_away

# The schema from which on a grant keeps what was spent of it.
_KEEPS_SPENT = "0004"
_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade_schema(engine: Engine) -> None:
    """Bring the database to this program's schema, in one transaction; DatabaseUnready if it is newer or unreleased."""
    found = schema_revision(engine)
    if found is not None:
        check_foundation(engine)
    if found is not None and found >= SCHEMA_REVISION:
        require_schema(engine)
        return
    make_own_file(engine)
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        take_away(connection)
        run_migrations(connection)
        if found is not None and found < _KEEPS_SPENT:
            keep_spent_of_all(connection)
        put_back(connection)


def make_own_file(engine: Engine) -> None:
    """Make an SQLite database's file for its owner alone: it holds what people write and their addresses."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        path = Path(engine.url.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)


def run_migrations(connection: Connection, to: str = "head") -> None:
    """Bring the tables to a revision; the triggers that guard them are not the migrations'."""
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def migration_config() -> Config:
    """Return alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
