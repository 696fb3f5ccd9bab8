"""The database's history, as alembic migrations."""
