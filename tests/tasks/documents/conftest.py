"""The reference case, for all tests of papers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.reference_case import WITH_COMMITTEE, played_until


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The reference case as its draft lies with the committee."""
    engine = played_until(WITH_COMMITTEE, tmp_path_factory.mktemp("drafted"))
    yield engine
    engine.dispose()
