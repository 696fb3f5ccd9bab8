"""Claims, leases and fences of the outbox, on SQLite and on PostgreSQL."""

import mailbox
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, event, update
from sqlalchemy.exc import IntegrityError

from models.events import OfficeEvent
from models.facts.worded_letter import FinishedLetter
from models.rules.delivery.retry import ServerReply, read_reply
from models.tables.columns import table_of
from models.tables.letter import Notice
from models.vocabulary import LetterKind, LetterStatus, SmtpStage
from tasks.outbox.claims import RENEWS_EVERY, Claims
from tasks.outbox.queue import (
    LEASE,
    ClaimedLetter,
    claim_letters,
    count_leased,
    give_back,
    has_due_letters,
    renew_leases,
)
from tasks.outbox.recover import give_up_old, needs_recovery, recover_letters
from tasks.outbox.returned_mail import take_back
from tasks.outbox.settle import Attempt, Handover, Settled, write_marks
from tasks.people.letters import find_told
from tasks.settings import load_settings
from tasks.store.database import reading, transaction
from tasks.store.journal import Event, write_journal
from tests.builders import MORNING as NOW
from tests.builders import a_database, a_grant, a_letter, a_notice, a_person, a_step
from tests.databases import a_postgres_database
from tests.outbox_scenes import (
    ATTEMPT,
    EVENT,
    LETTER,
    PERSON,
    StandingClock,
    events,
    outcomes,
    plain_renderer,
    queue_letters,
    queue_many,
    rows,
    states,
)
from tests.tasks.outbox.test_returned_mail import a_report

ACCEPTED = ServerReply(SmtpStage.DATA, 250, "2.0.0 queued as 1")


def claim(engine: Engine, now: datetime = NOW, limit: int = 100) -> list[ClaimedLetter]:
    """Claim what is due."""
    with transaction(engine) as connection:
        return claim_letters(connection, now, limit)


def handover(letter: ClaimedLetter, content: bytes = b"Subject: x\r\n\r\n", dropped: int = 0) -> Handover:
    """Return a claimed letter as printed."""
    notices = (dropped,) if dropped else ()
    return Handover(letter, FinishedLetter(letter.id, "reader@example.org", "x", content, notices))


def attempt(letter: ClaimedLetter, reply: ServerReply = ACCEPTED, now: datetime = NOW) -> Attempt:
    """Return what a server's reply makes of a letter."""
    decision = read_reply(reply)
    assert decision.outcome is not None
    return Attempt(handover(letter), decision.outcome, reply, decision.reason, now, now)


def mark(engine: Engine, *letters: ClaimedLetter, now: datetime = NOW) -> set[int]:
    """Mark letters as being handed over; return which may be."""
    with transaction(engine) as connection:
        marks = [handover(one) for one in letters]
        return write_marks(connection, marks, [], now=now, zone=UTC)[0]


def note(engine: Engine, *attempts: Attempt, now: datetime = NOW) -> list[Settled]:
    """Write attempts; return the letters settled."""
    with transaction(engine) as connection:
        return write_marks(connection, [], attempts, now=now, zone=UTC)[1]


def recover(engine: Engine, now: datetime) -> list[Settled]:
    """See to leases that ran out."""
    with transaction(engine) as connection:
        if not needs_recovery(connection, now=now, zone=UTC):
            return []
        settled = recover_letters(connection, now=now, zone=UTC)
        assert not needs_recovery(connection, now=now, zone=UTC)
    return settled


def test_claim_takes_the_longest_waiting_first(engine: Engine) -> None:
    with transaction(engine) as connection:
        person = a_person(connection)
        late, early, coming = (
            a_letter(connection, person, next_attempt_at=NOW + timedelta(minutes=minutes))
            for minutes in (-5, -10, 1)
        )
    assert [one.id for one in claim(engine, limit=1)] == [early]
    assert [one.id for one in claim(engine)] == [late]
    assert claim(engine) == []
    assert [one.id for one in claim(engine, NOW + timedelta(minutes=1))] == [coming]


