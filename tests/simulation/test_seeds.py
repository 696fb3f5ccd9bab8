"""Live short seeds on days of small offices: one day on which machines fail, and what comes of it."""

from __future__ import annotations

import pytest

from tests.simulation.faults import draw_faults
from tests.simulation.office.office import PROGRAMME_NAMES, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation

# 1,000 in all, with those of `test_stranger_seeds.py`; `make simulate` lives longer ones, over larger offices.
SEEDS, POSTGRES_SEEDS = 240, 40
GRANTS = 3


@pytest.fixture
def pace() -> Pace:
    """How much each of these seeds lives."""
    return SHORT


@pytest.mark.parametrize("number", range(2))
def test_office_keeps_its_promises_whatever_fails(simulation: Simulation, number: int) -> None:
    chances = Chances(17, tuple(range(GRANTS)), programmes=PROGRAMME_NAMES[3 * number :: 6])
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(number * SEEDS, (number + 1) * SEEDS))


@pytest.mark.parametrize("engine_kind", ["postgresql"])
def test_office_keeps_its_promises_on_postgresql(simulation: Simulation) -> None:
    assert simulation.live_whole(Chances(11, (0,), programmes=PROGRAMME_NAMES[1:2])) == ""
    simulation.hold_seeds(range(2_000, 2_000 + POSTGRES_SEEDS))


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, 4, 2) == draw_faults(5, 4, 2)
    assert draw_faults(5, 4, 2) != draw_faults(6, 4, 2)
