"""Let an office live through grants of every programme by chance, and hold what must be true on each day."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.step import Answer
from tasks.store.database import reading
from tests.builders import a_database
from tests.grant_scenes import GRANT, NOTICE
from tests.office_watch import live
from tests.shrinking import smallest
from tests.simulated_office import PROGRAMME_NAMES, STRANGERS, Chances, Office

# Enough that each programme is lived, and that what is rare happens; `python -m tests.lives` lives a thousand.
GRANTS = 2 * len(PROGRAMME_NAMES)


@pytest.mark.parametrize("seed", [11])
def test_office_lives_by_the_rules(seed: int, tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    office, ends = live(engine, Chances(seed, tuple(range(GRANTS))), every=3)
    _hold_that_enough_happened(office)
    assert all(why.startswith("waits ") for why in ends.values())
    engine.dispose()


def test_office_lives_by_the_rules_of_regimes_that_nobody_listed(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    chances = Chances(4, tuple(range(len(STRANGERS))), programmes=STRANGERS)
    _, ends = live(engine, chances, every=10)
    with reading(engine) as connection:
        statuses = Counter(row.status for row in connection.execute(select(GRANT.c.status)))
    assert statuses["closed"] >= len(STRANGERS) // 2, statuses
    assert all(why.startswith("waits ") for why in ends.values()), ends
    engine.dispose()


def _hold_that_enough_happened(office: Office) -> None:
    """Hold that the life was not empty: an invariant over nothing proves nothing."""
    with reading(office.engine) as connection:
        statuses = Counter(row.status for row in connection.execute(select(GRANT.c.status)))
        answers = Counter(row.kind for row in connection.execute(select(table_of(Answer).c.kind)))
        notices = Counter(row.kind for row in connection.execute(select(NOTICE.c.kind)))
        events = Counter(row.event for row in connection.execute(select(table_of(JournalEvent).c.event)))
    assert statuses["closed"] >= GRANTS // 2, statuses
    assert answers["done"] >= GRANTS, answers
    assert all(answers[kind] for kind in ("not_yet", "not_me", "approved", "returned", "nothing")), answers
    wanted = ("reminder", "escalation", "stand_in", "handed_over", "returned", "decided", "released", "moved")
    assert all(notices[kind] for kind in wanted), notices
    happened = (
        "recovery_opened",
        "grant_reopened",
        "instalment_added",
        "grant_withdrawn",
        "release_requested",
    )
    assert all(events[name] for name in happened), events


@pytest.mark.parametrize(
    ("guilty", "items"),
    [
        pytest.param({7}, range(100), id="one of many"),
        pytest.param({3, 61}, range(100), id="two that need each other"),
        pytest.param({0, 1}, range(2), id="all of them"),
        pytest.param({5}, [5], id="nothing to leave out"),
    ],
)
def test_failing_lives_shrink_to_those_that_fail(guilty: set[int], items: list[int]) -> None:
    tries = []

    def fails(kept: list[int]) -> bool:
        tries.append(kept)
        return guilty <= set(kept)

    assert set(smallest(list(items), fails)) == guilty
    assert len(tries) <= 60
