"""Run the day's round: whom it tells, that twice is once, and that one bad thing stops nobody."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, text, update

from deployments.sample.portfolio import load_sample
from models.commands.people import SetAbsence
from models.commands.steps import Extend
from models.rules.dates.calendar import WorkCalendar
from models.rules.watch.findings import FindingKind
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import DayRound
from models.tables.letter import Letter, Notice
from models.tables.person import Absence, Person
from models.tables.step import Figure
from models.vocabulary import AnswerKind, LetterKind, LetterStatus, Phase
from tasks.round.days import Counts, RoundDay, is_day_off
from tasks.round.dry_run import DryRound
from tasks.round.due_steps import DUE_STEPS, cut_batches
from tasks.round.phases import Verb, do_phase, do_verb, run_round, write_letters
from tasks.step_facts.meanwhile import Meanwhile
from tasks.store.database import reading, transaction
from tasks.store.foundation import is_sample
from tasks.store.queries import ALL
from tasks.watch.audit import AuditMoment, audit
from tests.builders import a_grant, a_letter, a_person, a_step
from tests.database_kinds import on_both
from tests.databases import a_copy
from tests.grant_scenes import (
    DEPUTY,
    FIGURES,
    HEAD,
    LETTER,
    MANAGER,
    OWNER,
    PERSON,
    SECRETARY,
    STEP,
    STRANGER,
    TOP,
    ZONE,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    answer,
    at,
    bring_in,
    decide,
    do_round,
    dump,
    events,
    letters,
    open_grants,
    person_id,
    play,
    rows,
    steps,
    told,
)

FRIDAY = date(2010, 10, 8)
MORNING = RoundDay(FRIDAY, at(FRIDAY, 7))
Q1 = "follow-up-2010-q1"
# A grant that names nobody above its coordinator.
ALONE = {"coordinator": OWNER, "committee": SECRETARY}
SATURDAY, MIDSUMMER_EVE = date(2010, 10, 9), date(2010, 6, 25)


def change(engine: Engine, statement: Any, **values: Any) -> None:
    """Change rows past the code, as a bad day does."""
    with transaction(engine) as connection:
        connection.execute(text(statement) if isinstance(statement, str) else statement, values)


def told_of(engine: Engine, step: str) -> list[tuple[str, str]]:
    """Return the step's notices as rung and reader."""
    return [(rung, who) for key, rung, who in told(engine) if key == step]


# A morning with everything in it.


def _load(engine: Engine) -> None:
    load_sample(engine, FRIDAY, at(FRIDAY, 6))


@pytest.mark.parametrize("day", [date(2026, 12, 23), date(2026, 12, 30)])
def test_sample_is_there_on_a_morning_before_days_off(sqlite: Engine, day: date) -> None:
    load_sample(sqlite, day, at(day, 6))
    assert len(rows(sqlite, Grant)) == 12
    with reading(sqlite) as connection:
        assert is_sample(connection)


@pytest.fixture
def sample(engine_kind: str, tmp_path: Path, shared_keys: None) -> Iterator[Engine]:
    """The sample portfolio as it stands on the morning of Friday."""
    engine = a_copy(engine_kind, "sample", _load, tmp_path)
    yield engine
    engine.dispose()


def test_round_over_a_portfolio_tells_each_person_once_and_writes_down_what_it_came_to(
    sample: Engine,
) -> None:
    counts = do_round(sample, FRIDAY)
    assert (counts.due, counts.reminded, counts.escalated, counts.failed) == (14, 12, 2, 0)
    row = rows(sample, DayRound)[0]
    assert (row.on, row.began_at, row.completed_at) == (FRIDAY, at(FRIDAY, 7), at(FRIDAY, 7))
    assert (row.due, row.reminded, row.escalated, row.failed) == (14, 12, 2, 0)
    written = letters(sample)
    assert max(Counter((who, on) for who, on, _ in written).values()) == 1
    weekly = [letter for letter in rows(sample, Letter) if letter.kind == LetterKind.WEEK]
    # Money that had waited for its hour left by itself.
    assert len(written) + len(weekly) == counts.letters + 1
    # The release that is ready, a matter of money, is in the letter with its reader's tasks.
    assert [kind for _, _, kind in written if kind != LetterKind.TASKS] == [LetterKind.MONEY]


def test_sample_of_an_earlier_day_stays_as_it_has_become(sample: Engine) -> None:
    do_round(sample, FRIDAY)
    before = dump(sample)
    for days in (0, 3, 400):
        later = FRIDAY + timedelta(days)
        load_sample(sample, later, at(later, 6))
    assert dump(sample) == before


