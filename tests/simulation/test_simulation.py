"""Live through pinned seeds of faults, and hold what must be true on each of their days."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.mail_server import MailServer
from tests.simulation.faults import KINDS, draw_faults
from tests.simulation.machines import list_starts
from tests.simulation.seeds import Simulation

# `make simulate` lives many more.
SEEDS = range(1, 16)
FAULTS = 6


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    with MailServer().running() as server:
        yield Simulation(list_starts(tmp_path_factory.mktemp("starts")), server)


def test_office_keeps_its_promises_whatever_fails(simulation: Simulation) -> None:
    found = [failure for seed in SEEDS if (failure := simulation.try_seed(seed, FAULTS))]
    assert found == []
    lived = simulation.lived
    assert lived.seeds == len(SEEDS)
    assert lived.letters > 2 * len(SEEDS)
    assert all(lived.struck[kind] for kind in KINDS), lived.struck


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, FAULTS) == draw_faults(5, FAULTS)
    assert draw_faults(5, FAULTS) != draw_faults(6, FAULTS)
