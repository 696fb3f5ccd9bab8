"""`grants deliver --keep-on`: letters leave as they come, and a round that did not run is told of without Prefect."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine

from deployments.up import letters
from deployments.up.letters import keep_delivering, round_is_missing
from models.vocabulary import NoticeKind
from tasks.round.days import Counts, RoundDay, begin_round, complete_round
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tasks.watch.alarms import filed_alarms
from tests.letter_scenes import a_scene
from tests.mail_server import DROP, Fault, MailServer
from tests.outbox_scenes import StandingClock, states
from tests.waiting import until


def test_letters_leave_as_they_come_until_it_is_stopped(
    sqlite: Engine, clock: StandingClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "LOOKS_EVERY_SECONDS", 0.02)
    with transaction(sqlite) as connection:
        scene = a_scene(connection)
        scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))
    with MailServer([Fault("connect", DROP, times=1)]).running() as server:
        settings = load_settings(home=tmp_path, secret_keys="a key of the tests", **server.settings)
        with delivering(sqlite, settings, clock):
            until(lambda: filed_alarms(settings), "the administrator to be told of the mail server")
            assert (server.connections, states(sqlite)) == (1, ["queued"])  # not asked all the time
            clock.pass_by(hours=8)
            until(lambda: states(sqlite) == ["accepted"], "the letter to leave a minute later")
            with transaction(sqlite) as connection:
                scene.connection = connection
                scene.letter("secretary", ("committee", NoticeKind.REMINDER, {}))
            until(lambda: Counter(states(sqlite)) == {"accepted": 2}, "the next one to leave at once")
    assert "Dagens genomgång har inte blivit klar" in {one.about for one in filed_alarms(settings)}


def test_letters_leave_where_nobody_can_be_told_of_the_round(
    sqlite: Engine,
    clock: StandingClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(letters, "LOOKS_EVERY_SECONDS", 0.02)
    (tmp_path / "alarms").write_text("not a folder")
    with transaction(sqlite) as connection:
        scene = a_scene(connection)
        scene.letter("coordinator", ("report", NoticeKind.REMINDER, {}))
    with MailServer().running() as server:
        settings = load_settings(home=tmp_path, secret_keys="a key of the tests", **server.settings)
        with delivering(sqlite, settings, clock):
            until(lambda: states(sqlite) == ["accepted"], "the first letter to leave")
            clock.pass_by(hours=8)
            with transaction(sqlite) as connection:
                scene.connection = connection
                scene.letter("secretary", ("committee", NoticeKind.REMINDER, {}))
            until(lambda: Counter(states(sqlite)) == {"accepted": 2}, "the other to leave all the same")

            def is_logged() -> bool:
                clock.pass_by(minutes=1)  # it looks at the round once a minute
                return "nobody was told of the round" in caplog.text

            until(is_logged, "the log to say so")


@contextmanager
def delivering(engine: Engine, settings: Settings, clock: StandingClock) -> Iterator[None]:
    """Keep delivering in a thread of its own until the block ends."""
    stop, loops = asyncio.Event(), list[asyncio.AbstractEventLoop]()

    async def keep_on() -> None:
        loops.append(asyncio.get_running_loop())
        await keep_delivering(engine, settings, clock, stop)

    thread = Thread(target=lambda: asyncio.run(keep_on()))
    thread.start()
    until(lambda: loops, "the delivery to begin")
    try:
        yield
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join(60)


@pytest.mark.parametrize(
    ("began", "now", "missing"),
    [
        pytest.param((8, 6), (8, 14), True, id="the last round of a Friday was at noon"),
        pytest.param((8, 6), (8, 13), False, id="it may still run"),
        pytest.param((8, 14), (8, 15), True, id="this was started after it, an hour ago"),
        pytest.param((8, 14), (8, 14), False, id="this has just been started"),
        pytest.param((8, 6), (9, 15), False, id="a Saturday"),
    ],
)
def test_round_that_did_not_run_is_missed_in_the_afternoon(
    sqlite: Engine, began: tuple[int, int], now: tuple[int, int], missing: bool
) -> None:
    settings = load_settings()
    at = [datetime(2010, 10, *one, 30, tzinfo=settings.zone) for one in (began, now)]
    assert round_is_missing(sqlite, settings, *at) is missing
    day = RoundDay(at[1].date(), at[1])
    begin_round(sqlite, day)
    complete_round(sqlite, day, Counts())
    assert not round_is_missing(sqlite, settings, *at)
