"""The reference case, for all tests of papers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.reference_case import played_until
from tests.tasks.documents.awkward_grants import BEFORE_COMMITTEE


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The reference case as its draft lies with the committee."""
    engine = played_until(BEFORE_COMMITTEE, tmp_path_factory.mktemp("drafted"))
    yield engine
    engine.dispose()
