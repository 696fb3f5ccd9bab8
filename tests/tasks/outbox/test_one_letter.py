"""What one person is told within a minute is one letter, however it comes."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection, Engine, update

from models.facts.notice import NewNotice
from models.facts.worded_letter import FinishedLetter
from models.rules.dates.calendar import WorkCalendar
from models.tables.columns import table_of
from models.tables.letter import Notice
from models.vocabulary import LetterKind, LetterStatus, NoticeKind
from tasks.outbox.recover import recover_letters
from tasks.people.notices import queue_in_turn, queue_notices
from tasks.round.days import let_letters_leave
from tasks.store.database import transaction
from tests.builders import MORNING, a_grant, a_letter, a_notice, a_person, a_step
from tests.mail_server import TAKE_AND_DROP, Fault, MailServer
from tests.outbox_scenes import LETTER, StandingClock, deliver, plain_renderer, rows

NOTICE = table_of(Notice)
TODAY = MORNING.date()
TASK, DECISION, MONEY = NoticeKind.HANDED_OVER, NoticeKind.DECIDED, NoticeKind.PAID


def notices(engine: Engine, *kinds: NoticeKind) -> list[NewNotice]:
    """Return a notice of each kind to one person, each about a step of its own."""
    with transaction(engine) as connection:
        reader = a_person(connection)
        grant = a_grant(connection)
        steps = [a_step(connection, grant, key=f"step-{number}") for number, _ in enumerate(kinds)]
    return [
        NewNotice(step, grant, 1, TODAY, str(kind), kind, reader, str(kind))
        for step, kind in zip(steps, kinds, strict=True)
    ]


def tell(engine: Engine, told: Sequence[NewNotice], seconds: float = 0) -> None:
    """Queue the notices in one act, so many seconds after the morning's beginning."""
    with transaction(engine) as connection:
        queue_in_turn(connection, told, WorkCalendar("SE"), TODAY, MORNING + timedelta(seconds=seconds))


def waiting(engine: Engine) -> list[tuple[str, date, float]]:
    """Return what each letter that waits carries, its day, and how many seconds after the morning it leaves."""
    return [
        (row.kind, row.letter_on, (row.next_attempt_at - MORNING).total_seconds())
        for row in rows(engine, LETTER)
        if row.status == LetterStatus.QUEUED
    ]


def leave(engine: Engine, seconds: float) -> None:
    """Let what is queued be taken by the mail server, so many seconds after the morning's beginning."""
    values = {
        "status": LetterStatus.ACCEPTED,
        "content": b"sent",
        "ended_at": MORNING + timedelta(seconds=seconds),
    }
    with transaction(engine) as connection:
        connection.execute(update(LETTER).values(values))


@pytest.mark.parametrize(
    ("first", "second", "carries"),
    [
        (TASK, TASK, LetterKind.TASKS),
        (TASK, MONEY, LetterKind.MONEY),
        (MONEY, TASK, LetterKind.MONEY),
        (DECISION, MONEY, LetterKind.MONEY),
        (MONEY, DECISION, LetterKind.MONEY),
        (TASK, DECISION, LetterKind.DECISION),
        (MONEY, MONEY, LetterKind.MONEY),
    ],
)
def test_two_notices_within_a_minute_are_one_letter(
    engine: Engine, first: NoticeKind, second: NoticeKind, carries: LetterKind
) -> None:
    one, other = notices(engine, first, second)
    tell(engine, [one])
    tell(engine, [other], 59)
    assert waiting(engine) == [(carries, TODAY, 60)]


@pytest.mark.parametrize(
    ("first", "second", "on", "leaves"),
    [
        pytest.param(MONEY, TASK, TODAY, 61 + 60, id="the day's letter is still to come"),
        pytest.param(TASK, MONEY, TODAY, 61 + 60, id="money does not wait for tomorrow"),
        pytest.param(TASK, TASK, TODAY + timedelta(1), 61 + 60 + 86400, id="one letter of tasks a day"),
    ],
)
def test_letter_that_left_takes_nothing_more(
    sqlite: Engine, first: NoticeKind, second: NoticeKind, on: date, leaves: float
) -> None:
    one, other = notices(sqlite, first, second)
    tell(sqlite, [one])
    leave(sqlite, 61)
    tell(sqlite, [other], 61)
    assert [row[1:] for row in waiting(sqlite)] == [(on, leaves)]


@pytest.mark.parametrize(
    ("acted_on", "day"),
    [
        pytest.param(TODAY, TODAY + timedelta(days=1), id="the next day"),
        pytest.param(date(2026, 12, 4), date(2026, 12, 7), id="over a weekend"),
        pytest.param(date(2026, 12, 5), date(2026, 12, 7), id="on a Saturday"),
    ],
)
@pytest.mark.parametrize("in_round", [False, True])
def test_letter_of_another_day_leaves_on_none_before_it(
    sqlite: Engine, acted_on: date, day: date, in_round: bool
) -> None:
    one, other = notices(sqlite, TASK, TASK)
    acted_at = datetime.combine(acted_on, time(23, 59, 30), UTC)
    calendar = WorkCalendar("SE")

    def act(notice: NewNotice) -> None:
        with transaction(sqlite) as connection:
            queue_in_turn(connection, [notice], calendar, acted_on, acted_at, in_round=in_round)

    act(one)
    if calendar.is_working(acted_on):
        leave(sqlite, 0)
        act(other)
    midnight = datetime.combine(day, time(), UTC)
    for now in (
        acted_at + timedelta(seconds=5),
        midnight - timedelta(seconds=1),
        midnight + timedelta(hours=1),
    ):
        with transaction(sqlite) as connection:
            recover_letters(connection, now=now, zone=UTC)
        (letter,) = [row for row in rows(sqlite, LETTER) if row.status == LetterStatus.QUEUED]
        assert (letter.letter_on, letter.next_attempt_at > now) == (day, True)


