"""Create or upgrade the database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, select, text

from deployments.migrations.foundation import foundation_mark
from models.errors import DatabaseUnready
from models.tables.columns import table_of
from models.tables.journal import Foundation
from tasks.store.database import (
    SCHEMA_LOCK,
    SCHEMA_REVISION,
    reading,
    require_schema,
    schema_revision,
    shown_address,
    transaction,
)
from tasks.store.messages import Stored

_MIGRATIONS = Path(__file__).parents[1] / "migrations"


def upgrade_schema(engine: Engine) -> None:
    """Bring the database to this program's schema, in one transaction; DatabaseUnready if it is newer or unreleased."""
    found = schema_revision(engine)
    if found is not None:
        check_foundation(engine)
    if found is not None and found >= SCHEMA_REVISION:
        require_schema(engine)
        return
    if engine.dialect.name == "sqlite" and engine.url.database:
        # What people write and where they are reached is in it: what is made here is its owner's alone.
        path = Path(engine.url.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
    with transaction(engine) as connection:
        if engine.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_foundation(engine: Engine) -> None:
    """Raise DatabaseUnready for a database that another first migration made: nothing leads from it to this one."""
    with reading(engine) as connection:
        known = inspect(connection).has_table(Foundation.__tablename__)
        made_by = connection.execute(select(table_of(Foundation).c.sha256)).scalar() if known else None
        mark = foundation_mark(connection)
    if made_by != mark:
        place = engine.url.database or shown_address(engine)
        raise DatabaseUnready(Stored.UNRELEASED(place=place))


def migration_config() -> Config:
    """Return alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
