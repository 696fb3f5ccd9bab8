"""Deliverers in processes of their own: killed at every boundary, and two at once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from models.vocabulary import LetterKind
from tasks.store.database import reading
from tests.builders import MORNING, a_database
from tests.databases import a_copy, a_postgres_database
from tests.kill_zygote import Zygote, zygote
from tests.mail_server import Fault, MailServer
from tests.outbox_scenes import (
    ATTEMPT,
    LETTER,
    PERSON,
    StandingClock,
    deliver,
    events,
    queue_letters,
    queue_many,
    rows,
    states,
)

# A run over the scene passes at most this many boundaries: a busy machine parts what else goes in one packet.
SCENE = 70
# Leases run out, retries and repeats come due: when another deliverer looks, in minutes.
VISITS = (20, 40, 60, 95)


@pytest.fixture(scope="module")
def forks() -> Iterator[Zygote]:
    """Return the process that forks deliverers."""
    with zygote() as process:
        yield process


def address(engine: Engine) -> str:
    """Return the database's address, for another process."""
    return engine.url.render_as_string(hide_password=False)


def queue_scene(engine: Engine) -> None:
    """Queue a reminder, one that is refused for now, one to an unknown address, and one about money."""
    queue_letters(engine, "ana@example.org", "later@example.org", "gone@example.org")
    queue_letters(engine, "money@example.org", kind=LetterKind.MONEY)


def a_server() -> MailServer:
    """Return the server that the scene is played to."""
    faults = [Fault("rcpt", "450 4.2.1 Later", "later", times=1), Fault("rcpt", "550 5.1.1 No", "gone")]
    return MailServer(faults)


def queue_a_morning(engine: Engine) -> None:
    """Queue enough letters that every connection has one."""
    queue_many(engine, 24)


def assert_only_marked_letters_left(engine: Engine, server: MailServer) -> None:
    """One letter at most is being handed over, and of no other has the server a byte that is not settled."""
    server.when(lambda: server.open_connections == 0)
    query = select(PERSON.c.email, LETTER.c.status).join(LETTER, LETTER.c.person_id == PERSON.c.id)
    with reading(engine) as connection:
        found: dict[str, str] = dict(connection.execute(query).all())
    assert Counter(found.values())["handing_over"] <= 1
    assert {found[one] for one in server.begun} <= {"handing_over", "accepted"}


def recover(engine: Engine, server: MailServer) -> None:
    """Let other deliverers come by until every letter has ended."""
    server.when(lambda: server.open_connections == 0)
    clock = StandingClock()
    for minutes in VISITS:
        clock.now = MORNING
        clock.pass_by(minutes=minutes)
        deliver(engine, server, clock, connections=1)


def assert_promise_kept(engine: Engine, server: MailServer) -> None:
    """Every letter has ended; one is accepted twice only where an open attempt is logged, and never three times."""
    attempts = rows(engine, ATTEMPT)
    left_open = Counter(row.letter_id for row in attempts if row.outcome == "unconfirmed")
    taken = Counter(server.message_ids())
    for letter in rows(engine, LETTER):
        count, unsure = taken.pop(letter.message_id, 0), left_open[letter.id]
        assert letter.status in ("accepted", "bounced", "unconfirmed"), letter.id
        assert (letter.claim_key, letter.lease_until_at, letter.repeat_at) == (None, None, None)
        assert count <= 1 + bool(unsure) <= 2
        if letter.status == "accepted":
            assert count >= 1
        if letter.status == "unconfirmed":
            assert unsure >= 1
        if letter.kind == LetterKind.TASKS:
            assert count <= 1
        numbers = [row.number for row in attempts if row.letter_id == letter.id]
        assert numbers == list(range(1, letter.attempts + 1))
    assert not taken
    copies: dict[str, set[bytes]] = {}
    for one in server.accepted:
        copies.setdefault(one.message_id, set()).add(one.content)
    assert {len(different) for different in copies.values()} <= {1}
    assert events(engine)


def test_undisturbed_run_passes_the_boundaries_that_are_tried(forks: Zygote, tmp_path: Path) -> None:
    engine = a_copy("sqlite", "four-letters", queue_scene, tmp_path)
    with a_server().running() as server:
        killed, passed = forks.deliver(address(engine), server.port)
    assert not killed
    assert SCENE * 0.6 < len(passed) <= SCENE
    assert {one.split()[1] for one in passed} == {"commit", "send", "receive"}
    assert states(engine) == ["accepted", "queued", "bounced", "accepted"]
    engine.dispose()


@pytest.mark.parametrize("kill_at", range(1, SCENE + 1))
def test_deliverer_killed_loses_nothing(forks: Zygote, tmp_path: Path, kill_at: int) -> None:
    engine = a_copy("sqlite", "four-letters", queue_scene, tmp_path)
    with a_server().running() as server:
        killed, passed = forks.deliver(address(engine), server.port, kill_at=kill_at)
        assert killed or len(passed) < kill_at
        assert_only_marked_letters_left(engine, server)
        recover(engine, server)
    assert_promise_kept(engine, server)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_deliverers_at_once_never_send_a_letter_twice(forks: Zygote, tmp_path: Path, kind: str) -> None:
    engine = a_database(tmp_path) if kind == "sqlite" else a_postgres_database()
    queue_many(engine, 200)
    # The first of them does not get away with all the letters before the other has connected.
    with MailServer(gathers=11).running() as server:
        ended = forks.deliver_twice(address(engine), server.port)
    assert [len(passed) > 0 for _, passed in ended] == [True, True]
    assert server.message_ids() == sorted(row.message_id for row in rows(engine, LETTER))
    assert Counter(states(engine)) == {"accepted": 200}
    engine.dispose()


@pytest.mark.parametrize("kill_at", range(20, 140, 12))
def test_kill_leaves_no_more_letters_open_than_there_are_connections(
    forks: Zygote, tmp_path: Path, kill_at: int
) -> None:
    engine = a_copy("sqlite", "many-letters", queue_a_morning, tmp_path)
    with MailServer().running() as server:
        killed, _ = forks.deliver(address(engine), server.port, kill_at=kill_at, connections=4, batch=6)
        assert killed
        assert Counter(states(engine))["handing_over"] <= 4
        recover(engine, server)
    assert Counter(states(engine))["unconfirmed"] <= 4
    assert_promise_kept(engine, server)
    engine.dispose()