@on_both
def test_round_twice_is_once_also_later_the_same_day(sample: Engine) -> None:
    do_round(sample, FRIDAY)
    before = dump(sample)
    assert do_round(sample, FRIDAY) == Counts()
    assert dump(sample) == before
    assert run_round(sample, RoundDay(FRIDAY, at(FRIDAY, 15))) == Counts()
    assert dump(sample) == before


@on_both
def test_dry_round_counts_the_same_and_writes_nothing(sample: Engine) -> None:
    before = dump(sample)
    dry = DryRound(sample, at(FRIDAY, 7))
    tried = run_round(dry.tried(), RoundDay(FRIDAY, at(FRIDAY, 7)))
    assert dump(sample) == before
    done = do_round(sample, FRIDAY)
    assert (tried.due, tried.reminded, tried.escalated) == (done.due, done.reminded, done.escalated)
    assert len(dry.letters) == done.letters
    written = [row for row in dump(sample)["notice"] if row not in before["notice"]]
    assert sorted((one.due_on, one.rung, one.kind) for one in dry.told) == sorted(
        (row["due_on"], row["rung"], row["kind"]) for row in written
    )


def test_letters_are_held_until_the_round_is_through(sample: Engine) -> None:
    def leave_at() -> set[datetime]:
        query = LETTER.select().where(LETTER.c.kind != LetterKind.WEEK)
        with reading(sample) as connection:
            return {row.next_attempt_at for row in connection.execute(query)}

    def do(verb: Verb, engine: Engine, day: RoundDay) -> Counts:
        if verb is write_letters:
            # The letter about money has waited for its hour.
            assert leave_at() == {at(FRIDAY, 7), at(FRIDAY, 8)}
        return do_verb(verb, engine, day)

    run_round(sample, MORNING, verb=do)
    assert leave_at() == {at(FRIDAY, 7)}


class BrokeOffError(Exception):
    """A round is not gone on with."""


@on_both
def test_round_that_broke_off_goes_on_where_it_stopped(sample: Engine, tmp_path: Path) -> None:
    whole = _another_sample_after_its_round(sample, tmp_path)

    def do(phase: Phase, engine: Engine, day: RoundDay) -> Counts:
        if phase is Phase.FINAL_REPORT:
            raise BrokeOffError
        return do_phase(phase, engine, day)

    with pytest.raises(BrokeOffError):
        run_round(sample, MORNING, phase=do)
    do_round(sample, FRIDAY)
    for table in ("notice", "letter", "step"):
        assert sorted(map(_essence, dump(sample)[table])) == sorted(map(_essence, whole[table]))


@on_both
def test_round_in_batches_leaves_what_one_leaves(sample: Engine, tmp_path: Path) -> None:
    whole = _another_sample_after_its_round(sample, tmp_path)

    def do(phase: Phase, engine: Engine, day: RoundDay) -> Counts:
        batches = cut_batches(sample, phase, day.on, day.part, size=2)
        days = [replace(day, batch=one) for one in reversed(batches)]
        # The last is done twice, as by a process that died after it.
        return sum((do_phase(phase, engine, one) for one in [*days, days[-1]]), Counts())

    run_round(sample, MORNING, phase=do)
    for table in ("notice", "letter", "step"):
        assert sorted(map(_essence, dump(sample)[table])) == sorted(map(_essence, whole[table]))
    assert [row["due"] for row in dump(sample)["day_round"]] == [row["due"] for row in whole["day_round"]]


def test_batches_leave_no_grant_out(sample: Engine) -> None:
    batches = cut_batches(sample, Phase.FINAL_REPORT, FRIDAY, ALL, size=2)
    assert len(batches) > 2
    ids = {grant.id for grant in rows(sample, Grant)}
    for number in [*ids, max(ids) + 1]:
        within = [one for one in batches if (one.first or 0) <= number <= (one.last or number)]
        assert len(within) == 1, number
    assert str(batches[0]) == f"grants 1 to {batches[0].last}"
    assert [str(one) for one in cut_batches(sample, Phase.FINAL_REPORT, FRIDAY, ALL, size=100)] == [
        "all grants"
    ]


def _another_sample_after_its_round(engine: Engine, folder: Path) -> dict[str, list[dict[str, Any]]]:
    other = a_copy(engine.dialect.name, "sample", _load, folder)
    do_round(other, FRIDAY)
    left = dump(other)
    other.dispose()
    return left


def _essence(row: dict[str, Any]) -> str:
    random = ("id", "link_key", "message_id", "letter_id")
    return str(sorted((name, str(value)) for name, value in row.items() if name not in random))


