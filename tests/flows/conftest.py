"""One Prefect server for the tests of the flows, and the sample portfolio before and after a morning's round."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE,
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL,
    temporary_settings,
)
from sqlalchemy import Engine

from deployments.sample.portfolio import load_sample
from deployments.up.home import read_settings
from tasks.round.days import RoundDay
from tasks.round.phases import run_round
from tests.builders import a_database
from tests.databases import a_copy
from tests.flows.runs import TODAY

_RECORDER = (
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE,
    PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL,
)


@pytest.fixture(scope="package", autouse=True)
def prefect_server() -> Iterator[None]:
    # Here, because it imports all of Prefect's server: processes that only collect these tests need not.
    from prefect.testing.utilities import prefect_test_harness

    shipped = read_settings()
    calm = temporary_settings(
        {
            # A run would wait a second at its end for the thread of its heartbeats.
            PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
            # As shipped: else each part of a round waits two seconds for the recorder.
            **{setting: shipped[setting.name] for setting in _RECORDER},
        }
    )
    with calm, prefect_test_harness(server_startup_timeout=300):
        yield


def _installed(engine: Engine, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Let the flows find the database and a home."""
    monkeypatch.setenv("GRANTS_HOME", str(home))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database without rows that the flows find."""
    engine = a_database(tmp_path)
    _installed(engine, monkeypatch, tmp_path)
    yield engine
    engine.dispose()


def a_sample(folder: Path) -> Engine:
    """Return an engine on the sample portfolio before the morning's round."""
    return a_copy(
        "sqlite", "sample_of_today", lambda engine: load_sample(engine, TODAY, datetime.now(UTC)), folder
    )


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The sample portfolio before the morning's round."""
    engine = a_sample(tmp_path)
    _installed(engine, monkeypatch, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def told(sample: Engine) -> Engine:
    """The sample portfolio after the morning's round, whose letters wait."""
    run_round(sample, RoundDay(TODAY, datetime.now(UTC)))
    return sample
