"""Delivery to a real SMTP server that refuses, stalls and hangs up, at every stage."""

import socket
import threading
from collections import Counter
from datetime import timedelta
from time import monotonic

import pytest
from sqlalchemy import Engine

from models.vocabulary import LetterKind
from tasks.channels.kinds.email import SmtpServer
from tasks.outbox import handover
from tasks.outbox.deliver import DeliveryReport
from tests.builders import MORNING
from tests.mail_server import DROP, STALL, TAKE_AND_DROP, TAKE_AND_STALL, Fault, MailServer
from tests.outbox_scenes import (
    EVENT,
    LETTER,
    PERSON,
    StandingClock,
    deliver,
    outcomes,
    queue_letters,
    queue_many,
    rows,
    server_at,
    standing,
    states,
)


def patient_route(server: MailServer, stage: str, act: str) -> SmtpServer:
    """Return the route to a server: impatient only where the server stalls, so that a busy machine is no fault."""
    from_data_on = stage in ("data", "dot") and act in (STALL, TAKE_AND_STALL)
    before_it = stage not in ("data", "dot") and act == STALL
    return server_at(server, timeout=1.5 if before_it else 30, data_timeout=1.5 if from_data_on else 30)


@pytest.mark.parametrize(
    ("stage", "act", "state", "attempt"),
    [
        ("mail", "452 4.3.1 Full", "queued", ("deferred", "mail", 452)),
        ("dot", "452 4.3.1 Full", "queued", ("deferred", "data", 452)),
        ("rcpt", "550 5.1.1 Unknown", "bounced", ("bounced", "rcpt", 550)),
        ("dot", "554 5.7.1 Spam", "bounced", ("bounced", "data", 554)),
        ("data", DROP, "unconfirmed", ("unconfirmed", "data", None)),
        ("dot", TAKE_AND_DROP, "unconfirmed", ("unconfirmed", "data", None)),
        ("rcpt", STALL, "queued", ("deferred", "rcpt", None)),
        ("dot", "hello", "unconfirmed", ("unconfirmed", "data", -1)),
    ],
)
def test_answer_at_a_stage_decides_the_letter(
    sqlite: Engine,
    clock: StandingClock,
    stage: str,
    act: str,
    state: str,
    attempt: tuple[str, str, int | None],
) -> None:
    queue_letters(sqlite, "ana@example.org")
    with MailServer([Fault(stage, act)]).running() as server:
        route = patient_route(server, stage, act)
        report = deliver(sqlite, route, clock)
        assert (states(sqlite), outcomes(sqlite)) == ([state], [attempt])
        assert len(server.accepted) == (act in (TAKE_AND_DROP, TAKE_AND_STALL))
        assert report.route_error is None
        # Nothing more happens until it is due again.
        assert deliver(sqlite, route, clock) == DeliveryReport()


@pytest.mark.parametrize(
    ("stage", "act"),
    [
        ("connect", "554 5.3.2 Not here"),
        ("connect", STALL),
        ("connect", "hello"),
        ("ehlo", DROP),
        ("mail", "550 5.7.1 Not as that sender"),
        ("mail", "530 5.7.0 Log in"),
        ("rcpt", "530 5.7.0 Log in"),
    ],
)
def test_trouble_with_the_route_costs_no_letter_an_attempt(
    sqlite: Engine, clock: StandingClock, stage: str, act: str
) -> None:
    queue_letters(sqlite, "ana@example.org", "ben@example.org")
    before = standing(sqlite)
    server = MailServer([Fault(stage, act, times=20)])
    with server.running():
        report = deliver(sqlite, patient_route(server, stage, act), clock)
        assert report.route_error
        assert report == DeliveryReport(route_error=report.route_error)
        assert standing(sqlite) == before
        assert outcomes(sqlite) == []
        server.faults = ()
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=2)