@pytest.mark.parametrize("grant", ["SN-007", "SN-404"])
def test_round_for_one_grant_is_not_the_days(sample: Engine, grant: str) -> None:
    do_round(sample, FRIDAY, grant)
    assert rows(sample, DayRound) == []
    with reading(sample) as connection:
        query = text(
            'SELECT DISTINCT "grant".reference FROM notice JOIN step ON step.id = notice.step_id'
            ' JOIN "grant" ON "grant".id = step.grant_id WHERE notice.position > 0'
        )
        found = set(connection.execute(query).scalars())
    assert found == ({grant} if grant == "SN-007" else set())


def test_day_off_does_nothing(sample: Engine) -> None:
    before = dump(sample)
    for day in (SATURDAY, SATURDAY + timedelta(1), MIDSUMMER_EVE, date(2010, 12, 24)):
        assert is_day_off(day)
        assert do_round(sample, day) == Counts()
    assert dump(sample) == before


# The ladder, day by day.


def test_missed_step_climbs_a_rung_at_a_time(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    day = date(2010, 4, 1)
    while day <= date(2010, 5, 31):
        do_round(engine, day)
        day += timedelta(1)
    assert told_of(engine, Q1) == [
        ("30-days-before", OWNER),  # it opens on 2010-04-01, a day after thirty before
        ("14-days-before", OWNER),
        ("7-days-before", OWNER),
        ("1-day-before", OWNER),
        ("on-the-day", OWNER),
        ("1-working-day-after", OWNER),
        ("1-working-day-after", MANAGER),
        ("5-working-days-after", OWNER),
        ("5-working-days-after", HEAD),
        ("10-working-days-after", OWNER),
        ("10-working-days-after", TOP),
    ]
    days = [row.told_on for row in rows(engine, Notice) if row.step_id == steps(engine)[Q1].id]
    calendar = WorkCalendar("SE")
    assert all(calendar.is_working(day) for day in days)
    assert days[5:] == [date(2010, 5, 3)] * 2 + [date(2010, 5, 7)] * 2 + [date(2010, 5, 17)] * 2


def test_outage_is_caught_up_without_a_storm(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 1))
    # The machine was down until the seventh working day after the due date; the owner is told once.
    for day in (11, 12, 14, 17):  # the thirteenth is a holiday
        do_round(engine, date(2010, 5, day))
    assert told_of(engine, Q1)[1:] == [
        ("1-working-day-after", OWNER),
        ("1-working-day-after", MANAGER),
        ("5-working-days-after", OWNER),
        ("5-working-days-after", HEAD),
        ("10-working-days-after", OWNER),
        ("10-working-days-after", TOP),
    ]
    days = sorted({row.told_on for row in rows(engine, Notice) if row.step_id == steps(engine)[Q1].id})
    assert days[1:] == [date(2010, 5, 11), date(2010, 5, 12), date(2010, 5, 17)]


@on_both
def test_person_whose_letter_has_left_is_told_the_next_working_day(engine: Engine) -> None:
    open_grants(engine, an_entry("REF-1"), an_entry("REF-2"))
    for reference in ("REF-1", "REF-2"):
        play(engine, "first paid", reference)
    friday, monday = date(2010, 4, 16), date(2010, 4, 19)  # fourteen days before, and the next working day
    do_round(engine, friday, "REF-1")
    change(engine, update(LETTER).values(status=LetterStatus.ACCEPTED, content=b"sent"))
    counts = do_round(engine, friday)
    assert (counts.due, counts.reminded, counts.failed) == (1, 0, 0)
    assert steps(engine, "REF-2")[Q1].next_action_on == monday
    before = dump(engine)
    assert do_round(engine, friday) == Counts()  # and again once only
    assert dump(engine) == before
    assert do_round(engine, monday).reminded == 1
    tasks = [(who, on) for who, on, kind in letters(engine) if kind == "tasks"]
    assert tasks == [(OWNER, friday), (OWNER, monday)]


def test_escalation_waits_whole_when_one_of_its_letters_has_left(engine: Engine) -> None:
    open_grants(engine, an_entry("REF-1"))
    play(engine, "first paid")
    for day in (1, 16, 23, 29, 30):
        do_round(engine, date(2010, 4, day))
    monday, tuesday = date(2010, 5, 3), date(2010, 5, 4)
    with transaction(engine) as connection:
        manager = person_id(engine, MANAGER)
        _a_letter_that_left(connection, manager, monday)
    do_round(engine, monday)
    assert told_of(engine, Q1)[-1] == ("on-the-day", OWNER)
    do_round(engine, tuesday)
    assert told_of(engine, Q1)[-2:] == [("1-working-day-after", OWNER), ("1-working-day-after", MANAGER)]


