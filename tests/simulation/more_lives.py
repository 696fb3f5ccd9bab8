"""Live through what `make test` has no time for: regimes that nobody listed, and short seeds of more offices."""

import pytest

from tests.simulation.office.office import PROGRAMME_NAMES, STRANGERS, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation

# Every second one; of the others are those whose seeds are lived.
_SOME_STRANGERS = STRANGERS[::2]
_OFFICES = (PROGRAMME_NAMES[3::6], STRANGERS[7::20], STRANGERS[15::20], STRANGERS[17::20])
# Those before are what `make test` lives.
_FIRST_SEED = 1_000
_SEEDS = 50


@pytest.fixture
def pace() -> Pace:
    """How much each of these seeds lives."""
    return SHORT


def test_office_of_strangers_keeps_its_promises_to_the_end(simulation: Simulation) -> None:
    """They wrote their programmes from the page alone."""
    chances = Chances(4, tuple(range(len(_SOME_STRANGERS))), _SOME_STRANGERS, idle=0.05)
    assert simulation.live_whole(chances, every=20) == ""
    assert all(why.startswith("waits ") for why in simulation.lived.ends)
    assert simulation.lived.ends.total() <= len(_SOME_STRANGERS) // 2


@pytest.mark.parametrize("number", range(len(_OFFICES)))
def test_office_keeps_its_promises_whatever_fails(simulation: Simulation, number: int) -> None:
    chances = Chances(17, (0, 1), programmes=_OFFICES[number])
    assert simulation.live_whole(chances) == ""
    simulation.hold_seeds(range(_FIRST_SEED + number * _SEEDS, _FIRST_SEED + (number + 1) * _SEEDS))
