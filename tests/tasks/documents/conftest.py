"""The reference case, for all tests of papers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.reference_case import WITH_COMMITTEE, played_until


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The reference case as its draft lies with the committee."""
    engine = played_until(WITH_COMMITTEE, tmp_path_factory.mktemp("drafted"))
    yield engine
    engine.dispose()


@pytest.fixture
def without_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which there is no LibreOffice."""
    monkeypatch.setenv("PATH", str(tmp_path))
