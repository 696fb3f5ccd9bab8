"""Do the same on days of offices whose regimes nobody listed; a file of its own, for another process."""

from __future__ import annotations

import pytest

from tests.simulation.office.office import STRANGERS, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation
from tests.simulation.test_seeds import GRANTS, SEEDS


@pytest.fixture
def pace() -> Pace:
    """How much each of these seeds lives."""
    return SHORT


@pytest.mark.parametrize(("number", "first"), [(2, 5), (3, 12)])
def test_office_of_strangers_keeps_its_promises_whatever_fails(
    simulation: Simulation, number: int, first: int
) -> None:
    chances = Chances(17, tuple(range(GRANTS)), programmes=STRANGERS[first::20])
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(number * SEEDS, (number + 1) * SEEDS))