def test_claim_is_a_lease_with_a_key_of_its_own(engine: Engine) -> None:
    queue_many(engine, 2)
    first, second = (claim(engine, limit=1)[0] for _ in range(2))
    kept = rows(engine, LETTER)
    assert first.claim_key != second.claim_key
    assert [row.claim_key for row in kept] == [first.claim_key, second.claim_key]
    assert {row.lease_until_at for row in kept} == {NOW + LEASE}
    assert states(engine) == ["claimed", "claimed"]


def test_letter_that_has_ended_is_not_claimed(engine: Engine) -> None:
    with transaction(engine) as connection:
        for status in ("accepted", "captured", "bounced", "unconfirmed", "poisoned", "cancelled"):
            a_letter(connection, a_person(connection), status=LetterStatus(status), content=b"x")
        assert not has_due_letters(connection, NOW)
    assert claim(engine, NOW + timedelta(days=9)) == []


def test_two_claims_under_way_at_once_share_the_letters(engine: Engine) -> None:
    queue_many(engine, 40)
    got: list[ClaimedLetter] = []
    meet = threading.Barrier(4)

    def take() -> None:
        meet.wait()
        while letters := claim(engine, limit=3):
            got.extend(letters)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.id for one in got) == [row.id for row in rows(engine, LETTER)]


def test_claim_on_postgresql_passes_over_locked_rows() -> None:
    engine = a_postgres_database()
    ids = queue_many(engine, 4)
    with transaction(engine) as one, transaction(engine) as other:
        first = [letter.id for letter in claim_letters(one, NOW, 2)]
        second = [letter.id for letter in claim_letters(other, NOW, 4)]
    engine.dispose()
    assert (first, second) == (ids[:2], ids[2:])


def test_letters_left_by_a_clock_that_was_years_ahead_go_on(engine: Engine) -> None:
    queue_many(engine, 3)
    ahead = NOW + timedelta(days=5_000)
    mark(engine, *claim(engine, ahead, limit=1), now=ahead)
    claim(engine, ahead, limit=1)
    with transaction(engine) as connection:
        connection.execute(update(LETTER).where(LETTER.c.status == "queued").values(next_attempt_at=ahead))
    recover(engine, NOW)
    assert states(engine) == ["unconfirmed", "queued", "queued"]
    assert len(claim(engine)) == 2


@pytest.mark.parametrize(
    ("letter_on", "waits", "goes_on"),
    [
        pytest.param(4, 4, False, id="queued before a long weekend"),
        pytest.param(12, 12, False, id="queued before a long rest"),
        pytest.param(0, 4, True, id="put off though its day is here"),
        pytest.param(4_000, 4_000, True, id="of a day that a wrong clock showed"),
    ],
)
def test_letter_of_a_coming_working_day_waits_for_it(
    engine: Engine, letter_on: int, waits: int, goes_on: bool
) -> None:
    queue_many(engine, 1)
    day, at = NOW.date() + timedelta(days=letter_on), NOW + timedelta(days=waits)
    with transaction(engine) as connection:
        connection.execute(update(LETTER).values(letter_on=day, next_attempt_at=at))
    recover(engine, NOW)
    assert len(claim(engine)) == int(goes_on)


def test_renewed_leases_hold_whether_the_letters_are_begun_or_not(engine: Engine) -> None:
    queue_many(engine, 3)
    begun, claimed = claim(engine, limit=2)
    (other,) = claim(engine)
    mark(engine, begun)
    later = NOW + timedelta(seconds=90)
    with transaction(engine) as connection:
        renew_leases(connection, [begun, claimed], later)
    assert [row.lease_until_at for row in rows(engine, LETTER)] == [later + LEASE, later + LEASE, NOW + LEASE]
    assert [one.letter.id for one in recover(engine, NOW + LEASE)] == [other.id]
    with reading(engine) as connection:
        assert count_leased(connection) == 2


