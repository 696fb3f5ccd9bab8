"""Kill deliverers on PostgreSQL, and over a letter that goes once more: `make test-office` does, for its time."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.vocabulary import LetterKind
from tests.builders import MORNING
from tests.databases import a_copy, a_postgres_database
from tests.kill_zygote import Zygote
from tests.mail_server import TAKE_AND_DROP, Fault, MailServer
from tests.outbox_scenes import StandingClock, deliver, queue_letters
from tests.tasks.outbox.test_delivery_kill import (
    SCENE,
    a_server,
    address,
    assert_promise_kept,
    forks,
    queue_scene,
    recover,
)

__all__ = ["forks"]

# A run over the repeat passes at most this many boundaries.
REPEAT = 34


def queue_money(engine: Engine) -> None:
    """Queue one letter that goes once more when its handover is left open."""
    queue_letters(engine, "money@example.org", kind=LetterKind.MONEY)


@pytest.mark.parametrize("kill_at", range(1, SCENE + 1, 3))
def test_deliverer_killed_loses_nothing_on_postgresql(forks: Zygote, kill_at: int) -> None:
    engine = a_postgres_database()
    queue_scene(engine)
    with a_server().running() as server:
        killed, passed = forks.deliver(address(engine), server.port, kill_at=kill_at)
        assert killed or len(passed) < kill_at
        recover(engine, server)
    assert_promise_kept(engine, server)
    engine.dispose()


@pytest.mark.parametrize("kill_at", range(1, REPEAT + 1))
def test_deliverer_killed_over_a_repeat_never_makes_it_three(
    forks: Zygote, tmp_path: Path, kill_at: int
) -> None:
    engine = a_copy("sqlite", "money", queue_money, tmp_path)
    with MailServer([Fault("dot", TAKE_AND_DROP, times=1)]).running() as server:
        deliver(engine, server, StandingClock())
        killed, passed = forks.deliver(address(engine), server.port, kill_at=kill_at, minutes=30)
        assert killed or REPEAT * 0.6 < len(passed) < kill_at
        server.when(lambda: server.open_connections == 0)
        clock = StandingClock()
        for minutes in (50, 80, 110, 140):
            clock.now = MORNING
            clock.pass_by(minutes=minutes)
            deliver(engine, server, clock)
    assert_promise_kept(engine, server)
    engine.dispose()
