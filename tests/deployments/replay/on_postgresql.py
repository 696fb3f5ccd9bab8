"""Replay the reference case's first months on PostgreSQL: `make test-office` does, for its time."""

from datetime import date

from sqlalchemy import Engine

from deployments.replay.clock import Played
from tests.databases import a_new_postgres_database
from tests.deployments.replay.test_replay import Events, played, replay

__all__ = ["played"]


def _without_chance(events: Events) -> Events:
    # PostgreSQL's numbers have gaps, where an insert found its row there already.
    return [
        event | {"detail": {k: v for k, v in event["detail"].items() if k != "letter"}} for event in events
    ]


def test_replay_twice_is_the_same_also_on_postgresql(played: tuple[Engine, Played]) -> None:
    _, story = played
    engine = a_new_postgres_database()
    again = replay(engine, date(2010, 8, 31))  # past the late follow-up and all that it came to
    assert len(again.events) > 100
    assert _without_chance(again.events) == _without_chance(story.events[: len(again.events)])
    assert again.rounds == story.rounds[: len(again.rounds)]
    engine.dispose()