@pytest.mark.parametrize(
    "go_on",
    [
        pytest.param(lambda claims: claims.mark_and_settle(()), id="leases are renewed"),
        pytest.param(lambda claims: claims.let_go(route_down=False), id="letters are given back"),
    ],
)
def test_delivery_that_notes_an_answer_waits_in_no_circle_with_an_act(
    engine: Engine, go_on: Callable[[Claims], object]
) -> None:
    queue_many(engine, 2)
    clock = StandingClock()
    claims = Claims(engine, plain_renderer, clock, UTC)
    waits, leaves = claims.claim(10) or []
    claims.mark_and_settle([leaves])
    claims.note(attempt(leaves.letter))
    clock.pass_by(seconds=RENEWS_EVERY.total_seconds())
    with ThreadPoolExecutor(1) as elsewhere:
        with transaction(engine) as connection:
            find_told(connection, [waits.letter.person_id], NOW.date())
            going_on = elsewhere.submit(go_on, claims)
            wait([going_on], timeout=0.2)
            assert not going_on.done()
            write_journal(connection, NOW.date(), NOW, [Event(OfficeEvent.PERSON_CHANGED)])
        going_on.result()
    assert states(engine)[1] == "accepted"
    assert sorted(events(engine)) == [OfficeEvent.LETTER_ACCEPTED, OfficeEvent.PERSON_CHANGED]


def see_to_letters_put_off(engine: Engine, home: Path) -> object:
    """Bring forward what a clock that was wrong put off, as a delivery begins by doing."""
    with transaction(engine) as connection:
        return recover_letters(connection, now=NOW, zone=UTC)


def take_letters_back(engine: Engine, home: Path) -> object:
    """Read that two letters bounced, of the later one first."""
    box = mailbox.Maildir(home / "returned", create=True)
    for row in sorted(rows(engine, LETTER), key=lambda one: -one.id):
        report = a_report(headers=f"Message-ID: {row.message_id}\r\n")
        box.add(report)
    return take_back(engine, load_settings(home=home, bounces_maildir=str(home / "returned")), NOW)


@pytest.mark.parametrize("go_on", [see_to_letters_put_off, take_letters_back])
def test_delivery_that_sees_to_several_letters_waits_in_no_circle_with_an_act(
    engine: Engine, tmp_path: Path, go_on: Callable[[Engine, Path], object]
) -> None:
    first, second = queue_many(engine, 2)
    readers = [row.person_id for row in rows(engine, LETTER)]
    put_off = {"status": LetterStatus.UNCONFIRMED, "repeat_at": NOW + timedelta(days=3_650)}
    with transaction(engine) as connection:
        for letter in (second, first):  # so that PostgreSQL finds the second one first
            connection.execute(update(LETTER).where(LETTER.c.id == letter).values(put_off))
    with ThreadPoolExecutor(1) as elsewhere:
        with transaction(engine) as connection:
            find_told(connection, readers[:1], NOW.date())
            going_on = elsewhere.submit(go_on, engine, tmp_path)
            wait([going_on], timeout=0.5)
            find_told(connection, readers[1:], NOW.date())
            write_journal(connection, NOW.date(), NOW, [Event(OfficeEvent.PERSON_CHANGED)])
        going_on.result()
    assert OfficeEvent.PERSON_CHANGED in events(engine)


def test_letter_given_back_is_as_it_was(engine: Engine) -> None:
    queue_many(engine, 2)
    before = rows(engine, LETTER)
    with transaction(engine) as connection:
        assert give_back(connection, claim_letters(connection, NOW, 10)) == 2
    assert rows(engine, LETTER) == before


def test_letter_that_was_marked_and_has_not_left_is_given_back_with_its_bytes(engine: Engine) -> None:
    queue_many(engine, 1)
    (before,) = rows(engine, LETTER)
    (letter,) = claim(engine)
    assert mark(engine, letter) == {letter.id}
    with transaction(engine) as connection:
        assert give_back(connection, [letter]) == 1
    (after,) = rows(engine, LETTER)
    assert after._asdict() == before._asdict() | {"subject": "x", "content": b"Subject: x\r\n\r\n"}


def test_letter_is_given_back_only_by_who_holds_it(engine: Engine) -> None:
    queue_many(engine, 2)
    mine = claim(engine)
    later = NOW + LEASE
    recover(engine, later)
    (theirs,) = claim(engine, later, limit=1)
    mark(engine, theirs, now=later)
    with transaction(engine) as connection:
        assert give_back(connection, mine) == 0
    assert states(engine) == ["handing_over", "queued"]


