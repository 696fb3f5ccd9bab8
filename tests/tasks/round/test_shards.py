"""Hold that a day's round in shards, in any order and with one cut off, leaves the same rows as in one."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from deployments.sample.portfolio import load_sample
from models.errors import BadInput, SettingInvalid
from tasks.round.days import (
    Counts,
    RoundDay,
    ShardDone,
    begin_round,
    complete_round,
    complete_shard,
    completed_shards,
)
from tasks.round.phases import PHASES, drop_drafts, hand_over_steps, write_letters
from tasks.settings import load_settings
from tasks.sources.alarms import SourceName, SourcesAsked, tell_of_sources
from tasks.store.counted import counting
from tasks.store.database import reading
from tasks.store.queries import Shard
from tasks.watch.alarms import filed_alarms
from tests.databases import a_new_postgres_database, a_postgres_database
from tests.grant_scenes import at, do_round
from tests.remembered import remembered

DAY = date(2026, 11, 27)
# Each row as who reads it knows it: without the numbers that depend on which row came first.
SAME = {
    "steps": """SELECT g.reference, s.key, s.status, s.version, s.due_on, s.next_action_on, s.gather_on, s.owner_id
        FROM step s JOIN "grant" g ON g.id = s.grant_id""",
    "notices": """SELECT n.step_id, n.person_id, n.position, n.kind, n.told_on, n.due_on, n.instead_of_id, l.person_id,
        l.letter_on, l.kind, l.status, l.next_attempt_at
        FROM notice n LEFT JOIN letter l ON l.id = n.letter_id""",
    "letters": "SELECT person_id, letter_on, kind, status, attempts, next_attempt_at FROM letter",
    "figures": "SELECT step_id, question, value, source, period FROM figure",
    "instalments": "SELECT grant_id, number, status, amount_minor FROM instalment",
    "journal": 'SELECT event, grant_id, step_id, person_id, "on" FROM journal_event',
    "days": 'SELECT "on", completed_at IS NULL, due, reminded, escalated, told, letters, failed FROM day_round',
}


class CutOffError(BaseException):
    """The process that did a shard is gone."""


def left_by(engine: Engine) -> dict[str, Counter[tuple[Any, ...]]]:
    """Return the rows, in no order."""
    with reading(engine) as connection:
        return {
            name: Counter(tuple(map(str, row)) for row in connection.execute(text(query)))
            for name, query in SAME.items()
        }


def a_portfolio(engine: Engine) -> None:
    """Fill the database with the sample, before the round of a morning."""

    def fill() -> None:
        load_sample(engine, DAY, at(DAY, 5))

    remembered(engine, "the sample of a morning", fill)


def do_shard(engine: Engine, day: RoundDay) -> None:
    """Do what a run of `round-shard` does."""
    counts = Counts()
    for phase, verbs in PHASES.items():
        for verb in verbs:
            counts += verb(engine, day, phase)
    complete_shard(engine, day, ShardDone(counts))


def do_in_shards(engine: Engine, order: Sequence[int], cut_off: tuple[int, int] | None = None) -> None:
    """Do the day in shards in an order; the process of one dies after so many commits, and it is done again."""
    day, of = RoundDay(DAY, at(DAY, 7)), len(order)
    begin_round(engine, day)
    engine = counting(engine, DAY)
    hand_over_steps(engine, day)
    for number in order:
        part = RoundDay(DAY, at(DAY, 7), shard=Shard(number, of))
        if cut_off is not None and cut_off[0] == number:
            die_after(engine, part, cut_off[1])
        do_shard(engine, part)
    there = completed_shards(engine, DAY, of)
    assert len(there) == of
    drop_drafts(engine, day)
    letters = write_letters(engine, day)
    complete_round(engine, day, sum((one.counts for one in there.values()), letters))


def die_after(engine: Engine, day: RoundDay, commits: int) -> None:
    """Do a shard until it has committed so often."""
    left = [commits]

    def count(_connection: Connection) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise CutOffError

    event.listen(engine, "commit", count)
    try:
        with pytest.raises(CutOffError):
            do_shard(engine, day)
    finally:
        event.remove(engine, "commit", count)


@pytest.fixture(scope="module")
def one() -> dict[str, Counter[tuple[Any, ...]]]:
    """What the day leaves that is done in one."""
    engine = a_new_postgres_database()
    a_portfolio(engine)
    do_round(engine, DAY)
    found = left_by(engine)
    engine.dispose()
    assert sum(found["notices"].values()) > 5
    return found


@pytest.mark.parametrize("seed", range(8))
def test_round_in_shards_leaves_what_one_leaves(seed: int, one: dict[str, Counter[tuple[Any, ...]]]) -> None:
    draw = random.Random(seed)
    of = (1, 2, 4, 7)[seed % 4]
    order = draw.sample(range(of), of)
    commits = draw.randrange(15) if seed > 3 else None
    engine = a_postgres_database()
    a_portfolio(engine)
    do_in_shards(engine, order, None if commits is None else (order[-1], commits))
    left = left_by(engine)
    engine.dispose()
    assert left == one


def test_alarm_of_a_source_goes_when_it_failed_in_no_shard(tmp_path: Path) -> None:
    settings, today = load_settings(home=tmp_path, language="en"), RoundDay(DAY, at(DAY, 7))
    ledger, payroll = SourceName("ledger", "project-funds"), SourceName("payroll", "project-funds")
    before, failed = DAY - timedelta(days=1), SourcesAsked()
    for name in (ledger, payroll):
        failed.note_failure(name, "REF-1 follow-up", BadInput("it is away"))
    tell_of_sources(settings, failed, before, at(before, 7))
    assert len(filed_alarms(settings)) == 2
    engine = a_postgres_database()
    begin_round(engine, today)
    counts = Counts(due=2, failed=1, unfed=1, silent=frozenset([str(payroll)]), unready=("REF-1",))
    first = ShardDone(counts, frozenset([ledger]), frozenset([payroll]))
    complete_shard(engine, replace(today, shard=Shard(0, 2)), first)
    complete_shard(
        engine, replace(today, shard=Shard(1, 2)), ShardDone(Counts(), frozenset([ledger, payroll]))
    )
    there, asked = completed_shards(engine, DAY, 2), SourcesAsked()
    engine.dispose()
    assert there[Shard(0, 2)] == first
    for one in there.values():
        asked.add(one.gave, one.failed)
    tell_of_sources(settings, asked, DAY, at(DAY, 8))
    assert ["payroll" in one.about for one in filed_alarms(settings)] == [True]


def test_machines_that_share_a_folder_keep_one_set_of_alarms(tmp_path: Path) -> None:
    one, two = (
        load_settings(home=tmp_path / name, documents=str(tmp_path / "shared")) for name in ("one", "two")
    )
    failed = SourcesAsked()
    failed.note_failure(SourceName("ledger", "project-funds"), "REF-1 follow-up", BadInput("it is away"))
    for settings in (one, two):
        tell_of_sources(settings, failed, DAY, at(DAY, 7))
    assert len(filed_alarms(one)) == 1
    assert filed_alarms(one) == filed_alarms(two)


def test_settings_refuse_shards_where_one_writes_at_a_time(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="GRANTS_ROUND_SHARDS needs PostgreSQL"):
        load_settings(home=tmp_path, round_shards=2)
