"""Whom a round tells is held on SQLite; `on_both` marks what hangs on statements, locks and transactions."""

import pytest


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"
