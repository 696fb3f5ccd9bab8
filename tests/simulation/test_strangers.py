"""Do the same with regimes that nobody listed, as others wrote their programmes from the page alone."""

from __future__ import annotations

import pytest

from tests.simulation.office.office import STRANGERS, Chances
from tests.simulation.seeds import Simulation

OFFICES = 2
GRANTS = len(STRANGERS) // OFFICES


@pytest.mark.parametrize("number", range(OFFICES))
def test_office_of_strangers_keeps_its_promises_to_the_end(simulation: Simulation, number: int) -> None:
    chances = Chances(4, tuple(range(GRANTS)), programmes=STRANGERS[number::OFFICES])
    assert simulation.live_whole(chances) == ""
    assert all(why.startswith("waits ") for why in simulation.lived.ends)
    assert simulation.lived.ends.total() <= GRANTS // 2