def test_server_that_is_not_there_is_said_in_one_line(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    report = deliver(sqlite, SmtpServer("127.0.0.1", port, tls="none"), clock)
    assert report.route_error is not None
    assert f"127.0.0.1 on port {port}" in report.route_error
    assert "\n" not in report.route_error
    assert (states(sqlite), outcomes(sqlite)) == (["queued"], [])


def test_route_error_names_no_address(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 1)
    with MailServer([Fault("mail", "550 5.7.1 <officer@example.org> may not send")]).running() as server:
        report = deliver(sqlite, server, clock)
    assert report.route_error == "MAIL: 550 5.7.1 (address) may not send"


def test_letters_end_when_no_server_is_reached_for_five_days(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 2)
    with MailServer([Fault("connect", DROP)]).running() as server:
        while "queued" in states(sqlite):
            assert deliver(sqlite, server, clock).route_error
            clock.pass_by(hours=8 if clock.now < MORNING + timedelta(days=4) else 1)
    assert states(sqlite) == ["bounced", "bounced"]
    assert clock.now - timedelta(hours=1) < MORNING + timedelta(days=5)
    assert {row.detail["reason"] for row in rows(sqlite, EVENT)} == {"gave_up"}


def test_letter_refused_for_now_is_tried_for_five_days_and_given_up(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_letters(sqlite, "ana@example.org")
    waits = []
    with MailServer([Fault("rcpt", "450 4.2.1 Later")]).running() as server:
        while states(sqlite) == ["queued"]:
            deliver(sqlite, server, clock)
            (row,) = rows(sqlite, LETTER)
            waits.append(row.next_attempt_at - clock.now)
            clock.now = row.next_attempt_at
    assert [wait / timedelta(minutes=1) for wait in waits[:4]] == [5, 15, 30, 60]
    assert all(timedelta(hours=1) < wait < timedelta(hours=8) for wait in waits[4:-2])
    assert clock.now < MORNING + timedelta(days=5)
    assert states(sqlite) == ["bounced"]
    assert len(outcomes(sqlite)) == len(server.commands_of("RCPT")) == len(waits)
    assert rows(sqlite, PERSON)[0].bounced_at is None
    assert rows(sqlite, EVENT)[-1].detail["reason"] == "gave_up"


def test_refused_letter_is_followed_by_others_on_the_same_connection(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_letters(sqlite, "ana@example.org", "gone@example.org", "ben@example.org", "spam@example.org")
    queue_letters(sqlite, "eva@example.org")
    faults = [Fault("rcpt", "550 5.1.1 Unknown", "gone"), Fault("dot", "554 5.7.1 Spam", "spam")]
    with MailServer(faults).running() as server:
        report = deliver(sqlite, server, clock, connections=1)
    assert report == DeliveryReport(accepted=3, bounced=2)
    assert report.troubles == 2
    assert (server.connections, len(server.accepted)) == (1, 3)
    assert states(sqlite) == ["accepted", "bounced", "accepted", "bounced", "accepted"]
    assert [row.bounced_at for row in rows(sqlite, PERSON)] == [None, MORNING, None, None, None]


def test_server_that_counts_letters_a_connection_gets_new_ones(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 40)
    with MailServer(most_letters=3).running() as server:
        assert deliver(sqlite, server, clock, connections=2) == DeliveryReport(accepted=40)
    assert server.connections >= 14
    assert {outcome for outcome, _, _ in outcomes(sqlite)} == {"accepted"}


def test_server_that_limits_connections_gets_fewer(sqlite: Engine, clock: StandingClock) -> None:
    queue_many(sqlite, 60)
    with MailServer(most_connections=2).running() as server:
        assert deliver(sqlite, server, clock, connections=6) == DeliveryReport(accepted=60)
    assert len(server.accepted) == 60


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_domain_that_says_nothing_holds_no_other_up(
    sqlite: Engine, clock: StandingClock, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    monkeypatch.setattr(handover, "RENEWS_EVERY", timedelta(seconds=0.05))
    slow = [f"reader-{number}@slow.example" for number in range(12)]
    queue_letters(sqlite, *slow, *(f"reader-{number}@example.org" for number in range(20)))
    server, patience = MailServer([Fault(stage, STALL, "slow.example")]), 240.0  # a busy machine takes less
    with server.running():
        route = server_at(server, timeout=patience, data_timeout=patience)
        thread = threading.Thread(
            target=deliver, args=(sqlite, route, clock), kwargs={"connections": 4, "batch": 5}
        )
        began = monotonic()
        thread.start()
        server.when(lambda: len(server.accepted) == 20)
        waited = monotonic() - began
        # Their outcomes are written too, though the slow letters are still with the server.
        server.when(lambda: Counter(states(sqlite)[12:]) == {"accepted": 20})
        assert Counter(states(sqlite)[:12]) == {"handing_over": 2, "claimed": 10}
        server.stop()
        thread.join(60)
    assert waited < patience / 2
    assert {letter.recipient.partition("@")[2] for letter in server.accepted} == {"example.org"}
    assert Counter(states(sqlite)[:12])["unconfirmed"] == (2 if stage == "dot" else 0)


def test_silence_over_letters_to_many_domains_stops_the_route(sqlite: Engine, clock: StandingClock) -> None:
    queue_letters(sqlite, *(f"reader@domain-{number}.example" for number in range(20)))
    with MailServer([Fault("rcpt", DROP)]).running() as server:
        report = deliver(sqlite, server, clock, connections=1)
    assert report == DeliveryReport(deferred=3, route_error="RCPT: the connection was lost")
    assert len(outcomes(sqlite)) == 3
    assert states(sqlite) == ["queued"] * 20


@pytest.mark.parametrize(
    ("answer", "stage", "kind", "first", "hours"),
    [
        ("530 5.7.0 Log in", "rcpt", LetterKind.TASKS, True, 24),
        ("535 5.7.8 Bad credentials", "data", LetterKind.MONEY, False, 4),
        ("530 5.7.0 Log in", "dot", LetterKind.DECISION, True, 4),
    ],
)
def test_login_code_at_one_recipient_defers_that_letter_once_and_the_others_leave(
    sqlite: Engine, clock: StandingClock, answer: str, stage: str, kind: LetterKind, first: bool, hours: int
) -> None:
    if first:
        queue_letters(sqlite, "odd@example.org", kind=kind)
    queue_many(sqlite, 25)
    if not first:
        queue_letters(sqlite, "odd@example.org", kind=kind)
    with MailServer([Fault(stage, answer, "odd")]).running() as server:
        report = deliver(sqlite, server, clock, connections=1)
        assert report == DeliveryReport(accepted=25, deferred=1)
        clock.pass_by(hours=hours, minutes=-1)
        assert deliver(sqlite, server, clock) == DeliveryReport()
        clock.pass_by(minutes=1)
        queue_many(sqlite, 1)
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=1, bounced=1)


def test_login_code_at_every_recipient_stops_the_route_and_costs_nothing(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_many(sqlite, 26)
    before = standing(sqlite)
    with MailServer([Fault("rcpt", "535 5.7.8 Bad credentials")]).running() as server:
        report = deliver(sqlite, server, clock)
    assert report == DeliveryReport(route_error="RCPT: 535 5.7.8 Bad credentials")
    assert standing(sqlite) == before
    assert len(server.commands_of("RCPT")) <= 12


@pytest.mark.parametrize(("stage", "answer"), [("mail", "354 Go ahead"), ("rcpt", "hello")])
def test_answer_that_is_none_costs_an_attempt_and_three_in_a_row_stop_the_route(
    sqlite: Engine, clock: StandingClock, stage: str, answer: str
) -> None:
    queue_many(sqlite, 30)
    with MailServer([Fault(stage, answer)]).running() as server:
        report = deliver(sqlite, server, clock, connections=1)
    assert report.route_error is not None
    assert (report.deferred, server.connections) == (3, 3)
    assert Counter(states(sqlite)) == {"queued": 30}


def test_one_letter_that_gets_no_smtp_reply_does_not_stop_the_others(
    sqlite: Engine, clock: StandingClock
) -> None:
    queue_letters(sqlite, "odd@example.org", *(f"reader-{number}@example.org" for number in range(9)))
    with MailServer([Fault("rcpt", "hello", "odd")]).running() as server:
        assert deliver(sqlite, server, clock, connections=1) == DeliveryReport(accepted=9, deferred=1)
