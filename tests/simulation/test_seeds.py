"""Live short seeds on days of small offices: one day on which machines fail, and what comes of it."""

from __future__ import annotations

import pytest

from tests.simulation.faults import KINDS, draw_faults
from tests.simulation.office.office import PROGRAMME_NAMES, STRANGERS, Chances
from tests.simulation.seeds import SHORT, Pace, Simulation

# 1,000 in all; `make simulate` lives longer ones, over larger offices, for as long as it is given.
SEEDS, POSTGRES_SEEDS = 240, 40
GRANTS = 3
OFFICES = [PROGRAMME_NAMES[::6], PROGRAMME_NAMES[3::6], STRANGERS[5::20], STRANGERS[12::20]]


@pytest.fixture
def pace() -> Pace:
    """How much each of these seeds lives."""
    return SHORT


@pytest.mark.parametrize("number", range(len(OFFICES)))
def test_office_keeps_its_promises_whatever_fails(simulation: Simulation, number: int) -> None:
    assert simulation.live_whole(Chances(17, tuple(range(GRANTS)), programmes=OFFICES[number])) == ""
    assert len(simulation.starts) >= 3
    _hold_seeds(simulation, range(number * SEEDS, (number + 1) * SEEDS))


@pytest.mark.parametrize("engine_kind", ["postgresql"])
def test_office_keeps_its_promises_on_postgresql(simulation: Simulation) -> None:
    assert simulation.live_whole(Chances(11, (0,), programmes=PROGRAMME_NAMES[1:2])) == ""
    _hold_seeds(simulation, range(2_000, 2_000 + POSTGRES_SEEDS))


def _hold_seeds(simulation: Simulation, seeds: range) -> None:
    """Hold that no seed breaks a rule, that letters left, and that every kind of fault struck."""
    assert [found for seed in seeds if (found := simulation.try_seed(seed))] == []
    lived = simulation.lived
    assert 4 * lived.letters > lived.seeds == len(seeds)
    assert all(lived.struck[kind] for kind in KINDS[simulation.store.kind]), lived.struck


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, 4, 2) == draw_faults(5, 4, 2)
    assert draw_faults(5, 4, 2) != draw_faults(6, 4, 2)
