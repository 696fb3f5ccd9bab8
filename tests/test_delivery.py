"""Delivery against a real SMTP server that agrees, refuses, stalls, and hangs up."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, func, select, text

from models.columns import table_of
from models.errors import DatabaseUnready
from models.letter import Notice
from models.letter_outcome import Emptied, Printed, Spoiled
from models.vocabulary import LetterKind
from tasks.database import open_engine, reading, transaction
from tasks.delivery import DeliveryReport, deliver_due
from tasks.smtp import CaptureRoute, SmtpRoute
from tests.builders import MORNING, a_database, a_grant, a_letter, a_notice, a_person, a_step
from tests.mail_server import DROP, STALL, TAKE_AND_DROP, TAKE_AND_STALL, Fault, MailServer
from tests.outbox_scenes import (
    EVENT,
    LETTER,
    PERSON,
    StandingClock,
    deliver,
    events,
    letter_bytes,
    outcomes,
    plain_printer,
    queue_letters,
    queue_many,
    route_to,
    rows,
    states,
)
from tests.postgres_server import a_postgres_database

Results = Sequence[Printed | Spoiled | Emptied]


@pytest.fixture
def engine(tmp_path: Path) -> Any:
    """Return a new SQLite database."""
    opened = a_database(tmp_path)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> StandingClock:
    """Return a clock that stands at the morning on which letters are queued."""
    return StandingClock()


# What leaves, and when it is marked


def test_letter_arrives_as_printed_and_is_accepted(engine: Engine, clock: StandingClock) -> None:
    (letter,) = queue_letters(engine, "ana@example.org")
    with MailServer().running() as server:
        assert deliver(engine, server, clock) == DeliveryReport(accepted=1)
    (row,) = rows(engine, LETTER)
    (taken,) = server.accepted
    assert (taken.recipient, taken.message_id) == ("ana@example.org", row.message_id)
    assert taken.content == row.content == letter_bytes(letter, row.message_id, MORNING)
    assert (row.status, row.subject, row.attempts) == ("accepted", f"Letter {letter}", 1)
    assert outcomes(engine) == [("accepted", "dot", 250)]
    assert events(engine) == ["letter_accepted"]


def test_nothing_due_connects_to_nothing(engine: Engine, clock: StandingClock) -> None:
    clock.pass_by(minutes=-1)
    queue_many(engine, 1)
    with MailServer().running() as server:
        assert deliver(engine, server, clock) == DeliveryReport()
    assert server.connections == 0


@pytest.mark.parametrize("pipelining", [True, False])
def test_each_of_many_letters_arrives_once(engine: Engine, clock: StandingClock, pipelining: bool) -> None:
    queue_many(engine, 230)
    with MailServer(pipelining=pipelining).running() as server:
        assert deliver(engine, server, clock) == DeliveryReport(accepted=230)
    assert server.message_ids() == sorted(row.message_id for row in rows(engine, LETTER))
    assert 2 <= server.connections <= 10
    assert (server.ahead > 230) == pipelining
    assert Counter(events(engine)) == {"letter_accepted": 230}


def test_letter_is_marked_with_its_bytes_before_data(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 30)
    seen: list[tuple[str, bool]] = []

    def look(stage: str, when: str) -> None:
        if (stage, when) == ("data", "before"):
            recipient = server.talking_to
            query = select(LETTER.c.status, LETTER.c.content).join(PERSON, PERSON.c.id == LETTER.c.person_id)
            with reading(engine) as connection:
                row = connection.execute(query.where(PERSON.c.email == recipient)).one()
            seen.append((row.status, row.content is not None))

    server = MailServer(watch=look)
    with server.running():
        deliver(engine, server, clock)
    assert seen == [("handing_over", True)] * 30


def test_no_more_letters_are_handed_over_than_there_are_connections(
    engine: Engine, clock: StandingClock
) -> None:
    queue_many(engine, 60)
    marked: list[int] = []

    def look(stage: str, when: str) -> None:
        if stage == "dot":
            query = select(func.count()).where(LETTER.c.status == "handing_over")
            with reading(engine) as connection:
                marked.append(connection.execute(query).scalar_one())

    with MailServer(watch=look).running() as server:
        deliver(engine, server, clock, connections=4)
    assert len(marked) == 120
    assert max(marked) <= 4


def test_bare_line_ends_and_dots_cannot_end_a_letter(engine: Engine, clock: StandingClock) -> None:
    queue_letters(engine, "ana@example.org")
    body = (
        b"Message-ID: <x@example.org>\r\n\r\none\n.\nMAIL FROM:<eve@example.org>\r.\rtwo\n.\r\nthree\r\n.four"
    )

    def printer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [Printed(ids[0], "ana@example.org", "x", body)]

    with MailServer().running() as server:
        assert deliver(engine, server, clock, printer=printer) == DeliveryReport(accepted=1)
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
    engine: Engine, clock: StandingClock, recipient: str, arrives_at: str | None
) -> None:
    queue_letters(engine, recipient, "ben@example.org")
    with MailServer().running() as server:
        deliver(engine, server, clock, connections=1)
    arrived = [arrives_at] if arrives_at else []
    assert [letter.recipient for letter in server.accepted] == [*arrived, "ben@example.org"]
    assert states(engine) == ["accepted" if arrives_at else "bounced", "accepted"]
    assert (rows(engine, PERSON)[0].bounced_at is None) == bool(arrives_at)


# What the server answers, at every stage


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(
    ("stage", "act", "state", "attempt"),
    [
        ("mail", "452 4.3.1 Full", "queued", ("deferred", "mail", 452)),
        ("rcpt", "450 4.2.1 Later", "queued", ("deferred", "rcpt", 450)),
        ("data", "451 4.3.0 Later", "queued", ("deferred", "data", 451)),
        ("dot", "452 4.3.1 Full", "queued", ("deferred", "dot", 452)),
        ("rcpt", "550 5.1.1 Unknown", "bounced", ("bounced", "rcpt", 550)),
        ("data", "554 5.6.0 No", "bounced", ("bounced", "data", 554)),
        ("dot", "554 5.7.1 Spam", "bounced", ("bounced", "dot", 554)),
        ("rcpt", "421 4.3.2 Down", "queued", ("deferred", "rcpt", 421)),
        ("data", "421 4.3.2 Down", "queued", ("deferred", "data", 421)),
        ("dot", "421 4.3.2 Down", "queued", ("deferred", "dot", 421)),
        ("rcpt", DROP, "queued", ("deferred", "rcpt", None)),
        ("data", DROP, "queued", ("deferred", "data", None)),
        ("dot", DROP, "unconfirmed", ("unconfirmed", "dot", None)),
        ("dot", TAKE_AND_DROP, "unconfirmed", ("unconfirmed", "dot", None)),
        ("rcpt", STALL, "queued", ("deferred", "rcpt", None)),
        ("data", STALL, "queued", ("deferred", "data", None)),
        ("dot", STALL, "unconfirmed", ("unconfirmed", "dot", None)),
        ("dot", TAKE_AND_STALL, "unconfirmed", ("unconfirmed", "dot", None)),
        ("rcpt", "what?", "queued", ("deferred", "rcpt", None)),
        ("data", "250 What?", "queued", ("deferred", "data", 250)),
        ("dot", "hello", "unconfirmed", ("unconfirmed", "dot", None)),
        ("dot", "354 More?", "unconfirmed", ("unconfirmed", "dot", 354)),
    ],
)
def test_answer_at_a_stage_decides_the_letter(
    engine: Engine,
    clock: StandingClock,
    stage: str,
    act: str,
    state: str,
    attempt: tuple[str, str, int | None],
    pipelining: bool,
) -> None:
    queue_letters(engine, "ana@example.org")
    with MailServer([Fault(stage, act)], pipelining=pipelining).running() as server:
        route = route_to(server, timeout=0.3, dot_timeout=0.3)
        report = deliver(engine, route, clock)
        assert (states(engine), outcomes(engine)) == ([state], [attempt])
        assert len(server.accepted) == (act in (TAKE_AND_DROP, TAKE_AND_STALL))
        assert (report.route_error is not None) == act.startswith("421")
        # Nothing more happens until it is due again; then it goes the same way, and is never sent twice at once.
        assert deliver(engine, route, clock) == DeliveryReport()


@pytest.mark.parametrize(
    ("stage", "act"),
    [
        ("connect", "554 5.3.2 Not here"),
        ("connect", "421 4.3.2 Too busy"),
        ("connect", DROP),
        ("connect", STALL),
        ("connect", "hello"),
        ("ehlo", "550 5.7.1 Who are you"),
        ("ehlo", "421 4.3.2 Down"),
        ("ehlo", DROP),
        ("ehlo", STALL),
        ("mail", "550 5.7.1 Not as that sender"),
        ("mail", "530 5.7.0 Log in"),
        ("mail", "421 4.3.2 Down"),
        ("mail", DROP),
        ("mail", STALL),
        ("rcpt", "530 5.7.0 Log in"),
    ],
)
def test_trouble_with_the_route_costs_no_letter_an_attempt(
    engine: Engine, clock: StandingClock, stage: str, act: str
) -> None:
    queue_letters(engine, "ana@example.org", "ben@example.org")
    before = rows(engine, LETTER)
    server = MailServer([Fault(stage, act, times=20)])
    with server.running():
        route = route_to(server, timeout=0.3)
        report = deliver(engine, route, clock)
        assert report.route_error
        assert report == DeliveryReport(route_error=report.route_error)
        assert rows(engine, LETTER) == before
        assert outcomes(engine) == []
        server.faults = ()
        assert deliver(engine, route, clock) == DeliveryReport(accepted=2)


def test_server_that_is_not_there_is_said_in_one_line(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    report = deliver(engine, SmtpRoute("127.0.0.1", port, tls="none"), clock)
    assert report.route_error is not None
    assert f"127.0.0.1 on port {port}" in report.route_error
    assert "\n" not in report.route_error
    assert (states(engine), outcomes(engine)) == (["queued"], [])


def test_route_error_names_no_address(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 1)
    with MailServer([Fault("mail", "550 5.7.1 <officer@example.org> may not send")]).running() as server:
        report = deliver(engine, server, clock)
    assert report.route_error == "MAIL: 550 5.7.1 (address) may not send"


def test_letters_end_when_no_server_is_reached_for_five_days(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 2)
    with MailServer([Fault("connect", DROP)]).running() as server:
        while "queued" in states(engine):
            assert deliver(engine, server, clock).route_error
            clock.pass_by(hours=1)
    assert states(engine) == ["bounced", "bounced"]
    assert clock.now - timedelta(hours=1) < MORNING + timedelta(days=5)
    assert {row.detail["reason"] for row in rows(engine, EVENT)} == {"gave_up"}


def test_letter_refused_for_now_is_tried_for_five_days_and_given_up(
    engine: Engine, clock: StandingClock
) -> None:
    queue_letters(engine, "ana@example.org")
    waits = []
    with MailServer([Fault("rcpt", "450 4.2.1 Later")]).running() as server:
        while states(engine) == ["queued"]:
            deliver(engine, server, clock)
            (row,) = rows(engine, LETTER)
            waits.append(row.next_attempt_at - clock.now)
            clock.now = row.next_attempt_at
    assert [wait / timedelta(minutes=1) for wait in waits[:4]] == [5, 15, 30, 60]
    assert all(timedelta(hours=1) < wait < timedelta(hours=8) for wait in waits[4:-2])
    assert clock.now < MORNING + timedelta(days=5)
    assert states(engine) == ["bounced"]
    assert len(outcomes(engine)) == len(server.commands_of("RCPT")) == len(waits)
    assert rows(engine, PERSON)[0].bounced_at is None
    assert rows(engine, EVENT)[-1].detail["reason"] == "gave_up"


def test_refused_letter_is_followed_by_others_on_the_same_connection(
    engine: Engine, clock: StandingClock
) -> None:
    queue_letters(engine, "ana@example.org", "gone@example.org", "ben@example.org", "spam@example.org")
    queue_letters(engine, "eva@example.org")
    faults = [Fault("rcpt", "550 5.1.1 Unknown", "gone"), Fault("dot", "554 5.7.1 Spam", "spam")]
    with MailServer(faults).running() as server:
        report = deliver(engine, server, clock, connections=1)
    assert report == DeliveryReport(accepted=3, bounced=2)
    assert report.troubles == 2
    assert server.connections == 1
    assert states(engine) == ["accepted", "bounced", "accepted", "bounced", "accepted"]
    assert [row.bounced_at for row in rows(engine, PERSON)] == [None, MORNING, None, None, None]


def test_server_that_counts_letters_a_connection_gets_new_ones(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 40)
    with MailServer(most_letters=3).running() as server:
        assert deliver(engine, server, clock, connections=2) == DeliveryReport(accepted=40)
    assert server.connections >= 14
    assert {outcome for outcome, _, _ in outcomes(engine)} == {"accepted"}


def test_server_that_limits_connections_gets_fewer(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 60)
    with MailServer(most_connections=2).running() as server:
        assert deliver(engine, server, clock, connections=6) == DeliveryReport(accepted=60)
    assert len(server.accepted) == 60


def test_one_domain_that_stalls_does_not_hold_up_others(engine: Engine, clock: StandingClock) -> None:
    slow = [f"reader-{number}@slow.example" for number in range(20)]
    queue_letters(engine, *slow, *(f"reader-{number}@example.org" for number in range(20)))
    with MailServer([Fault("rcpt", STALL, "slow.example")]).running() as server:
        report = deliver(engine, route_to(server, timeout=0.3), clock, connections=4)
    assert (report.accepted, report.failed_domains, report.route_error) == (20, 1, None)
    assert report.deferred + report.put_off == 20
    assert report.deferred <= 5
    assert {letter.recipient.partition("@")[2] for letter in server.accepted} == {"example.org"}
    assert {row.next_attempt_at for row in rows(engine, LETTER)[:20]} == {MORNING + timedelta(minutes=5)}


def test_silence_over_letters_to_many_domains_stops_the_route(engine: Engine, clock: StandingClock) -> None:
    queue_letters(engine, *(f"reader@domain-{number}.example" for number in range(20)))
    with MailServer([Fault("rcpt", DROP)]).running() as server:
        report = deliver(engine, server, clock, connections=1)
    assert report == DeliveryReport(deferred=3, route_error="no answer over letters to 3 domains in a row")
    assert len(outcomes(engine)) == 3
    assert states(engine) == ["queued"] * 20


def test_letter_waiting_behind_a_stalled_dot_goes_another_way(
    engine: Engine, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.carriers.PATIENCE", 0.05)
    queue_letters(engine, "slow@example.org", "ana@example.org", "ben@example.org", "eva@example.org")
    server = MailServer([Fault("dot", STALL, "slow")])
    order: list[str] = []

    def look(stage: str, when: str) -> None:
        order.append(f"{stage} {when}")

    server.watch = look
    with server.running():
        thread = threading.Thread(target=deliver, args=(engine, route_to(server, dot_timeout=30), clock))
        thread.start()
        server.when(lambda: len(server.accepted) == 3)
        assert states(engine)[0] == "handing_over"
        server.stop()
        thread.join(10)
    assert states(engine) == ["unconfirmed", "accepted", "accepted", "accepted"]


# What is sent once more


@pytest.mark.parametrize("kind", [LetterKind.MONEY, LetterKind.DECISION])
def test_money_left_open_goes_once_more_with_the_same_bytes(
    engine: Engine, clock: StandingClock, kind: LetterKind
) -> None:
    queue_letters(engine, "ana@example.org", kind=kind)
    with MailServer([Fault("dot", TAKE_AND_DROP, times=1)]).running() as server:
        assert deliver(engine, server, clock).unconfirmed == 1
        clock.pass_by(minutes=29)
        assert deliver(engine, server, clock) == DeliveryReport()
        clock.pass_by(minutes=1)
        assert deliver(engine, server, clock) == DeliveryReport(accepted=1)
    first, second = server.accepted
    assert first == second
    assert outcomes(engine) == [("unconfirmed", "dot", None), ("accepted", "dot", 250)]
    assert events(engine) == ["letter_unconfirmed", "letter_accepted"]


def test_money_is_never_sent_three_times(engine: Engine, clock: StandingClock) -> None:
    queue_letters(engine, "ana@example.org", kind=LetterKind.MONEY)
    with MailServer([Fault("dot", TAKE_AND_DROP)]).running() as server:
        for _ in range(12 * 6):
            deliver(engine, server, clock)
            clock.pass_by(hours=2)
    assert len(server.accepted) == 2
    assert states(engine) == ["unconfirmed"]
    assert [outcome for outcome, _, _ in outcomes(engine)] == ["unconfirmed", "unconfirmed"]


def test_reminder_left_open_stays(engine: Engine, clock: StandingClock) -> None:
    queue_letters(engine, "ana@example.org")
    with MailServer([Fault("dot", TAKE_AND_DROP)]).running() as server:
        for _ in range(12 * 6):
            deliver(engine, server, clock)
            clock.pass_by(hours=2)
    assert len(server.accepted) == 1
    assert states(engine) == ["unconfirmed"]


def test_repeat_refused_for_now_is_still_the_one_repeat(engine: Engine, clock: StandingClock) -> None:
    queue_letters(engine, "ana@example.org", kind=LetterKind.MONEY)
    faults = [Fault("dot", TAKE_AND_DROP, times=1), Fault("rcpt", "450 4.2.1 Later", times=2)]
    with MailServer(faults[:1]).running() as server:
        deliver(engine, server, clock)
        server.faults = faults[1:]
        clock.pass_by(minutes=30)
        assert deliver(engine, server, clock).deferred == 1
        assert states(engine) == ["unconfirmed"]
        clock.pass_by(minutes=15)
        assert deliver(engine, server, clock).deferred == 1
        clock.pass_by(minutes=30)
        assert deliver(engine, server, clock) == DeliveryReport(accepted=1)
    assert server.accepted[0] == server.accepted[1]
    assert len(server.accepted) == 2


def test_repeat_that_is_out_of_date_is_not_sent(engine: Engine, clock: StandingClock) -> None:
    with transaction(engine) as connection:
        person = a_person(connection)
        step = a_step(connection, a_grant(connection), owner_id=person)
        letter = a_letter(connection, person, kind=LetterKind.MONEY)
        notice = a_notice(connection, letter, step)

    def answered(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [Emptied(letter_id, (notice,)) for letter_id in ids]

    with MailServer([Fault("dot", TAKE_AND_DROP)]).running() as server:
        deliver(engine, server, clock)
        clock.pass_by(minutes=30)
        deliver(engine, server, clock, printer=answered)
        clock.pass_by(days=6)
        deliver(engine, server, clock)
    assert len(server.accepted) == 1
    assert states(engine) == ["unconfirmed"]
    assert [row.dropped_at for row in rows(engine, table_of(Notice))] == [None]


# What is not sent


def test_letter_that_does_not_render_is_poisoned_and_the_others_go(
    engine: Engine, clock: StandingClock
) -> None:
    bad, *_ = queue_many(engine, 5)

    def printer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        printed = plain_printer(connection, ids, now)
        return [Spoiled(one.letter_id, "no") if one.letter_id == bad else one for one in printed]

    reports = []
    with MailServer().running() as server:
        for minutes in (5, 15, 60):
            reports.append(deliver(engine, server, clock, printer=printer))
            clock.pass_by(minutes=minutes)
        assert deliver(engine, server, clock) == DeliveryReport()
    assert reports == [
        DeliveryReport(accepted=4, spoiled=1),
        DeliveryReport(spoiled=1),
        DeliveryReport(poisoned=1),
    ]
    assert states(engine) == ["poisoned", *["accepted"] * 4]


@pytest.mark.parametrize("broken", ["raises", "forgets"])
def test_printer_that_fails_over_one_letter_prints_the_others(
    engine: Engine, clock: StandingClock, broken: str
) -> None:
    bad, *_ = queue_many(engine, 5)

    def printer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        if broken == "raises" and bad in ids:
            raise KeyError("title")
        return plain_printer(connection, [one for one in ids if one != bad], now)

    with MailServer().running() as server:
        report = deliver(engine, server, clock, printer=printer)
    assert report == DeliveryReport(accepted=4, spoiled=1)
    assert len(server.accepted) == 4


def test_letter_with_nothing_left_to_say_is_cancelled(engine: Engine, clock: StandingClock) -> None:
    empty, *_ = queue_many(engine, 2)

    def printer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [Emptied(empty), *plain_printer(connection, [one for one in ids if one != empty], now)]

    with MailServer().running() as server:
        assert deliver(engine, server, clock, printer=printer) == DeliveryReport(accepted=1, cancelled=1)
    assert states(engine) == ["cancelled", "accepted"]


def test_letters_are_captured_when_there_is_no_server(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 250)
    assert deliver(engine, CaptureRoute(), clock) == DeliveryReport(captured=250)
    assert set(states(engine)) == {"accepted"}
    assert set(outcomes(engine)) == {("captured", "dot", None)}
    assert Counter(events(engine)) == {"letter_captured": 250}
    assert all(row.content for row in rows(engine, LETTER))
    assert deliver(engine, CaptureRoute(), clock) == DeliveryReport()


# Stopping, and two at once


def deliver_until(
    engine: Engine, server: MailServer, stage: str, act: str, clock: StandingClock
) -> DeliveryReport | None:
    """Deliver over two connections, and stop or cancel once a letter has come to a stage."""

    async def run() -> DeliveryReport:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        this = asyncio.current_task()
        assert this is not None
        end = stop.set if act == "stop" else this.cancel

        def look(at: str, when: str) -> None:
            if (at, when) == (stage, "before"):
                loop.call_soon_threadsafe(end)

        server.watch = look
        return await deliver_due(engine, route_to(server), plain_printer, clock, connections=2, stop=stop)

    with suppress(asyncio.CancelledError):
        return asyncio.run(run())
    return None


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_stop_finishes_what_is_being_handed_over_and_gives_the_rest_back(
    engine: Engine, clock: StandingClock, stage: str
) -> None:
    queue_many(engine, 40)
    with MailServer(delay=0.02).running() as server:
        report = deliver_until(engine, server, stage, "stop", clock)
        assert report is not None
        kinds = Counter(states(engine))
        assert kinds["accepted"] == len(server.accepted) == report.accepted
        assert kinds["accepted"] < 10
        assert kinds["queued"] == 40 - kinds["accepted"]
        server.watch = lambda stage, when: None
        assert deliver(engine, server, clock).accepted == 40 - report.accepted
    assert len(set(server.message_ids())) == len(server.accepted) == 40


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "dot"])
def test_cancelled_run_loses_nothing_and_says_what_is_open(
    engine: Engine, clock: StandingClock, stage: str
) -> None:
    queue_many(engine, 40)
    with MailServer(delay=0.02).running() as server:
        assert deliver_until(engine, server, stage, "cancel", clock) is None
        kinds = Counter(states(engine))
        assert set(kinds) <= {"queued", "accepted", "unconfirmed"}
        assert kinds["unconfirmed"] <= 2
        assert all(row.claim_key is None for row in rows(engine, LETTER))
        server.watch = lambda stage, when: None
        clock.pass_by(minutes=5)
        deliver(engine, server, clock)
    open_ids = {row.message_id for row in rows(engine, LETTER) if row.status == "unconfirmed"}
    taken = Counter(server.message_ids())
    assert set(taken.values()) == {1}
    assert set(taken) | open_ids == {row.message_id for row in rows(engine, LETTER)}


def test_letter_marked_while_its_run_is_cancelled_is_set_free(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 3)

    async def run() -> None:
        loop, cancelled = asyncio.get_running_loop(), threading.Event()
        this = asyncio.current_task()
        assert this is not None

        def cancel() -> None:
            this.cancel()
            # Two turns of the loop on, whoever waited for the mark has been told.
            loop.call_soon(loop.call_soon, cancelled.set)

        def look(connection: Any, cursor: Any, sql: str, *_: Any) -> None:
            if sql.startswith("UPDATE letter") and "content=?" in sql:
                loop.call_soon_threadsafe(cancel)
                assert cancelled.wait(10)

        event.listen(engine, "after_cursor_execute", look)
        await deliver_due(engine, route_to(server), plain_printer, clock, connections=2)

    with MailServer().running() as server, pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
    assert (server.accepted, server.commands_of("DATA")) == ([], [])
    assert states(engine) == ["queued"] * 3
    assert set(outcomes(engine)) == {("deferred", "data", None)}


def deliver_from(url: str, port: int, gate: Any) -> None:
    """Deliver in a process of its own, once every other one is ready."""
    engine = open_engine(url)
    gate.wait()
    deliver(engine, SmtpRoute("127.0.0.1", port, tls="none", timeout=10), StandingClock(), batch=7)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_deliverers_at_once_never_send_a_letter_twice(tmp_path: Path, kind: str) -> None:
    engine = a_database(tmp_path) if kind == "sqlite" else a_postgres_database()
    queue_many(engine, 200)
    url = engine.url.render_as_string(hide_password=False)
    processes = multiprocessing.get_context("spawn")
    with MailServer(delay=0.002).running() as server:
        gate = processes.Barrier(2)
        both = [processes.Process(target=deliver_from, args=(url, server.port, gate)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join(60)
            assert one.exitcode == 0
    assert server.message_ids() == sorted(row.message_id for row in rows(engine, LETTER))
    assert Counter(states(engine)) == {"accepted": 200}
    assert server.connections > 10
    engine.dispose()


def test_delivery_works_on_postgresql(clock: StandingClock) -> None:
    engine = a_postgres_database()
    queue_letters(engine, "ana@example.org", "gone@example.org", "later@example.org")
    queue_letters(engine, "money@example.org", kind=LetterKind.MONEY)
    faults = [
        Fault("rcpt", "550 5.1.1 Unknown", "gone"),
        Fault("rcpt", "450 4.2.1 Later", "later", times=1),
        Fault("dot", TAKE_AND_DROP, "money", times=1),
    ]
    with MailServer(faults).running() as server:
        first = deliver(engine, server, clock)
        clock.pass_by(minutes=30)
        second = deliver(engine, server, clock)
    assert first == DeliveryReport(accepted=1, bounced=1, deferred=1, unconfirmed=1)
    assert second == DeliveryReport(accepted=2)
    assert Counter(server.message_ids()).most_common(1)[0][1] == 2
    assert states(engine) == ["accepted", "bounced", "accepted", "accepted"]
    engine.dispose()


# A database that fails


def test_nothing_is_handed_over_that_could_not_be_marked(engine: Engine, clock: StandingClock) -> None:
    queue_many(engine, 20)
    with reading(engine) as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    engine.dispose()
    # A disk that is full: claims still fit, the letters' bytes do not.
    full = f"PRAGMA max_page_count={pages + 2}"
    event.listen(engine, "connect", lambda raw, _: raw.execute(full))

    def printer(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        big = b"Subject: big\r\n\r\n" + os.urandom(64_000).hex().encode()
        return [Printed(one, f"reader-{one}@example.org", "big", big) for one in ids]

    with MailServer().running() as server, pytest.raises(DatabaseUnready, match="full"):
        deliver(engine, server, clock, printer=printer)
    assert (server.accepted, server.commands_of("DATA")) == ([], [])
    assert set(states(engine)) == {"queued"}
