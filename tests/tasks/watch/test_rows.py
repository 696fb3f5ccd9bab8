"""Forge rows by SQL, and show that the watch names each: where it is, what it says and what the journal says."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, Engine, text

from models.commands.people import Depart, Forget, HandOver
from models.errors import Refused
from models.rules.watch.findings import Finding, FindingKind
from models.tables.grant import Grant
from models.tables.person import Person
from models.vocabulary import AnswerKind
from tasks.overview.journal import read_events
from tasks.store.database import reading, transaction
from tasks.watch.journal_head import Head, journal_head, keep_head, kept_head
from tasks.watch.tampering import moving_grants, rows_amiss
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    OWNER,
    SECRETARY,
    STRANGER,
    a_grant_that_was,
    a_staff,
    act,
    answer,
    bring_in,
    events,
    parts,
    person_id,
    refused,
    release,
    rows,
)
from tests.source_tree import ROOT


def amiss(engine: Engine) -> list[Finding]:
    """Return what the whole comparison finds."""
    with reading(engine) as connection:
        return list(rows_amiss(connection))


def drop_guards(connection: Connection) -> None:
    """Take every trigger away, as somebody who owns the database can."""
    if connection.dialect.name == "postgresql":
        tables = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in connection.execute(tables).scalars().all():
            connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        return
    triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for name in connection.execute(triggers).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))


def forge(engine: Engine, *statements: str, **values: Any) -> None:
    """Run raw SQL in a database without guards."""
    with transaction(engine) as connection:
        drop_guards(connection)
        for statement in statements:
            needed = {name: value for name, value in values.items() if f":{name}" in statement}
            connection.execute(text(statement), needed)


@pytest.fixture
def engine_kind() -> str:
    """Rows are read by one query, and held by rules."""
    return "sqlite"


# What stands for a row in the table of forgeries.
ROWS = {
    "LAST": "(SELECT id FROM instalment WHERE number = 2)",
    "FUNDER": "(SELECT id FROM step WHERE key = 'final-report-approval')",
    "COMMITTEE": "(SELECT id FROM step WHERE key = 'draft-approval')",
}
FORGERIES = yaml.safe_load((ROOT / "tests" / "data" / "forgeries.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", FORGERIES, ids=lambda case: case["forged"])
def test_forged_row_is_named(own_engine: Engine, case: dict[str, str]) -> None:
    a_grant_that_was(own_engine, case["in"])
    names = {"owner": OWNER, "stranger": STRANGER, "secretary": SECRETARY, "controller": CONTROLLER}
    people = {name: person_id(own_engine, email) for name, email in names.items()}
    assert amiss(own_engine) == []
    forgery = case["by"]
    for name, row in ROWS.items():
        forgery = forgery.replace(name, row)
    forge(own_engine, forgery, **people)
    (finding,) = amiss(own_engine)
    assert finding.kind is FindingKind.ROW_WRONG
    where, row, said = (case[one].format(**people) for one in ("where", "row", "journal"))
    assert str(finding.where).startswith(where)
    assert row in str(finding.why).partition(", the journal")[0]
    assert str(finding.why).partition(", the journal since ")[2].startswith(said)


def test_who_left_and_is_back_by_sql_is_named(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "sent")
    stranger = person_id(sqlite, STRANGER)
    act(sqlite, Depart(stranger, date(2011, 1, 20), "SE"), date(2011, 1, 20))
    assert amiss(sqlite) == []
    forge(sqlite, "UPDATE person SET departed_on = NULL WHERE id = :stranger", stranger=stranger)
    (finding,) = amiss(sqlite)
    assert "the journal since 2011-01-20 departed_on = 2011-01-20" in str(finding.why)


# One statement each, with the triggers on: SECURITY.md says of each that nothing shows it.
UNSEEN = (
    "UPDATE step SET owner_id = :stranger WHERE key = 'final-report'",
    "UPDATE step SET status = 'done', done_on = '2011-01-02', done_by_id = :owner WHERE key = 'claim-advance'",
    "UPDATE step SET next_action_on = NULL, due_on = '2011-12-31' WHERE key = 'final-report-approval'",
    "UPDATE person SET deputy_id = :stranger WHERE id = :owner",
    "UPDATE person SET manager_id = :owner WHERE id = :stranger",
    "INSERT INTO absence (person_id, from_on, to_on, from_directory) VALUES (:owner, '2011-01-01', '2011-12-31', true)",
    "UPDATE \"grant\" SET period_end_on = '2011-12-31', status = 'closed'",
    "UPDATE meeting SET held_on = '2010-12-01'",
    "UPDATE letter SET status = 'cancelled' WHERE status = 'queued'",
)


def test_what_is_said_to_be_unseen_is_unseen(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "sent")
    people = {"owner": person_id(own_engine, OWNER), "stranger": person_id(own_engine, STRANGER)}
    with transaction(own_engine) as connection:
        for statement in UNSEEN:
            connection.execute(
                text(statement), {name: one for name, one in people.items() if f":{name}" in statement}
            )
    assert amiss(own_engine) == []


def hourly(engine: Engine, after: int = 10**9, hour: int = 0, found: Sequence[str] = ()) -> list[str]:
    """Return where the hourly watch finds something."""
    with reading(engine) as connection:
        return [str(one.where) for one in rows_amiss(connection, moving_grants(after, hour, found))]


WEEK = 7 * 24


def test_hourly_watch_holds_what_changed_and_what_may_leave_and_a_week_of_them_all(
    own_engine: Engine,
) -> None:
    a_grant_that_was(own_engine, "sent")
    (number,) = (row.id for row in rows(own_engine, Grant))
    other = number % WEEK + 1  # an hour in which it is not this grant's turn
    forge(own_engine, "UPDATE step SET done_on = '2011-01-02' WHERE key = 'draft-approval'")
    found = ["REF-1 draft-approval"]
    assert hourly(own_engine, hour=other) == []
    assert hourly(own_engine, hour=number + 3 * WEEK) == found
    assert hourly(own_engine, hour=other, found=["REF-1"]) == found  # until it is put right
    with reading(own_engine) as connection:
        last = journal_head(connection)
    assert last is not None
    answer(own_engine, "final-report-approval", date(2011, 2, 24), OWNER, AnswerKind.APPROVED)
    assert parts(own_engine)[1].status == "releasable"
    assert hourly(own_engine, hour=other) == found
    for by, on in ((OWNER, date(2011, 2, 24)), (CONTROLLER, date(2011, 2, 25))):
        assert release(own_engine, on, by)
    assert hourly(own_engine, hour=other) == []
    assert hourly(own_engine, after=last.event_id, hour=other) == found


@on_both
def test_hourly_watch_holds_everyone_and_every_account(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "applied")
    forge(own_engine, "UPDATE organisation SET account = '123-4567' WHERE key = 'committee'")
    (where,) = hourly(own_engine)
    assert where.startswith("organisation ")


def test_change_after_a_forgery_does_not_make_it_good(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "sent")
    forge(
        own_engine,
        f"UPDATE instalment SET requested_by_id = NULL, claimed_minor = 5 WHERE id = {ROWS['LAST']}",
    )
    answer(own_engine, "final-report-approval", date(2011, 2, 24), OWNER, AnswerKind.APPROVED)
    release(own_engine, date(2011, 2, 24), OWNER)
    (finding,) = amiss(own_engine)
    assert str(finding.where) == "REF-1 instalment 2"


@on_both
def test_role_that_is_handed_over_is_no_forgery(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "sent")
    given = HandOver(person_id(own_engine, CONTROLLER), STRANGER, "SE")
    act(own_engine, given, date(2011, 1, 20), CONTROLLER)
    assert amiss(own_engine) == []


def test_name_is_taken_out_of_somebody_who_has_left_and_the_chain_holds(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "closed")
    on = date(2011, 6, 1)
    number = person_id(own_engine, SECRETARY)
    with refused(own_engine, Refused, "has not left"):
        act(own_engine, Forget(SECRETARY), on, None)
    gone = {"committee.secretary": {"departed_on": date(2011, 4, 1), "title": "Nämndsekreterare"}}
    bring_in(own_engine, on, people=a_staff(**gone))
    assert act(own_engine, Forget(SECRETARY), on, None) == f"Nämndsekreterare {number}"
    assert events(own_engine)[-1] == "person_forgotten"
    row = next(one for one in rows(own_engine, Person) if one.id == number)
    assert (row.name, row.email) == (f"Nämndsekreterare {number}", f"{number}@person.invalid")
    with reading(own_engine) as connection:
        approved = {one.person for one in read_events(connection) if one.event == "step_approved"}
    assert row.email in approved


def test_name_stays_while_the_person_holds_something(own_engine: Engine) -> None:
    a_grant_that_was(own_engine, "applied")
    gone = {"controller": {"departed_on": date(2009, 10, 1)}}
    bring_in(own_engine, date(2009, 10, 2), people=a_staff(**gone))
    with refused(own_engine, Refused, "holds something in an open grant"):
        act(own_engine, Forget(CONTROLLER), date(2009, 10, 3), None)


def test_two_watches_keep_the_head_at_once(tmp_path: Path) -> None:
    head = Head(7, 64 * "a")
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(keep_head, tmp_path, head) for _ in range(400)]:
            done.result()
    assert kept_head(tmp_path) == head
    assert [path.name for path in tmp_path.iterdir()] == ["journal-head"]
