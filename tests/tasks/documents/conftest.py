"""Play the reference case once for all tests of papers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from deployments.replay.clock import Replay
from tasks.intake.files import read_scenario
from tasks.settings import load_settings
from tests.builders import a_database
from tests.grant_scenes import REFERENCE, ZONE, registry
from tests.tasks.documents.awkward_grants import BEFORE_COMMITTEE


@pytest.fixture(scope="session")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The reference case as its draft lies with the committee."""
    engine = a_database(tmp_path_factory.mktemp("drafted"))
    settings = load_settings(secret_keys="a key of the tests", timezone=str(ZONE))
    Replay(engine, read_scenario(REFERENCE), registry(), settings, REFERENCE.parent).play(BEFORE_COMMITTEE)
    yield engine
    engine.dispose()
