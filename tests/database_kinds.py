"""The kinds of database, and how a test of a folder that runs on SQLite alone asks for both."""

import pytest

KINDS = ("sqlite", "postgresql")
on_both = pytest.mark.parametrize("engine_kind", KINDS)
