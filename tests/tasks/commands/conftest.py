"""What people do is held on SQLite; a test that says `on_both` holds that its statements do the same on PostgreSQL."""

import pytest


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"
