"""Live through grants of every shipped programme from the application to the end."""

from collections import Counter

from sqlalchemy import select

from models.tables.columns import table_of
from models.tables.step import Answer
from tasks.store.database import reading
from tests.grant_scenes import EVENT, GRANT, NOTICE
from tests.simulation.office.office import PROGRAMME_NAMES, Chances, Office
from tests.simulation.seeds import Simulation

# One of each programme, and a second of a few, so that all that can happen does; `make simulate` lives many more.
GRANTS = len(PROGRAMME_NAMES) + 8


def test_office_keeps_its_promises_to_the_end(simulation: Simulation) -> None:
    chances = Chances(9, tuple(range(GRANTS)), idle=0.05)
    assert simulation.live_whole(chances, every=20, look=_hold_that_much_happened) == ""
    assert all(why.startswith("waits ") for why in simulation.lived.ends)


def _hold_that_much_happened(office: Office) -> None:
    """Hold that the life was not empty: an invariant over nothing proves nothing."""
    with reading(office.engine) as connection:
        statuses = Counter(row.status for row in connection.execute(select(GRANT.c.status)))
        answers = Counter(row.kind for row in connection.execute(select(table_of(Answer).c.kind)))
        notices = Counter(row.kind for row in connection.execute(select(NOTICE.c.kind)))
        events = Counter(row.event for row in connection.execute(select(EVENT.c.event)))
    assert statuses["closed"] >= GRANTS // 2, statuses
    assert answers["done"] >= GRANTS, answers
    wanted = ("reminder", "escalation", "stand_in", "handed_over", "decided", "released", "moved")
    assert all(notices[kind] for kind in wanted), notices
    assert all(answers[kind] for kind in ("not_yet", "not_me", "approved", "returned", "nothing")), answers
    happened = (
        "recovery_opened",
        "grant_reopened",
        "instalment_added",
        "grant_withdrawn",
        "release_requested",
    )
    assert all(events[name] for name in happened), events
