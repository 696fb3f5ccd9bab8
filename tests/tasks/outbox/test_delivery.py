"""What leaves, what does not, and how a run ends, against a real SMTP server."""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, timedelta
from time import monotonic

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text

from models.errors import DatabaseUnready, SettingInvalid
from models.facts.worded_letter import EmptyLetter, FailedLetter, FinishedLetter
from models.vocabulary import LetterKind, LetterStatus
from tasks.channels.kinds.captured import CapturedChannel
from tasks.outbox import handover
from tasks.outbox.deliver import DeliveryReport
from tasks.outbox.queue import LEASE, claim_letters
from tasks.store.database import reading, transaction
from tests.builders import MORNING
from tests.databases import a_postgres_database, restart_server
from tests.mail_server import STALL, TAKE_AND_DROP, Fault, MailServer
from tests.outbox_scenes import (
    EVENT,
    LETTER,
    PERSON,
    StandingClock,
    deliver,
    delivery,
    events,
    letter_bytes,
    outcomes,
    plain_renderer,
    queue_letters,
    queue_many,
    rows,
    server_at,
    states,
)

Results = Sequence[FinishedLetter | FailedLetter | EmptyLetter]


# What leaves, and when it is marked


def test_letter_arrives_as_printed_and_is_accepted(sqlite: Engine, clock: StandingClock) -> None:
    (letter,) = queue_letters(sqlite, "ana@example.org")
    with MailServer().running() as server:
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=1)
    (row,) = rows(sqlite, LETTER)
    (taken,) = server.accepted
    assert (taken.recipient, taken.message_id) == ("ana@example.org", row.message_id)
    assert taken.content == row.content == letter_bytes(letter, row.message_id, MORNING)
    assert (row.status, row.subject, row.attempts) == ("accepted", f"Letter {letter}", 1)
    assert outcomes(sqlite) == [("accepted", "data", 250)]
    assert events(sqlite) == ["letter_accepted"]


def test_report_counts_letters_of_every_state_in_which_one_ends() -> None:
    waiting = {LetterStatus.QUEUED, LetterStatus.CLAIMED, LetterStatus.HANDING_OVER}
    assert set(LetterStatus) - waiting <= {one.name for one in fields(DeliveryReport)}


def test_nothing_due_connects_to_nothing(sqlite: Engine, clock: StandingClock) -> None:
    clock.pass_by(minutes=-1)
    queue_many(sqlite, 1)
    with MailServer().running() as server:
        assert deliver(sqlite, server, clock) == DeliveryReport()
    assert server.connections == 0


def test_each_of_many_letters_arrives_once(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 230)
    with MailServer().running() as server:
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=230)
    assert server.message_ids() == sorted(row.message_id for row in rows(sqlite, LETTER))
    assert 2 <= server.connections <= 10
    assert Counter(events(sqlite)) == {"letter_accepted": 230}


