"""Live through grants of every programme that comes with the product, and through seeds of faults on their days."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from models.tables.columns import table_of
from models.tables.step import Answer
from tasks.store.database import reading
from tests.grant_scenes import EVENT, GRANT, NOTICE
from tests.simulation.faults import KINDS, draw_faults
from tests.simulation.office.office import PROGRAMME_NAMES, Chances, Office
from tests.simulation.seeds import Simulation

# So many offices have a share of the programmes each, and two grants of each of them; `make simulate` lives many more.
OFFICES = 3
GRANTS = 2 * len(PROGRAMME_NAMES) // OFFICES
SEEDS, FAULTS = 30, 4


@pytest.mark.parametrize("number", range(OFFICES))
def test_office_keeps_its_promises_whatever_fails(simulation: Simulation, number: int) -> None:
    chances = Chances(11, tuple(range(GRANTS)), programmes=PROGRAMME_NAMES[number::OFFICES])
    look = _hold_that_much_happened if number else _hold_that_enough_happened
    assert simulation.live_whole(chances, look=look) == ""
    assert all(why.startswith("waits ") for why in simulation.lived.ends)
    seeds = range(number, OFFICES * SEEDS, OFFICES)
    assert [found for seed in seeds if (found := simulation.try_seed(seed, FAULTS))] == []
    lived = simulation.lived
    assert lived.letters > 2 * lived.seeds == 2 * SEEDS
    assert all(lived.struck[kind] for kind in KINDS["sqlite"]), lived.struck


@pytest.mark.parametrize("engine_kind", ["postgresql"])
def test_office_keeps_its_promises_on_postgresql(simulation: Simulation) -> None:
    assert simulation.live_whole(Chances(11, (0,), programmes=PROGRAMME_NAMES[1:2])) == ""
    assert [found for seed in range(2_000, 2_025) if (found := simulation.try_seed(seed, FAULTS))] == []
    assert simulation.lived.struck["lost"] > 0


def _hold_that_enough_happened(office: Office) -> None:
    """Hold that the life was not empty: an invariant over nothing proves nothing."""
    with reading(office.engine) as connection:
        statuses = Counter(row.status for row in connection.execute(select(GRANT.c.status)))
        answers = Counter(row.kind for row in connection.execute(select(table_of(Answer).c.kind)))
        notices = Counter(row.kind for row in connection.execute(select(NOTICE.c.kind)))
    assert statuses["closed"] >= GRANTS // 2, statuses
    assert answers["done"] >= GRANTS, answers
    wanted = ("reminder", "escalation", "stand_in", "handed_over", "decided", "released", "moved")
    assert all(notices[kind] for kind in wanted), notices


def _hold_that_much_happened(office: Office) -> None:
    """Hold that what is rare happened too."""
    _hold_that_enough_happened(office)
    with reading(office.engine) as connection:
        answers = Counter(row.kind for row in connection.execute(select(table_of(Answer).c.kind)))
        events = Counter(row.event for row in connection.execute(select(EVENT.c.event)))
    assert all(answers[kind] for kind in ("not_yet", "not_me", "approved", "returned", "nothing")), answers
    happened = (
        "recovery_opened",
        "grant_reopened",
        "instalment_added",
        "grant_withdrawn",
        "release_requested",
    )
    assert all(events[name] for name in happened), events


def test_a_seed_always_brings_the_same_faults() -> None:
    assert draw_faults(5, FAULTS) == draw_faults(5, FAULTS)
    assert draw_faults(5, FAULTS) != draw_faults(6, FAULTS)
