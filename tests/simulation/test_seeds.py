"""Live short seeds on days of small offices: one day on which machines fail, and what comes of it."""

import pytest

from tests.simulation.faults import draw_faults
from tests.simulation.office.office import PROGRAMME_NAMES, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation

# `make test-office` lives those of other offices, `make simulate` longer ones.
SEEDS = 20
POSTGRES_SEEDS = 10
# Of shipped programmes; those of regimes that nobody listed are among the others.
OFFICE = PROGRAMME_NAMES[::6]


@pytest.fixture
def pace() -> Pace:
    """How much each of these seeds lives."""
    return SHORT


@pytest.mark.xdist_group("seeds on postgresql")
@pytest.mark.parametrize("engine_kind", ["postgresql"])
def test_office_keeps_its_promises_on_postgresql(simulation: Simulation) -> None:
    chances = Chances(11, (0,), programmes=PROGRAMME_NAMES[1:2])
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(2_000, 2_000 + POSTGRES_SEEDS))


def test_office_keeps_its_promises_whatever_fails(simulation: Simulation) -> None:
    chances = Chances(17, (0, 1), programmes=OFFICE)
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(SEEDS))


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, 4, 2) == draw_faults(5, 4, 2)
    assert draw_faults(5, 4, 2) != draw_faults(6, 4, 2)
