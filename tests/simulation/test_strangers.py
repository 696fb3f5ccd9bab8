"""Do the same with regimes that nobody listed, as others wrote their programmes from the page alone."""

from __future__ import annotations

from tests.simulation.office.office import STRANGERS, Chances
from tests.simulation.seeds import Simulation


def test_office_of_strangers_keeps_its_promises_to_the_end(simulation: Simulation) -> None:
    chances = Chances(4, tuple(range(len(STRANGERS))), programmes=STRANGERS)
    assert simulation.live_whole(chances, every=20) == ""
    assert all(why.startswith("waits ") for why in simulation.lived.ends)
    assert simulation.lived.ends.total() <= len(STRANGERS) // 2