def test_mark_keeps_the_bytes_and_renews_the_lease(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    later = NOW + timedelta(minutes=2)
    mark(engine, letter, now=later)
    (row,) = rows(engine, LETTER)
    assert (row.content, row.subject) == (b"Subject: x\r\n\r\n", "x")
    assert (row.handed_at, row.lease_until_at) == (later, later + LEASE)


def test_mark_is_refused_once_someone_else_has_the_letter(engine: Engine) -> None:
    queue_many(engine, 2)
    mine = claim(engine)
    later = NOW + LEASE
    recover(engine, later)
    (theirs,) = claim(engine, later, limit=1)
    assert mark(engine, *mine, now=later) == set()
    assert mark(engine, theirs, now=later) == {theirs.id}
    assert states(engine) == ["handing_over", "queued"]


def test_mark_is_made_once(engine: Engine) -> None:
    queue_many(engine, 1)
    letters = claim(engine)
    assert mark(engine, *letters) == {letters[0].id}
    assert mark(engine, *letters) == set()


def test_outcome_is_refused_once_the_lease_was_judged(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    mark(engine, letter)
    recover(engine, NOW + LEASE)
    assert note(engine, attempt(letter), now=NOW + LEASE) == []
    assert states(engine) == ["unconfirmed"]
    assert outcomes(engine) == [("unconfirmed", "data", None)]


def test_accepted_letter_is_settled_and_journaled(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    mark(engine, letter)
    note(engine, attempt(letter, now=NOW + timedelta(seconds=3)))
    (row,), (logged,), (event_row,) = rows(engine, LETTER), rows(engine, ATTEMPT), rows(engine, EVENT)
    assert (row.status, row.attempts, row.claim_key, row.lease_until_at) == ("accepted", 1, None, None)
    assert (row.handed_at, row.ended_at) == (None, NOW)
    assert (logged.number, logged.outcome, logged.code, logged.reply) == (
        1,
        "accepted",
        250,
        "2.0.0 queued as 1",
    )
    assert (event_row.event, event_row.person_id) == ("letter_accepted", row.person_id)
    assert event_row.detail == {
        "letter": row.id,
        "reason": "accepted",
        "attempt": 1,
        "stage": "data",
        "code": 250,
    }


def test_journal_day_is_the_local_one(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    mark(engine, letter)
    night = datetime(2011, 1, 13, 23, 30, tzinfo=UTC)
    with transaction(engine) as connection:
        zone = ZoneInfo("Europe/Stockholm")
        write_marks(connection, [], [attempt(letter)], now=night, zone=zone)
    (row,) = rows(engine, EVENT)
    assert (row.on.isoformat(), row.at) == ("2011-01-14", night)


def test_deferred_letter_waits_and_is_printed_again(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    note(engine, attempt(letter, ServerReply(SmtpStage.RCPT, 450, "4.2.1 later")))
    (row,) = rows(engine, LETTER)
    assert (row.status, row.next_attempt_at) == ("queued", NOW + timedelta(minutes=5))
    assert (row.attempts, row.ended_at, row.content) == (1, None, None)
    (again,) = claim(engine, NOW + timedelta(minutes=5))
    assert (again.attempts, again.content) == (1, None)


def test_bad_address_is_noted_on_the_person_once(engine: Engine) -> None:
    queue_letters(engine, "gone@example.org", "gone@example.org")
    letters = claim(engine)
    refused = ServerReply(SmtpStage.RCPT, 550, "5.1.1 no such user")
    note(engine, *(attempt(one, refused) for one in letters))
    assert states(engine) == ["bounced", "bounced"]
    assert rows(engine, PERSON)[0].bounced_at == NOW
    assert events(engine) == ["letter_bounced", "letter_bounced", "person_bounced"]


def test_expired_claim_waits_again_and_expired_handover_is_unconfirmed(engine: Engine) -> None:
    queue_many(engine, 3)
    begun, claimed, other = claim(engine)
    mark(engine, begun, now=NOW + timedelta(seconds=1))
    assert recover(engine, NOW + LEASE - timedelta(seconds=1)) == []
    with transaction(engine) as connection:
        give_back(connection, [other])
    recover(engine, NOW + LEASE)
    assert states(engine) == ["handing_over", "queued", "queued"]
    recover(engine, NOW + timedelta(seconds=1) + LEASE)
    assert states(engine) == ["unconfirmed", "queued", "queued"]
    (logged,) = rows(engine, ATTEMPT)
    assert (logged.letter_id, logged.number, logged.began_at) == (begun.id, 1, NOW + timedelta(seconds=1))
    assert events(engine) == ["letter_unconfirmed"]
    assert claimed.id in {one.id for one in claim(engine, NOW + LEASE)}


def test_repeat_given_back_or_left_is_still_to_be_made(engine: Engine) -> None:
    queue_many(engine, 1, LetterKind.DECISION)
    (letter,) = claim(engine)
    mark(engine, letter)
    note(engine, attempt(letter, ServerReply(SmtpStage.DATA, None, "stalled")))
    later = NOW + timedelta(minutes=30)
    with transaction(engine) as connection:
        give_back(connection, claim_letters(connection, later, 1))
    assert states(engine) == ["unconfirmed"]
    assert [one.repeating for one in claim(engine, later)] == [True]
    recover(engine, later + LEASE)
    assert states(engine) == ["unconfirmed"]
    assert [one.repeating for one in claim(engine, later + LEASE)] == [True]


def a_letter_with_a_notice(connection: Connection) -> int:
    """Queue a letter with a notice about a step; return the notice's id."""
    person = a_person(connection)
    step = a_step(connection, a_grant(connection), owner_id=person)
    return a_notice(connection, a_letter(connection, person), step)


def test_notice_taken_out_is_noted_with_the_mark(engine: Engine) -> None:
    with transaction(engine) as connection:
        notice = a_letter_with_a_notice(connection)
    (letter,) = claim(engine)
    with transaction(engine) as connection:
        marks = [handover(letter, dropped=notice)]
        write_marks(connection, marks, [], now=NOW, zone=UTC)
    assert [row.dropped_at for row in rows(engine, table_of(Notice))] == [NOW]


def test_database_numbers_a_letters_attempts_once(engine: Engine) -> None:
    queue_many(engine, 1)
    (letter,) = claim(engine)
    note(engine, attempt(letter, ServerReply(SmtpStage.RCPT, 450, "later")))
    with transaction(engine) as connection:
        connection.execute(update(LETTER).values(attempts=0))
    (again,) = claim(engine, NOW + timedelta(minutes=5))
    mark(engine, again)
    with pytest.raises(IntegrityError, match=r"(?i)unique|never replaced"):
        note(engine, attempt(again))


def test_sqlite_finds_letters_by_index(tmp_path: Path) -> None:
    """A claim costs what is due, not what was ever sent."""
    engine = a_database(tmp_path)
    queue_many(engine, 3)
    asked: list[tuple[str, Any]] = []
    event.listen(
        engine, "before_cursor_execute", lambda c, cursor, sql, values, *_: asked.append((sql, values))
    )
    with transaction(engine) as connection:
        has_due_letters(connection, NOW)
        letters = claim_letters(connection, NOW, 10)
        write_marks(connection, [handover(letters[0])], [], now=NOW, zone=UTC)
        give_back(connection, letters[1:2])
        needs_recovery(connection, now=NOW, zone=UTC)
        recover_letters(connection, now=NOW, zone=UTC)
        give_up_old(connection, now=NOW, zone=UTC)
    looked_at = [(sql, values) for sql, values in asked if "letter" in sql and "INSERT" not in sql]
    assert len(looked_at) >= 9
    with reading(engine) as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for sql, values in looked_at:
            one = values[0] if isinstance(values, list) else values
            plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}", one)]
            assert not [step for step in plan if step.startswith("SCAN letter")], (sql, plan)
    engine.dispose()