def _a_letter_that_left(connection: Connection, person: int, on: date) -> None:
    key = f"tasks/{person}/{on.isoformat()}"
    a_letter(connection, person, key=key, letter_on=on, status=LetterStatus.ACCEPTED)


def test_act_after_the_days_letter_left_is_told_the_next_working_day(engine: Engine) -> None:
    a_grant_that_was(engine, "followed up")
    friday = date(2011, 1, 7)
    do_round(engine, friday)  # a day before the draft is due
    change(engine, update(LETTER).values(status=LetterStatus.ACCEPTED, content=b"sent"))
    answer(engine, "draft", friday, by=MANAGER, data=FIGURES)
    answer(engine, "draft", friday, SECRETARY, AnswerKind.RETURNED, note="Räkna om.")
    assert [(who, on) for who, on, kind in letters(engine) if kind == "tasks"][-1] == (
        OWNER,
        date(2011, 1, 10),
    )


# People who are away, left, or whose letters come back.


def test_deputy_is_told_on_the_first_day_of_an_absence(engine: Engine) -> None:
    away = {"absences": [{"first": date(2010, 4, 20), "last": date(2010, 4, 27)}]}
    open_grants(engine, people=a_staff(coordinator=away))
    play(engine, "first paid")
    do_round(engine, date(2010, 4, 16))
    do_round(engine, date(2010, 4, 19))
    assert told_of(engine, Q1) == [("14-days-before", OWNER)]
    do_round(engine, date(2010, 4, 20))
    assert told_of(engine, Q1)[1:] == [(f"stand-in-{person_id(engine, OWNER)}-2010-04-20", DEPUTY)]
    do_round(engine, date(2010, 4, 23))
    assert told_of(engine, Q1)[2:] == [("7-days-before", DEPUTY)]
    for day in (26, 27, 28, 29):  # the owner is back on the 28th
        do_round(engine, date(2010, 4, day))
    assert told_of(engine, Q1)[3:] == [("1-day-before", OWNER)]
    stands_in = [
        row.instead_of_id for row in rows(engine, Notice) if row.person_id == person_id(engine, DEPUTY)
    ]
    assert stands_in == [person_id(engine, OWNER)] * 2
    assert rows(engine, Absence)[0].told_on == date(2010, 4, 20)


@pytest.mark.parametrize("who", [OWNER, MANAGER])
def test_absence_says_beforehand_who_gets_the_letters_of_its_days(sqlite: Engine, who: str) -> None:
    a_grant_that_was(sqlite, "first paid")
    do_round(sqlite, date(2010, 4, 16))
    away = person_id(sqlite, who)
    first, last = date(2010, 4, 20), date(2010, 5, 12)
    said = act(sqlite, SetAbsence(away, first=first, last=last), first - timedelta(days=4), who)
    assert isinstance(said, Meanwhile)
    for number in range(1, 40):
        on = date(2010, 4, 16) + timedelta(days=number)
        if not is_day_off(on, "SE"):
            do_round(sqlite, on)
    letter_days = {row.id: row.letter_on for row in rows(sqlite, Letter)}
    instead = {
        (letter_days[row.letter_id], row.person_id)
        for row in rows(sqlite, Notice)
        if row.instead_of_id == away and letter_days[row.letter_id] <= last
    }
    names = {row.id: row.name for row in rows(sqlite, Person)}
    counted = Counter(names[reader] for _, reader in instead)
    assert counted
    assert said.letters == tuple(sorted(counted.items()))


def test_absence_that_is_entered_late_is_told_the_same_morning(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 16))
    bring_in(
        engine,
        date(2010, 4, 21),
        people=[
            {
                "email": OWNER,
                "name": "C",
                "absences": [{"first": date(2010, 4, 19), "last": date(2010, 4, 30)}],
            }
        ],
    )
    dry = DryRound(engine, at(date(2010, 4, 21), 7))
    run_round(dry.tried(), RoundDay(date(2010, 4, 21), dry.now))
    rung = f"stand-in-{person_id(engine, OWNER)}-2010-04-19"
    assert [(one.person, one.rung) for one in sorted(dry.told) if one.step == Q1] == [(DEPUTY, rung)]
    do_round(engine, date(2010, 4, 21))
    assert told_of(engine, Q1)[1:] == [(rung, DEPUTY)]


