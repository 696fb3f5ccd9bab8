"""Live short seeds on days of small offices: one day on which machines fail, and what comes of it."""

import pytest

from tests.simulation.faults import draw_faults
from tests.simulation.office.office import PROGRAMME_NAMES, STRANGERS, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation

# 50 in all, of which PostgreSQL has 10; `make test-office` lives those of other offices, `make simulate` longer ones.
SEEDS = 20
POSTGRES_SEEDS = 10
# Of shipped programmes, and of regimes that nobody listed.
OFFICES = (PROGRAMME_NAMES[::6], STRANGERS[7::20])


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


# Each in whichever process of a run is free.
@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=pytest.mark.xdist_group(f"seeds {n}")) for n in range(len(OFFICES))]
)
def test_office_keeps_its_promises_whatever_fails(simulation: Simulation, number: int) -> None:
    chances = Chances(17, (0, 1), programmes=OFFICES[number])
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(number * SEEDS, (number + 1) * SEEDS))


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, 4, 2) == draw_faults(5, 4, 2)
    assert draw_faults(5, 4, 2) != draw_faults(6, 4, 2)
