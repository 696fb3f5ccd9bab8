"""A simulation a test, with its mail server and databases, and how a test lives an office in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mail_server import MailServer
from tests.simulation.seeds import Pace, Simulation
from tests.simulation.stores import store_of


@pytest.fixture
def engine_kind() -> str:
    """The kind of database that seeds are lived on."""
    return "sqlite"


@pytest.fixture
def pace() -> Pace:
    """How much a seed lives."""
    return Pace()


@pytest.fixture
def simulation(engine_kind: str, pace: Pace, tmp_path: Path) -> Iterator[Simulation]:
    """Return a simulation in which nothing has been lived."""
    with MailServer().running() as server:
        simulation = Simulation(store_of(engine_kind, tmp_path), server, tmp_path, pace)
        yield simulation
        simulation.forget()