def test_absence_without_anyone_to_stand_in_is_counted_as_failed(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = {"deputy": None, "manager": None}
    away = {"absences": [{"first": date(2010, 4, 20), "last": date(2010, 4, 27)}], **nobody}
    open_grants(engine, an_entry(roles=ALONE), people=a_staff(coordinator=away))
    play(engine, "first paid")
    do_round(engine, date(2010, 4, 16))
    with caplog.at_level(logging.ERROR):
        assert do_round(engine, date(2010, 4, 20)).failed == 1
    assert [record.message for record in caplog.records] == ["nobody stands in for an absent person"]
    assert "@" not in caplog.text
    # The step's own rung finds nobody either; both are looked at again.
    assert do_round(engine, date(2010, 4, 23)).failed == 2
    assert do_round(engine, date(2010, 4, 28)).reminded == 1


@pytest.mark.parametrize("why", ["departed", "bounced"])
def test_steps_of_someone_who_is_gone_are_passed_on_and_told(engine: Engine, why: str) -> None:
    a_grant_that_was(engine, "first paid")
    do_round(engine, date(2010, 4, 16))
    if why == "departed":
        bring_in(engine, date(2010, 4, 20), people=a_staff(coordinator={"departed_on": date(2010, 4, 20)}))
    else:
        gone = {"bounced_at": at(date(2010, 4, 20))}
        change(engine, update(PERSON).where(PERSON.c.email == OWNER).values(**gone))
    versions = {key: step.version for key, step in steps(engine).items()}
    do_round(engine, date(2010, 4, 20))
    deputy = person_id(engine, DEPUTY)
    passed = {
        key: step
        for key, step in steps(engine).items()
        if step.owner_role == "coordinator" and step.status in ("open", "waiting")
    }
    assert {step.owner_id for step in passed.values()} == {deputy}
    assert all(step.version == versions[key] + 1 for key, step in passed.items())
    assert passed[Q1].owner_since_on == date(2010, 4, 20)
    rung = f"handed-over-{person_id(engine, OWNER)}-2010-04-20"
    # The manager hears why only when it is the address that fails.
    heard = [(f"bounced-{person_id(engine, OWNER)}-2010-04-20", MANAGER)] if why == "bounced" else []
    assert told_of(engine, Q1)[1:] == [(rung, DEPUTY), *heard]
    assert events(engine).count("step_handed_over") == len(passed)
    before = dump(engine)
    assert do_round(engine, date(2010, 4, 20)) == Counts()
    assert dump(engine) == before
    do_round(engine, date(2010, 4, 23))
    assert told_of(engine, Q1)[-1] == ("7-days-before", DEPUTY)
    for day in (3, 7):
        do_round(engine, date(2010, 5, day))
    assert ("1-working-day-after", MANAGER) in told_of(engine, Q1)


@pytest.mark.parametrize("why", ["departed", "away"])
def test_steps_with_nobody_behind_their_owner_go_to_who_is_above_in_the_grant(
    engine: Engine, why: str
) -> None:
    leave = [{"first": date(2010, 4, 20), "last": date(2010, 12, 31)}]
    gone = {"departed_on": date(2010, 4, 20)} if why == "departed" else {"absences": leave}
    heads = {"REF-1": MANAGER, "REF-2": STRANGER}
    entries = [an_entry(name, roles=ALONE | {"unit_manager": head}) for name, head in heads.items()]
    alone = {"deputy": None, "manager": None, **gone}
    open_grants(engine, *entries, people=a_staff(coordinator=alone))
    for name in heads:
        play(engine, "first paid", name)
    do_round(engine, date(2010, 4, 16))
    assert do_round(engine, date(2010, 4, 20)).failed == 0
    owner = person_id(engine, OWNER)
    rung = f"{'handed-over' if why == 'departed' else 'stand-in'}-{owner}-2010-04-20"
    assert sorted(told_of(engine, Q1)[2:]) == sorted((rung, head) for head in heads.values())
    for name, head in heads.items():
        holder = person_id(engine, head) if why == "departed" else owner
        assert steps(engine, name)[Q1].owner_id == holder
        answer(engine, Q1, date(2010, 4, 21), by=head, reference=name, data=FIGURES)
    today = date(2010, 4, 21)
    found = audit(engine, AuditMoment(today, at(today), ZONE))
    assert [one for one in found if one.kind is FindingKind.OWNER_UNREACHABLE] == []


# One bad thing stops nobody else.


@pytest.fixture
def three(own_engine: Engine) -> Engine:
    """Three grants of which each is told today."""
    names = ("REF-1", "REF-2", "REF-3")
    open_grants(own_engine, *(an_entry(name) for name in names))
    for name in names:
        play(own_engine, "first paid", name)
    return own_engine


def test_step_that_breaks_its_chunk_stops_nobody_else(
    three: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    bad = steps(three, "REF-2")[Q1]
    change(three, update(STEP).where(STEP.c.id == bad.id).values(ladder="lost"))
    with caplog.at_level(logging.ERROR):
        counts = do_round(three, date(2010, 4, 16))
    assert (counts.due, counts.reminded, counts.failed) == (3, 2, 1)
    assert len(told(three, "reminder")) == 2
    assert len([one for one in caplog.records if "steps were not told" in one.message]) == 2
    assert rows(three, DayRound)[0].failed == 1
    # It is looked at again, and told when it is mended.
    assert do_round(three, date(2010, 4, 19)).failed == 1
    change(three, update(STEP).where(STEP.c.id == bad.id).values(ladder="default"))
    assert do_round(three, date(2010, 4, 20)).reminded == 1


@on_both
def test_trigger_that_refuses_one_step_stops_nobody_else(three: Engine) -> None:
    """As a full disk, or a bug, would: the transaction of the chunk breaks in the middle of its writing."""
    bad = steps(three, "REF-3")[Q1].id
    if three.dialect.name == "sqlite":
        change(
            three,
            f"CREATE TRIGGER broken BEFORE INSERT ON notice WHEN NEW.step_id = {bad}"
            " BEGIN SELECT RAISE(ABORT, 'broken'); END",
        )
    else:
        change(
            three,
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF NEW.step_id = {bad} THEN RAISE EXCEPTION 'broken'; END IF; RETURN NEW; END $$;"
            " CREATE TRIGGER broken BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION broken()",
        )
    counts = do_round(three, date(2010, 4, 16))
    assert (counts.due, counts.reminded, counts.failed) == (3, 2, 1)
    # Nothing half written: no letter without a notice, no event of what was not told.
    assert events(three).count("reminder_queued") == len(told(three, "reminder")) == 2
    carried = {row.letter_id for row in rows(three, Notice)}
    assert {row.id for row in rows(three, Letter) if row.kind is not LetterKind.WEEK} == carried


def test_grant_whose_gate_breaks_stops_nobody_else(engine: Engine) -> None:
    names = ("REF-1", "REF-2")
    open_grants(engine, *(an_entry(name) for name in names))
    for name in names:
        play(engine, "sent", name)
        # An approval that came by another way than an answer.
        change(
            engine,
            "UPDATE step SET status = 'approved', done_on = '2011-02-24', done_by_id = owner_id WHERE id = :id",
            id=steps(engine, name)["final-report-approval"].id,
        )
    change(engine, "UPDATE step SET ladder = 'lost' WHERE id = :id", id=steps(engine, "REF-1")["close"].id)
    assert do_round(engine, date(2011, 2, 25)).failed == 1
    with reading(engine) as connection:
        query = text("SELECT status FROM instalment WHERE number = 2 ORDER BY id")
        assert list(connection.execute(query).scalars()) == ["withheld", "releasable"]


@on_both
def test_rounds_beside_people_who_act_wait_for_each_other(engine: Engine) -> None:
    """Two rounds of the same morning, answers, extensions and a leaver, all at once."""
    names = [f"REF-{number}" for number in range(8)]
    open_grants(engine, *(an_entry(name) for name in names))
    for name in names:
        decide(engine, reference=name)
    day = date(2010, 4, 16)
    bring_in(engine, day, people=a_staff(coordinator={"departed_on": day}))
    start = Barrier(6)

    def at_once(act: Callable[[], object]) -> object:
        start.wait()
        return act()

    def people(references: list[str], kind: AnswerKind) -> None:
        for name in references:
            given = {"data": FIGURES} if kind is AnswerKind.DONE else {}
            answer(engine, Q1, day, MANAGER, kind, name, **given)

    def extensions(references: list[str], reason: str) -> None:
        for name in references:
            act(engine, Extend(name, "final-report", date(2011, 3, 1), reason, "Dnr 1"), day, MANAGER)

    acts: list[Callable[[], object]] = [
        lambda: do_round(engine, day),
        lambda: do_round(engine, day),
        lambda: people(names[:4], AnswerKind.DONE),
        lambda: people(names[4:], AnswerKind.NOT_YET),
        lambda: extensions(names, "Medgivet"),
        lambda: extensions(names[::-1], "Beslut 2"),
    ]
    with ThreadPoolExecutor(len(acts)) as pool:
        came = list(pool.map(at_once, acts))
    rounds = [one for one in came if isinstance(one, Counts)]
    assert [one.failed for one in rounds] == [0, 0]
    assert [row.reminded for row in rows(engine, DayRound)] == [len(told(engine, "reminder"))]
    assert do_round(engine, date(2010, 4, 19)).failed == 0
    assert events(engine).count("step_done") == 4
    owners = {step.owner_id for name in names[4:] for key, step in steps(engine, name).items() if key == Q1}
    assert owners == {person_id(engine, DEPUTY)}
    for name in names[4:]:
        assert steps(engine, name)[Q1].next_action_on > day


# Figures from files.

HEADER = "period;reports_to_social_services;persons_under_18;persons_under_20;spent\n"


def test_figures_are_gathered_from_the_grants_file(engine: Engine, figures: Path) -> None:
    path = figures / "figures.csv"
    path.write_text(HEADER + '2010-Q1;3;2;1;"118 000,50"\n2010-Q2;4;3;1;1\n', encoding="utf-8-sig")
    open_grants(engine, an_entry(figures_file=path.name))
    play(engine, "first paid")
    assert do_round(engine, date(2010, 4, 16)).gathered == 4
    found = {row.question: (row.value, row.source) for row in rows(engine, Figure)}
    assert found == {
        "reports_to_social_services": ("3", "figures.csv"),
        "persons_under_18": ("2", "figures.csv"),
        "persons_under_20": ("1", "figures.csv"),
        "spent": ("118000.50", "figures.csv"),
    }
    assert do_round(engine, date(2010, 4, 23)).gathered == 0
    path.write_text(HEADER + "2010-Q1;5;2;1;118000,50\n", encoding="utf-8")
    assert do_round(engine, date(2010, 4, 29)).gathered == 1
    assert {row.value for row in rows(engine, Figure)} == {"5", "2", "1", "118000.50"}
    assert events(engine).count("figures_gathered") == 2


SPENT = HEADER.encode() + b"2010-Q1;1;1;1;"
COLUMNS = HEADER.strip().removeprefix("period;").split(";")
# What is wrong with a file as a whole, and what with some of its columns alone.
BAD_FILES: dict[str, tuple[bytes | None, list[str]]] = {
    "missing": (None, ["there is no file 'figures.csv' in figures"]),
    "another column": (
        b"quarter;spent\n2010-Q1;1\n",
        [f"figures.csv has no column '{one}'" for one in (*COLUMNS[:-1], "period")],
    ),
}
BAD_SUMS: dict[str, tuple[bytes | None, list[str]]] = {
    "no number": (SPENT + b"many\n", ["figures.csv: E2: '…' is not a number"]),
}


@pytest.mark.parametrize("trouble", [*BAD_FILES, *BAD_SUMS])
def test_bad_file_is_told_apart_and_stops_nobody(
    sqlite: Engine, figures: Path, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    bad, good = figures / "figures.csv", figures / "good.csv"
    content, says = (BAD_FILES | BAD_SUMS)[trouble]
    if content == b"folder":
        bad.mkdir()
    elif content is not None:
        bad.write_bytes(content)
    good.write_text(HEADER + "2010-Q1;3;2;1;1\n")
    for name, path in (("REF-1", bad), ("REF-2", good)):
        open_grants(sqlite, an_entry(name, figures_file=path.name))
        play(sqlite, "first paid", name)
    with caplog.at_level(logging.WARNING):
        counts = do_round(sqlite, date(2010, 4, 16))
    # One column's fault takes no other column's figure away.
    assert (counts.gathered, counts.failed, counts.reminded) == (7 if trouble in BAD_SUMS else 4, 1, 2)
    said = [record.message for record in caplog.records if record.name == "tasks.sources.silent_sources"]
    assert said == [f"no figures from figures of REF-1: {one}" for one in says]


def test_file_without_the_period_gives_nothing(sqlite: Engine, figures: Path) -> None:
    path = figures / "figures.csv"
    path.write_text(HEADER + "2009-Q4;3;2;1;1\n;;;;\n2010-Q1;;;;\n")
    open_grants(sqlite, an_entry(figures_file=path.name))
    play(sqlite, "first paid")
    counts = do_round(sqlite, date(2010, 4, 16))
    assert (counts.gathered, counts.failed) == (0, 0)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.csv",
        "linked.csv",
    ],
)
def test_file_outside_the_folder_of_figures_is_not_read(sqlite: Engine, figures: Path, name: str) -> None:
    (figures.parent / "outside.csv").write_text(HEADER + "2010-Q1;3;2;1;1\n", encoding="utf-8")
    (figures / "linked.csv").symlink_to(figures.parent / "outside.csv")
    open_grants(sqlite)
    play(sqlite, "first paid")
    # No import takes such a name; somebody has written it into the database.
    with transaction(sqlite) as connection:
        connection.execute(update(table_of(Grant)).values(figures_file=name.replace("\\0", "\0")))
    counts = do_round(sqlite, date(2010, 4, 16))
    assert (counts.gathered, counts.failed, counts.reminded) == (0, 1, 1)


# The cost follows what is due, not what exists.


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that the engine sends, but for those that begin a transaction."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def many_grants(engine: Engine, count: int) -> None:
    """Insert grants of a dozen steps each, of which none is due before next year."""
    with transaction(engine) as connection:
        if connection.execute(STEP.select()).first() is None:
            owner = a_person(connection)
            a_step(connection, a_grant(connection), owner_id=owner, next_action_on=FRIDAY + timedelta(300))
        pattern = dict(connection.execute(STEP.select().limit(1)).mappings().one())
        del pattern["id"]
        body = connection.execute(text('SELECT * FROM "grant" LIMIT 1')).mappings().one()
        shared = {name: body[name] for name in ("programme_id", "funder_id", "recipient_id")}
        phases = list(Phase)
        for number in range(count):
            grant = a_grant(connection, **shared, reference=f"MANY-{count}-{number}")
            steps_ = [
                pattern | {"grant_id": grant, "key": f"step-{one}", "phase": phases[one % 5]}
                for one in range(12)
            ]
            connection.execute(insert(STEP), steps_)


def test_idle_round_costs_the_same_whatever_exists(engine: Engine) -> None:
    counted: list[int] = []
    for count in (10, 60):
        many_grants(engine, count)
        with statements(engine) as sent:
            assert do_round(engine, FRIDAY - timedelta(2 - len(counted))) == Counts()
        counted.append(len(sent))
    assert counted[0] == counted[1]
    assert counted[0] < 60


def test_chunk_of_many_due_steps_costs_a_handful_of_statements(engine: Engine) -> None:
    day = date(2009, 9, 8)  # seven days before the application
    counted = []
    for many in (1, 2, 9):  # the first makes the letter, which the others join
        open_grants(engine, *(an_entry(f"REF-{many}-{number}") for number in range(many)))
        with statements(engine) as sent:
            assert do_round(engine, day).reminded == many
        counted.append(len(sent))
    assert counted[1] == counted[2]


def test_round_keeps_people_waiting_for_a_hundred_steps_at_most(sqlite: Engine) -> None:
    open_grants(sqlite, *(an_entry(f"REF-{number}") for number in range(120)))
    written: list[int] = []

    def note(
        _connection: object, _cursor: object, statement: str, values: list[object], *_rest: object
    ) -> None:
        if statement.startswith("UPDATE step"):
            written.append(len(values))

    event.listen(sqlite, "before_cursor_execute", note)
    assert do_round(sqlite, date(2009, 9, 8)).reminded == sum(written) == 120
    assert max(written) <= 100


@on_both
def test_index_serves_the_query_for_what_is_due(engine: Engine) -> None:
    many_grants(engine, 5)
    for overdue in (False, True):
        query = DUE_STEPS[overdue].params(phase=Phase.FINAL_REPORT, on=FRIDAY, last=0)
        plan = explain(engine, query)
        assert "ix_step_due_action" in plan
        assert "SCAN step" not in plan


def explain(engine: Engine, query: Any) -> str:
    """Return how the database would find the rows."""
    sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            # A table of few rows is read whole, whatever its indexes are.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            found = connection.exec_driver_sql(f"EXPLAIN {sql}").all()
        else:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    return "\n".join(str(row) for row in found)


def test_idle_round_reads_no_table_whole(sqlite: Engine) -> None:
    many_grants(sqlite, 5)
    with statements(sqlite) as sent:
        do_round(sqlite, FRIDAY)
    scans = []
    with reading(sqlite) as connection:
        for statement in sent:
            if statement.split()[0] not in ("SELECT", "UPDATE"):
                continue
            values = ("2010-10-08",) * statement.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            scans += [row[3] for row in plan if row[3].startswith("SCAN")]
            # By their status, most grants are found: that is no better.
            assert "ix_grant_status" not in str(plan), statement
    whole = [scan for scan in scans if " USING " not in scan and not scan.endswith(("ROW", ")"))]
    # Absences are few, and kept whole in one page; drafts are what people are in the midst of.
    assert set(whole) <= {"SCAN absence", "SCAN draft"}
