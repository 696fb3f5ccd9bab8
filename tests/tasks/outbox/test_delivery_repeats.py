"""Letters whose handover was left open: which of them go once more, and how."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from models.facts.worded_letter import EmptyLetter, FailedLetter, FinishedLetter
from models.tables.columns import table_of
from models.tables.letter import Notice
from models.vocabulary import LetterKind
from tasks.outbox.deliver import DeliveryReport
from tasks.outbox.queue import next_letter_at
from tasks.store.database import reading, transaction
from tests.builders import MORNING, a_grant, a_letter, a_notice, a_person, a_step
from tests.mail_server import TAKE_AND_DROP, Fault, MailServer
from tests.outbox_scenes import StandingClock, deliver, events, outcomes, queue_letters, rows, states

Results = Sequence[FinishedLetter | FailedLetter | EmptyLetter]


def test_next_letter_is_a_queued_one_or_a_repeat_whichever_comes_first(
    sqlite: Engine, clock: StandingClock
) -> None:
    def next_at() -> datetime | None:
        with reading(sqlite) as connection:
            return next_letter_at(connection)

    assert next_at() is None
    queue_letters(sqlite, "money@example.org", kind=LetterKind.MONEY)
    assert next_at() == MORNING
    with MailServer([Fault("dot", TAKE_AND_DROP, times=1)]).running() as server:
        assert deliver(sqlite, server, clock).unconfirmed == 1
        assert next_at() == MORNING + timedelta(minutes=30)
        queue_letters(sqlite, "ana@example.org")
        assert next_at() == MORNING
        assert deliver(sqlite, server, clock).accepted == 1
        clock.pass_by(minutes=30)
        assert deliver(sqlite, server, clock).accepted == 1
    assert next_at() is None


@pytest.mark.parametrize("kind", [LetterKind.MONEY, LetterKind.DECISION])
def test_money_left_open_goes_once_more_with_the_same_bytes(
    sqlite: Engine, clock: StandingClock, kind: LetterKind
) -> None:
    queue_letters(sqlite, "ana@example.org", kind=kind)
    with MailServer([Fault("dot", TAKE_AND_DROP, times=1)]).running() as server:
        assert deliver(sqlite, server, clock).unconfirmed == 1
        clock.pass_by(minutes=29)
        assert deliver(sqlite, server, clock) == DeliveryReport()
        clock.pass_by(minutes=1)
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=1)
    first, second = server.accepted
    assert first == second
    assert outcomes(sqlite) == [("unconfirmed", "data", None), ("accepted", "data", 250)]
    assert events(sqlite) == ["letter_unconfirmed", "letter_accepted"]


def test_money_is_never_sent_three_times_and_a_reminder_once(sqlite: Engine, clock: StandingClock) -> None:
    queue_letters(sqlite, "ana@example.org", kind=LetterKind.MONEY)
    queue_letters(sqlite, "ben@example.org")
    with MailServer([Fault("dot", TAKE_AND_DROP)]).running() as server:
        for _ in range(12):
            deliver(sqlite, server, clock)
            clock.pass_by(hours=12)
    assert sorted(letter.recipient for letter in server.accepted) == [
        "ana@example.org",
        "ana@example.org",
        "ben@example.org",
    ]
    assert states(sqlite) == ["unconfirmed", "unconfirmed"]
    assert {outcome for outcome, _, _ in outcomes(sqlite)} == {"unconfirmed"}


def test_repeat_refused_for_now_is_still_the_one_repeat(sqlite: Engine, clock: StandingClock) -> None:
    queue_letters(sqlite, "ana@example.org", kind=LetterKind.MONEY)
    faults = [Fault("dot", TAKE_AND_DROP, times=1), Fault("rcpt", "450 4.2.1 Later", times=2)]
    with MailServer(faults[:1]).running() as server:
        deliver(sqlite, server, clock)
        server.faults = faults[1:]
        clock.pass_by(minutes=30)
        assert deliver(sqlite, server, clock).deferred == 1
        assert states(sqlite) == ["unconfirmed"]
        clock.pass_by(minutes=15)
        assert deliver(sqlite, server, clock).deferred == 1
        clock.pass_by(minutes=30)
        assert deliver(sqlite, server, clock) == DeliveryReport(accepted=1)
    assert server.accepted[0] == server.accepted[1]
    assert len(server.accepted) == 2


def test_repeat_that_is_out_of_date_is_not_sent(sqlite: Engine, clock: StandingClock) -> None:
    with transaction(sqlite) as connection:
        person = a_person(connection)
        step = a_step(connection, a_grant(connection), owner_id=person)
        letter = a_letter(connection, person, kind=LetterKind.MONEY)
        notice = a_notice(connection, letter, step)

    def answered(connection: Connection, ids: Sequence[int], now: datetime) -> Results:
        return [EmptyLetter(letter_id, (notice,)) for letter_id in ids]

    with MailServer([Fault("dot", TAKE_AND_DROP)]).running() as server:
        deliver(sqlite, server, clock)
        clock.pass_by(minutes=30)
        deliver(sqlite, server, clock, renderer=answered)
        clock.pass_by(days=6)
        deliver(sqlite, server, clock)
    assert len(server.accepted) == 1
    assert states(sqlite) == ["unconfirmed"]
    assert [row.dropped_at for row in rows(sqlite, table_of(Notice))] == [None]