def test_money_with_tasks_is_the_letter_of_the_day(sqlite: Engine) -> None:
    told = notices(sqlite, MONEY, TASK, TASK, MONEY)
    tell(sqlite, told[:2])
    leave(sqlite, 60)
    tell(sqlite, told[2:], 100)
    tomorrow = TODAY + timedelta(1)
    assert waiting(sqlite) == [(LetterKind.MONEY, TODAY, 160), (LetterKind.TASKS, tomorrow, 160 + 86400)]


def test_round_takes_money_that_waits_into_its_letter_and_lets_it_leave(sqlite: Engine) -> None:
    money, *tasks = notices(sqlite, MONEY, TASK, DECISION)
    tell(sqlite, [money])
    for seconds, task in zip((30, 3000), tasks, strict=True):  # the first round breaks off
        later = MORNING + timedelta(seconds=seconds)
        with transaction(sqlite) as connection:
            queue_notices(connection, [task], letter_on=TODAY, now=later, leave_at=later, in_round=True)
        assert waiting(sqlite) == [(LetterKind.MONEY, TODAY, 3600)]
    assert let_letters_leave(sqlite, TODAY, later) == 1
    assert waiting(sqlite) == [(LetterKind.MONEY, TODAY, 3000)]


def test_rounds_letter_leaves_a_minute_after_another_to_its_reader(sqlite: Engine) -> None:
    money, task = notices(sqlite, MONEY, TASK)
    tell(sqlite, [money])
    leave(sqlite, 60)
    later = MORNING + timedelta(seconds=70)
    with transaction(sqlite) as connection:
        queue_notices(connection, [task], letter_on=TODAY, now=later, leave_at=later, in_round=True)
    let_letters_leave(sqlite, TODAY, later)
    assert waiting(sqlite) == [(LetterKind.TASKS, TODAY, 70 + 60)]


def test_notice_kept_apart_leaves_at_once_and_alone(sqlite: Engine) -> None:
    one, other = notices(sqlite, TASK, TASK)
    tell(sqlite, [one])
    with transaction(sqlite) as connection:
        failed = [replace(other, apart="failed-1")]
        queue_notices(connection, failed, letter_on=TODAY, now=MORNING, leave_at=MORNING)
    assert waiting(sqlite) == [(LetterKind.TASKS, TODAY, 60), (LetterKind.TASKS, TODAY, 0)]


def test_letters_leave_when_what_is_being_added_to_them_is_there(engine: Engine) -> None:
    one, other = notices(engine, TASK, TASK)
    tell(engine, [one])
    leaving = threading.Thread(target=let_letters_leave, args=(engine, TODAY, MORNING))
    with transaction(engine) as connection:
        queue_in_turn(connection, [other], WorkCalendar("SE"), TODAY, MORNING)
        connection.execute(update(LETTER).values(next_attempt_at=MORNING + timedelta(seconds=50)))
        leaving.start()
        leaving.join(0.2)
        assert leaving.is_alive()
    leaving.join()
    assert waiting(engine) == [(LetterKind.TASKS, TODAY, 0)]


def test_two_processes_at_once_write_one_letter(engine: Engine) -> None:
    told = notices(engine, *[MONEY, TASK, DECISION] * 4)
    begin = threading.Barrier(len(told))

    def act(notice: NewNotice) -> None:
        begin.wait()
        tell(engine, [notice])

    acting = [threading.Thread(target=act, args=(one,)) for one in told]
    for each in acting:
        each.start()
    for each in acting:
        each.join()
    assert waiting(engine) == [(LetterKind.MONEY, TODAY, 60)]


def test_repeat_goes_without_the_reminder_that_was_answered_meanwhile(
    sqlite: Engine, clock: StandingClock
) -> None:
    with transaction(sqlite) as connection:
        person = a_person(connection)
        letter = a_letter(connection, person, kind=LetterKind.MONEY)
        reminder = a_notice(connection, letter, a_step(connection, a_grant(connection), owner_id=person))

    def without_reminder(connection: Connection, ids: Sequence[int], now: datetime) -> list[FinishedLetter]:
        rendered = plain_renderer(connection, ids, now)
        return [replace(one, dropped=(reminder,)) for one in rendered if isinstance(one, FinishedLetter)]

    with MailServer([Fault("dot", TAKE_AND_DROP, times=1)]).running() as server:
        deliver(sqlite, server, clock)
        clock.pass_by(minutes=30)
        assert deliver(sqlite, server, clock, renderer=without_reminder).accepted == 1
    first, second = server.accepted
    assert first.message_id == second.message_id
    assert first.content != second.content
    # It may have arrived with the first.
    assert [row.dropped_at for row in rows(sqlite, NOTICE)] == [None]