def test_letter_is_marked_with_its_bytes_before_any_of_it_leaves(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_many(sqlite, 30)
    seen: list[tuple[str, bool]] = []

    def look(stage: str, when: str) -> None:
        if stage == "content":
            recipient = server.talking_to
            query = select(LETTER.c.status, LETTER.c.content).join(PERSON, PERSON.c.id == LETTER.c.person_id)
            with reading(sqlite) as connection:
                row = connection.execute(query.where(PERSON.c.email == recipient)).one()
            seen.append((row.status, row.content is not None))

    server = MailServer(watch=look)
    with server.running():
        deliver(sqlite, server, clock)
    assert seen == [("handing_over", True)] * 30


def test_no_more_letters_are_handed_over_than_there_are_connections(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_many(sqlite, 60)
    marked: list[int] = []

    def look(stage: str, when: str) -> None:
        if stage == "dot":
            query = select(func.count()).where(LETTER.c.status == "handing_over")
            with reading(sqlite) as connection:
                marked.append(connection.execute(query).scalar_one())

    with MailServer(watch=look).running() as server:
        deliver(sqlite, server, clock, connections=4)
    assert len(marked) == 120
    assert max(marked) <= 4


def test_bare_line_ends_and_dots_cannot_end_a_letter(sqlite: Engine, clock: StandingClock) -> None:
    queue_letters(sqlite, "ana@example.org")
    body = (
        b"Message-ID: <x@example.org>\r\n\r\none\n.\nMAIL FROM:<eve@example.org>\r.\rtwo\n.\r\nthree\r\n.four"
    )

    def renderer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [FinishedLetter(ids[0], "ana@example.org", "x", body)]

    with MailServer().running() as server:
        assert deliver(sqlite, server, clock, renderer=renderer) == DeliveryReport(accepted=1)
    expected = b"\r\n".join(body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")) + b"\r\n"
    assert [letter.content for letter in server.accepted] == [expected]


@pytest.mark.parametrize(
    ("recipient", "arrives_at"),
    [
        pytest.param("ana@räksmörgås.example", "ana@xn--rksmrgs-5wao1o.example", id="domain outside ASCII"),
        pytest.param("ana>\r\nRCPT TO:<eve@example.org", None, id="a second command"),
        pytest.param("ana", None, id="no domain"),
        pytest.param("anä@example.org", None, id="the server knows no UTF-8"),
    ],
)
def test_address_is_written_so_that_it_stays_one(
    sqlite: Engine, clock: StandingClock, recipient: str, arrives_at: str | None
) -> None:
    queue_letters(sqlite, recipient, "ben@example.org")
    with MailServer().running() as server:
        deliver(sqlite, server, clock, connections=1)
    arrived = [arrives_at] if arrives_at else []
    assert [letter.recipient for letter in server.accepted] == [*arrived, "ben@example.org"]
    assert states(sqlite) == ["accepted" if arrives_at else "bounced", "accepted"]
    assert (rows(sqlite, PERSON)[0].bounced_at is None) == bool(arrives_at)


def test_letters_of_a_delivery_that_died_are_counted_until_their_lease_ends_and_then_leave(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_many(sqlite, 5)
    with transaction(sqlite) as connection:
        claim_letters(connection, MORNING, 3)
    with MailServer().running() as server:
        report = deliver(sqlite, server, clock)
        assert report == DeliveryReport(accepted=2, leased=3)
        assert "3 held by another delivery, free within two minutes if it died" in report.said_in("en")
        clock.pass_by(minutes=1, seconds=59)
        assert deliver(sqlite, server, clock) == DeliveryReport(leased=3)
        clock.pass_by(seconds=1)
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=3, requeued=3)
    assert len(set(server.message_ids())) == len(server.accepted) == 5


def test_leases_of_letters_that_take_long_are_renewed(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "RENEWS_EVERY", timedelta(seconds=0.05))
    queue_many(sqlite, 4)
    clock = StandingClock()
    with MailServer([Fault("dot", STALL)]).running() as server:
        thread = threading.Thread(
            target=deliver, args=(sqlite, server_at(server), clock), kwargs={"connections": 4}
        )
        thread.start()
        server.when(lambda: len(server.begun) == 2)
        clock.pass_by(minutes=90)
        until = clock.now + LEASE
        server.when(lambda: {row.lease_until_at for row in rows(sqlite, LETTER)} == {until})
        assert Counter(states(sqlite)) == {"handing_over": 2, "claimed": 2}
        server.stop()
        thread.join(60)


# What is not sent


def test_letter_that_does_not_render_is_poisoned_and_the_others_go(
    sqlite: Engine, clock: StandingClock
) -> None:
    bad, *_ = queue_many(sqlite, 5)

    def renderer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        printed = plain_renderer(connection, ids, now)
        return [FailedLetter(one.letter_id, "no") if one.letter_id == bad else one for one in printed]

    reports = []
    with MailServer().running() as server:
        for minutes in (5, 15, 60):
            reports.append(deliver(sqlite, server, clock, renderer=renderer))
            clock.pass_by(minutes=minutes)
        assert deliver(sqlite, server, clock) == DeliveryReport()
    assert reports == [
        DeliveryReport(accepted=4, unrendered=1),
        DeliveryReport(unrendered=1),
        DeliveryReport(poisoned=1),
    ]
    assert states(sqlite) == ["poisoned", *["accepted"] * 4]


def test_letter_with_nothing_left_to_say_is_cancelled(sqlite: Engine, clock: StandingClock) -> None:
    empty, *_ = queue_many(sqlite, 2)

    def renderer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [EmptyLetter(empty), *plain_renderer(connection, [one for one in ids if one != empty], now)]

    with MailServer().running() as server:
        assert deliver(sqlite, server, clock, renderer=renderer) == DeliveryReport(accepted=1, cancelled=1)
    assert states(sqlite) == ["cancelled", "accepted"]


@pytest.mark.parametrize("captures", [True, False])
def test_setting_with_which_nothing_can_be_printed_is_no_letters_fault(
    sqlite: Engine, clock: StandingClock, captures: bool
) -> None:
    queue_many(sqlite, 3)
    before = rows(sqlite, LETTER)

    def renderer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        raise SettingInvalid("GRANTS_SECRET_KEYS is empty")

    with MailServer().running() as server, pytest.raises(SettingInvalid, match="GRANTS_SECRET_KEYS"):
        deliver(sqlite, CapturedChannel() if captures else server, clock, renderer=renderer)
    assert (rows(sqlite, LETTER), server.accepted) == (before, [])


def test_letters_are_captured_when_there_is_no_server(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 250)
    assert deliver(sqlite, CapturedChannel(), clock) == DeliveryReport(captured=250)
    assert set(states(sqlite)) == {"captured"}
    assert set(outcomes(sqlite)) == {("captured", None, None)}  # no server answered
    assert Counter(events(sqlite)) == {"letter_captured": 250}
    assert {said for one in rows(sqlite, EVENT) for said in one.detail} == {"letter", "reason", "attempt"}
    assert all(row.content for row in rows(sqlite, LETTER))
    assert deliver(sqlite, CapturedChannel(), clock) == DeliveryReport()


# Stopping


# Seconds that who waits for the server would wait: a busy machine takes no half of them over a stop.
PATIENCE = 240.0


def deliver_until(
    sqlite: Engine, server: MailServer, stage: str, act: str, clock: StandingClock
) -> DeliveryReport | None:
    """Deliver, two letters at a time, and stop or cancel once a letter has come to a stage."""

    async def run() -> DeliveryReport:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        this = asyncio.current_task()
        assert this is not None
        end = stop.set if act == "stop" else this.cancel

        def look(at: str, when: str) -> None:
            if (at, when) == (stage, "before"):
                loop.call_soon_threadsafe(end)

        server.watch = look
        return await delivery(sqlite, server_at(server, timeout=PATIENCE), clock, connections=4, stop=stop)

    with suppress(asyncio.CancelledError):
        return asyncio.run(run())
    return None


@pytest.mark.parametrize("stage", ["connect", "ehlo"])
@pytest.mark.parametrize("act", ["stop", "cancel"])
def test_stop_does_not_wait_for_a_server_that_greets_slowly(
    sqlite: Engine, clock: StandingClock, stage: str, act: str
) -> None:
    queue_many(sqlite, 3)
    before = rows(sqlite, LETTER)
    with MailServer([Fault(stage, STALL)]).running() as server:
        began = monotonic()
        report = deliver_until(sqlite, server, stage, act, clock)
        assert monotonic() - began < PATIENCE / 2
    assert report == (DeliveryReport() if act == "stop" else None)
    assert rows(sqlite, LETTER) == before


def test_stop_does_not_wait_for_further_connections(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 40)
    faults = [Fault("connect", "220 mail.example.org", times=1), Fault("connect", STALL)]
    with MailServer(faults, gathers=2).running() as server:
        began = monotonic()
        report = deliver_until(sqlite, server, "dot", "stop", clock)
        assert monotonic() - began < PATIENCE / 2
    assert report is not None
    assert report.accepted == len(server.accepted) == 1
    assert Counter(states(sqlite)) == {"accepted": 1, "queued": 39}


@pytest.mark.parametrize("stage", ["mail", "dot"])
def test_stop_finishes_what_is_being_handed_over_and_gives_the_rest_back(
    sqlite: Engine, clock: StandingClock, stage: str
) -> None:
    queue_many(sqlite, 40)
    with MailServer(delay=0.02).running() as server:
        report = deliver_until(sqlite, server, stage, "stop", clock)
        assert report is not None
        kinds = Counter(states(sqlite))
        assert kinds["accepted"] == len(server.accepted) == report.accepted
        assert kinds["accepted"] < 10
        assert kinds["queued"] == 40 - kinds["accepted"]
        assert outcomes(sqlite) == [("accepted", "data", 250)] * kinds["accepted"]
        server.watch = lambda stage, when: None
        assert deliver(sqlite, server, clock).accepted == 40 - report.accepted
    assert len(set(server.message_ids())) == len(server.accepted) == 40


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_run_that_is_cancelled_again_and_again_gives_back_what_has_not_left(
    sqlite: Engine, clock: StandingClock, stage: str
) -> None:
    queue_many(sqlite, 10)

    async def run() -> None:
        loop, this = asyncio.get_running_loop(), asyncio.current_task()
        assert this is not None

        def cancel() -> None:
            this.cancel()
            if not this.done():
                loop.call_later(0.001, cancel)

        def look(at: str, when: str) -> None:
            if (at, when) == (stage, "before"):
                loop.call_soon_threadsafe(cancel)

        server.watch = look
        await delivery(sqlite, server, clock, connections=2)

    with MailServer(delay=0.02).running() as server:
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())
        kinds = Counter(states(sqlite))
        assert set(kinds) <= {"queued", "accepted", "handing_over"}
        assert kinds["handing_over"] <= 2
        server.watch = lambda stage, when: None
        clock.pass_by(minutes=2)
        report = deliver(sqlite, server, clock)
    assert (report.unconfirmed, report.accepted) == (kinds["handing_over"], kinds["queued"])
    open_ids = {row.message_id for row in rows(sqlite, LETTER) if row.status == "unconfirmed"}
    taken = Counter(server.message_ids())
    assert set(taken.values()) == {1}
    assert set(taken) | open_ids == {row.message_id for row in rows(sqlite, LETTER)}


def test_delivery_works_on_postgresql(clock: StandingClock) -> None:
    sqlite = a_postgres_database()
    queue_letters(sqlite, "ana@example.org", "gone@example.org", "later@example.org")
    queue_letters(sqlite, "money@example.org", kind=LetterKind.MONEY)
    faults = [
        Fault("rcpt", "550 5.1.1 Unknown", "gone"),
        Fault("rcpt", "450 4.2.1 Later", "later", times=1),
        Fault("dot", TAKE_AND_DROP, "money", times=1),
    ]
    with MailServer(faults).running() as server:
        first = deliver(sqlite, server, clock)
        clock.pass_by(minutes=30)
        second = deliver(sqlite, server, clock)
    assert first == DeliveryReport(accepted=1, bounced=1, deferred=1, unconfirmed=1)
    assert second == DeliveryReport(accepted=2)
    assert Counter(server.message_ids()).most_common(1)[0][1] == 2
    assert states(sqlite) == ["accepted", "bounced", "accepted", "accepted"]
    sqlite.dispose()


# A database that fails


def test_restart_of_postgresql_in_mid_delivery_is_survived(clock: StandingClock) -> None:
    engine = a_postgres_database()
    queue_many(engine, 150)
    reports: list[DeliveryReport] = []
    with MailServer(delay=0.02).running() as server:
        thread = threading.Thread(target=lambda: reports.append(deliver(engine, server, clock)))
        thread.start()
        server.when(lambda: len(server.accepted) > 20)
        restart_server()
        thread.join(120)
        (report,) = reports
        # Where a claim or a mark was committed and nobody heard of it, its letters wait for their leases' end.
        clock.pass_by(minutes=2)
        after = deliver(engine, server, clock)
    assert (report.accepted > 100, report.accepted + after.accepted) == (True, 150)
    assert len(set(server.message_ids())) == len(server.accepted) == 150
    assert Counter(states(engine)) == {"accepted": 150}
    engine.dispose()


def test_nothing_is_handed_over_that_could_not_be_marked(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 20)
    with reading(sqlite) as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    sqlite.dispose()
    # A disk that is full: claims still fit, the letters' bytes do not.
    full = f"PRAGMA max_page_count={pages + 2}"
    event.listen(sqlite, "connect", lambda raw, _: raw.execute(full))

    def renderer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        big = b"Subject: big\r\n\r\n" + os.urandom(64_000).hex().encode()
        return [FinishedLetter(one, f"reader-{one}@example.org", "big", big) for one in ids]

    seen: list[str] = []
    server = MailServer(watch=lambda stage, when: seen.append(stage))
    with server.running(), pytest.raises(DatabaseUnready, match="full"):
        deliver(sqlite, server, clock, renderer=renderer)
    assert (server.accepted, "ehlo" in seen, "mail" in seen) == ([], True, False)
    assert set(states(sqlite)) == {"queued"}
