"""Hold the database to its own guards: what raw SQL cannot do, on both kinds."""

import sqlite3
from contextlib import closing, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.journal import JournalEvent
from models.tables.letter import DeliveryAttempt
from models.vocabulary import (
    AttemptOutcome,
    DecisionKind,
    GrantStatus,
    InstalmentStatus,
    NoticeKind,
    SmtpStage,
    StepKind,
    StepStatus,
)
from tasks.store.database import reading, transaction
from tasks.store.triggers.statements import Drift, find_drift, put_back
from tests.builders import (
    MORNING,
    a_grant,
    a_letter,
    a_notice,
    a_person,
    a_role,
    a_step,
    add,
    an_answer,
    an_instalment,
)
from tests.databases import a_new_postgres_database, a_postgres_database

WITHHELD = "the instalment is withheld until its condition steps are approved"
OVER = "the instalments add up to more than the award"
BACK = "a released instalment does not go back, and keeps its sum"
PAID = "a payment that is recorded does not change"
ASKED = "the sum of an instalment does not change while its release is asked for"
SAME = "an instalment keeps its grant, its number and its condition"
TWO_PEOPLE = "a withheld instalment is released by two people, neither of whom had left"


@dataclass(frozen=True, slots=True)
class Ids:
    """The rows that the tests try to bend: a grant of 500,000 with a withheld last fifth."""

    grant: int
    other_grant: int
    asks: int
    confirms: int
    condition: int
    first: int
    last: int
    notice: int
    letter: int


@pytest.fixture
def ids(engine: Engine) -> Ids:
    return _scene(engine)


def _scene(engine: Engine, period: str | None = None) -> Ids:
    with transaction(engine) as connection:
        grant, other = a_grant(connection), a_grant(connection)
        asks, confirms = a_person(connection), a_person(connection)
        a_role(connection, grant, "coordinator", asks)
        step = {"key": "final-report-approval", "kind": StepKind.APPROVAL, "period": period}
        condition = a_step(connection, grant, owner_id=asks, **step)
        first = an_instalment(connection, grant)
        last = an_instalment(connection, grant, condition)
        letter = a_letter(connection, asks)
        notice = a_notice(connection, letter, condition, rung="on-the-day")
        an_answer(connection, condition, asks)
        day = {"decided_on": date(2009, 11, 5), "dates": {}, "recorded_at": MORNING}
        texts = {"purpose": "", "conditions": "", "source": ""}
        add(connection, Decision, grant_id=grant, kind=DecisionKind.AWARD, amount_minor=1, **day, **texts)
        tried = {"began_at": MORNING, "ended_at": MORNING, "outcome": AttemptOutcome.ACCEPTED}
        add(connection, DeliveryAttempt, letter_id=letter, number=1, stage=SmtpStage.DATA, reply="", **tried)
        event = {"on": MORNING.date(), "at": MORNING, "event": "grant_opened", "detail": {}}
        add(connection, JournalEvent, grant_id=grant, previous_sha256="0" * 64, sha256="1" * 64, **event)
    return Ids(grant, other, asks, confirms, condition, first, last, notice, letter)


def _sql(engine: Engine, statement: str, **values: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(text(statement), values)


def _approve(engine: Engine, ids: Ids) -> None:
    _sql(
        engine,
        "UPDATE step SET status = 'approved', done_by_id = :by WHERE id = :id",
        by=ids.asks,
        id=ids.condition,
    )


RELEASE = (
    "UPDATE instalment SET status = 'released', released_on = '2011-02-25', requested_by_id = :asks,"
    " confirmed_by_id = :confirms WHERE id = :id"
)


def _release(engine: Engine, ids: Ids) -> None:
    _approve(engine, ids)
    _sql(engine, RELEASE, asks=ids.asks, confirms=ids.confirms, id=ids.last)


def _status(engine: Engine, instalment: int) -> str:
    with reading(engine) as connection:
        query = text("SELECT status FROM instalment WHERE id = :id")
        return str(connection.execute(query, {"id": instalment}).scalar_one())


def test_early_release_or_payment_is_refused_whatever_else_the_condition_is(engine: Engine, ids: Ids) -> None:
    people = {"asks": ids.asks, "confirms": ids.confirms, "id": ids.last}
    for status in ("'released'", "'claimed'", "'paid', paid_on = '2011-02-25', paid_minor = 1"):
        with pytest.raises(DBAPIError, match=WITHHELD):
            _sql(engine, RELEASE.replace("'released'", status), **people)
    said = "UPDATE step SET status = :status, done_on = '2011-02-20', done_by_id = :by WHERE id = :id"
    for step_status in sorted(set(StepStatus) - {StepStatus.APPROVED}):
        _sql(engine, said, status=step_status, by=ids.asks, id=ids.condition)
        with pytest.raises(DBAPIError, match=WITHHELD):
            _sql(engine, RELEASE, **people)
    assert _status(engine, ids.last) == "withheld"


# What another condition is, the cancelled one's period, and the grant, which runs until 2010-12-31.
@pytest.mark.parametrize(
    ("beside", "period", "grant", "leaves"),
    [
        pytest.param(
            "approved", ("2011-q1", "2011-01-01", "2011-03-31"), "open", True, id="a period after its end"
        ),
        pytest.param(
            "approved", ("2010-q4", "2010-10-01", "2010-12-31"), "open", True, id="the last, told elsewhere"
        ),
        pytest.param(
            "approved", ("2010-q2", "2010-04-01", "2010-06-30"), "open", False, id="a period that it has"
        ),
        pytest.param("approved", None, "open", False, id="a step that comes once"),
        pytest.param("approved", ("2011-q1", "2011-01-01", "2011-03-31"), "withdrawn", False, id="withdrawn"),
        pytest.param("open", ("2011-q1", "2011-01-01", "2011-03-31"), "open", False, id="none is approved"),
        pytest.param(
            "cancelled", ("2011-q1", "2011-01-01", "2011-03-31"), "open", False, id="all are cancelled"
        ),
    ],
)
def test_cancelled_condition_is_not_waited_for_where_its_period_is_gone_and_another_is_met(
    engine: Engine, beside: str, period: tuple[str, str, str] | None, grant: str, *, leaves: bool
) -> None:
    label, first, last = period or (None, None, None)
    ids = _scene(engine, period=label)
    with transaction(engine) as connection:
        other = a_step(
            connection,
            ids.grant,
            key="other-approval",
            kind=StepKind.APPROVAL,
            status=StepStatus(beside),
            done_by_id=ids.asks,
        )
        connection.execute(
            text("INSERT INTO instalment_condition (instalment_id, step_id) VALUES (:part, :step)"),
            {"part": ids.last, "step": other},
        )
    cancelled = (
        "UPDATE step SET status = 'cancelled', period_start_on = :first, period_end_on = :last WHERE id = :id"
    )
    _sql(engine, cancelled, id=ids.condition, first=first, last=last)
    ended = None if grant == "open" else date(2011, 2, 24)
    runs = {"period_start_on": date(2010, 1, 1), "period_end_on": date(2010, 12, 31)}
    table = table_of(Grant)
    with transaction(engine) as connection:
        connection.execute(
            update(table)
            .where(table.c.id == ids.grant)
            .values(status=GrantStatus(grant), closed_on=ended, **runs)
        )
    if leaves:
        _sql(engine, RELEASE, asks=ids.asks, confirms=ids.confirms, id=ids.last)
    else:
        with pytest.raises(DBAPIError, match=WITHHELD):
            _sql(engine, RELEASE, asks=ids.asks, confirms=ids.confirms, id=ids.last)
    assert _status(engine, ids.last) == ("released" if leaves else "withheld")


def test_instalment_beside_the_real_one_is_refused(engine: Engine, ids: Ids) -> None:
    """As a later decision's while the last has not left, one more of the programme's, or the same once more."""
    for values in ("NULL, NULL", "3, NULL", "2, NULL"):
        with pytest.raises(DBAPIError, match=WITHHELD):
            _sql(
                engine,
                "INSERT INTO instalment (grant_id, number, share, conditional, amount_minor, status, rule, period)"
                f" VALUES (:grant, 3, 'rest', true, 0, 'withheld', {values})",
                grant=ids.grant,
            )


def test_added_instalment_waits_for_all_that_the_last_one_waits_for(engine: Engine, ids: Ids) -> None:
    _release(engine, ids)
    _sql(engine, 'UPDATE "grant" SET award_minor = award_minor + 1 WHERE id = :id', id=ids.grant)
    with transaction(engine) as connection:
        easy = {"key": "easy-approval", "kind": StepKind.APPROVAL, "status": StepStatus.APPROVED}
        other = a_step(connection, ids.grant, done_by_id=ids.asks, **easy)
        values = {"number": 3, "rule": None, "amount_minor": 1}
        added = an_instalment(connection, ids.grant, other, **values)
    release = {"asks": ids.asks, "confirms": ids.confirms, "id": added}
    with pytest.raises(DBAPIError, match=WITHHELD):
        _sql(engine, RELEASE, **release)
    condition = "INSERT INTO instalment_condition (instalment_id, step_id) VALUES (:part, :step)"
    _sql(engine, condition, part=added, step=ids.condition)
    _sql(engine, RELEASE, **release)
    assert _status(engine, added) == "released"


def test_condition_is_an_approval_of_the_grants_own_and_comes_before_the_money_leaves(
    engine: Engine, ids: Ids
) -> None:
    condition = "INSERT INTO instalment_condition (instalment_id, step_id) VALUES (:part, :step)"
    with transaction(engine) as connection:
        report = a_step(connection, ids.grant, key="report")
        theirs = a_step(connection, ids.other_grant, key="final-report-approval", kind=StepKind.APPROVAL)
        late = a_step(connection, ids.grant, key="late-approval", kind=StepKind.APPROVAL)
    _release(engine, ids)
    for part, step in ((ids.first, report), (ids.first, theirs), (ids.last, late)):
        with pytest.raises(DBAPIError, match=SAME):
            _sql(engine, condition, part=part, step=step)


def test_step_stays_the_step_that_it_is(engine: Engine, ids: Ids) -> None:
    for change in (
        "key = 'other'",
        f"grant_id = {ids.other_grant}",
        "period = '2011-Q1'",
        "id = id + 1000",
    ):
        with pytest.raises(DBAPIError, match="stays the step that it is"):
            _sql(engine, f"UPDATE step SET {change} WHERE id = :id", id=ids.condition)


MADE = (
    "INSERT INTO made_document (id, grant_id, kind, language, version, name, media_type, size, sha256, stored_as,"
    " small_numbers, made_on, made_at) VALUES (:id, :grant, 'final-report', 'sv', 1, 'a-v1.docx', 'x', 1,"
    " 'abc', 'def', '', '2011-01-10', '2011-01-10 09:00:00+00:00')"
)


def test_made_document_is_never_another_and_only_its_approval_comes_and_goes(
    engine: Engine, ids: Ids
) -> None:
    _sql(engine, MADE, id=1, grant=ids.grant)
    for change in ("sha256 = 'other'", "stored_as = 'other'", "version = 2"):
        with pytest.raises(DBAPIError, match="a made document never changes"):
            _sql(engine, f"UPDATE made_document SET {change}")
    with pytest.raises(DBAPIError, match="made_documents are never deleted"):
        _sql(engine, "DELETE FROM made_document")
    _sql(engine, "UPDATE made_document SET approved_on = '2011-01-18'")
    _sql(engine, "UPDATE made_document SET approved_on = NULL")


def test_release_by_one_person_is_refused_and_by_two_is_allowed(engine: Engine, ids: Ids) -> None:
    _approve(engine, ids)
    for asks, confirms in ((None, ids.confirms), (ids.asks, None), (ids.asks, ids.asks)):
        with pytest.raises(IntegrityError, match=TWO_PEOPLE):
            _sql(engine, RELEASE, id=ids.last, asks=asks, confirms=confirms)
    _sql(engine, RELEASE, id=ids.last, asks=ids.asks, confirms=ids.confirms)
    assert _status(engine, ids.last) == "released"


@pytest.mark.parametrize(
    ("first", "second", "released"),
    [
        pytest.param({"departed_on": "2011-02-25"}, {}, False, id="who asked has left that day"),
        pytest.param({}, {"departed_on": "2011-01-01"}, False, id="who confirms has left"),
        pytest.param({}, {"departed_on": "2011-02-26"}, True, id="who confirms leaves the day after"),
        pytest.param(
            {"email": "a@example.org"}, {"email": "a+2@example.org"}, False, id="one mailbox, by a plus"
        ),
        pytest.param(
            {"email": "a@example.org"}, {"email": "A@Example.org"}, False, id="one mailbox, by its case"
        ),
        pytest.param(
            {"email": "a@example.org"}, {"email": "a@example.net"}, True, id="two mailboxes of one name"
        ),
        pytest.param(
            {"email": "a+2@example.org"}, {"email": "b+2@example.org"}, True, id="two mailboxes, one plus"
        ),
    ],
)
def test_both_of_two_people_are_here_and_each_has_a_mailbox(
    engine: Engine, ids: Ids, first: dict[str, str], second: dict[str, str], *, released: bool
) -> None:
    _approve(engine, ids)
    for person, values in ((ids.asks, first), (ids.confirms, second)):
        for column, value in values.items():
            _sql(engine, f"UPDATE person SET {column} = :to WHERE id = :id", to=value, id=person)
    with nullcontext() if released else pytest.raises(IntegrityError, match=TWO_PEOPLE):
        _sql(engine, RELEASE, id=ids.last, asks=ids.asks, confirms=ids.confirms)
    assert _status(engine, ids.last) == ("released" if released else "withheld")


@pytest.mark.parametrize(("asked_on", "released"), [("2011-02-19", True), ("2011-02-20", False)])
def test_who_asked_may_have_left_since(engine: Engine, ids: Ids, asked_on: str, *, released: bool) -> None:
    _approve(engine, ids)
    _sql(engine, "UPDATE instalment SET requested_on = :on WHERE id = :id", on=asked_on, id=ids.last)
    _sql(engine, "UPDATE person SET departed_on = '2011-02-20' WHERE id = :id", id=ids.asks)
    with nullcontext() if released else pytest.raises(IntegrityError, match=TWO_PEOPLE):
        _sql(engine, RELEASE, id=ids.last, asks=ids.asks, confirms=ids.confirms)


def test_withheld_instalment_keeps_its_condition_and_its_grant(engine: Engine, ids: Ids) -> None:
    """Or else it could be released by nobody, once the step is approved."""
    for change in ("conditional = false, status = 'planned'", f"grant_id = {ids.other_grant}"):
        with pytest.raises(DBAPIError, match=SAME):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.last)


def test_withheld_instalment_without_conditions_is_not_released(engine: Engine, ids: Ids) -> None:
    with transaction(engine) as connection:
        bare = an_instalment(
            connection,
            ids.grant,
            number=3,
            period="2011",
            conditional=True,
            amount_minor=0,
            status=InstalmentStatus.WITHHELD,
        )
    with pytest.raises(DBAPIError, match=WITHHELD):
        _sql(engine, RELEASE, asks=ids.asks, confirms=ids.confirms, id=bare)


def test_instalment_that_is_inserted_as_released_is_refused(engine: Engine, ids: Ids) -> None:
    for status in ("released", "claimed", "paid"):
        with pytest.raises(DBAPIError, match=WITHHELD):
            _sql(
                engine,
                "INSERT INTO instalment (grant_id, number, share, conditional, amount_minor, status, released_on)"
                " VALUES (:grant, 1, '100 %', false, 1, :status, '2011-02-25')",
                grant=ids.other_grant,
                status=status,
            )


def test_release_of_an_unknown_sum_is_refused(engine: Engine, ids: Ids) -> None:
    with pytest.raises(IntegrityError, match="released_with_a_sum"):
        _sql(
            engine,
            "UPDATE instalment SET status = 'released', released_on = '2009-11-05', amount_minor = NULL"
            " WHERE id = :id",
            id=ids.first,
        )


def test_released_claimed_or_paid_instalment_does_not_go_back_or_change(engine: Engine, ids: Ids) -> None:
    def refuse(change: str) -> None:
        with pytest.raises(DBAPIError, match=BACK):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.last)

    _release(engine, ids)
    for change in (
        "amount_minor = amount_minor - 1",
        "amount_minor = NULL",
        "status = 'releasable'",
        "status = 'withheld'",
        "status = 'planned'",
        "requested_by_id = confirmed_by_id, confirmed_by_id = requested_by_id",
        "released_on = '2011-01-01'",
    ):
        refuse(change)
    _sql(engine, CLAIM, id=ids.last)
    refuse("status = 'released'")
    _sql(engine, PAY, sum=10_000_000, id=ids.last)
    for status in ("claimed", "released", "withheld"):
        refuse(f"status = '{status}', paid_on = NULL, paid_minor = NULL")


def test_release_is_taken_back_whole_until_it_is_claimed(engine: Engine, ids: Ids) -> None:
    """The account may change: then two people confirm again, and nothing of the release before holds."""
    back = (
        "UPDATE instalment SET status = 'releasable', requested_by_id = NULL, confirmed_by_id = NULL,"
        " released_on = NULL WHERE id = :id"
    )
    _release(engine, ids)
    for kept in ("requested_by_id", "confirmed_by_id", "released_on"):
        with pytest.raises(DBAPIError, match=BACK):
            _sql(engine, back.replace(f"{kept} = NULL", f"{kept} = {kept}"), id=ids.last)
    with pytest.raises(DBAPIError, match=BACK):
        _sql(engine, back.replace(" WHERE", ", amount_minor = amount_minor - 1 WHERE"), id=ids.last)
    _sql(engine, back, id=ids.last)
    _release(engine, ids)
    _sql(engine, CLAIM, id=ids.last)
    with pytest.raises(DBAPIError, match=BACK):
        _sql(engine, back, id=ids.last)


def test_instalment_without_a_condition_goes_back_until_it_is_claimed(engine: Engine, ids: Ids) -> None:
    """Its decision may be corrected; in any other way it stays as it left."""
    out = "UPDATE instalment SET status = 'released', released_on = '2009-11-05' WHERE id = :id"
    _sql(engine, out, id=ids.first)
    for change in ("amount_minor = 1", "status = 'withheld'", "released_on = '2009-11-06'"):
        with pytest.raises(DBAPIError, match=BACK):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.first)
    back = "UPDATE instalment SET status = 'planned', released_on = NULL WHERE id = :id"
    _sql(engine, back, id=ids.first)
    _sql(engine, out, id=ids.first)
    _sql(engine, CLAIM, id=ids.first)
    with pytest.raises(DBAPIError, match=BACK):
        _sql(engine, back, id=ids.first)


def test_sum_that_is_asked_for_does_not_change_under_the_second_person(engine: Engine, ids: Ids) -> None:
    _approve(engine, ids)
    asked = "UPDATE instalment SET status = 'releasable', requested_by_id = :by WHERE id = :id"
    _sql(engine, asked, by=ids.asks, id=ids.last)
    for change in ("amount_minor = amount_minor - 1", "amount_minor = NULL"):
        with pytest.raises(DBAPIError, match=ASKED):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.last)
    taken_back = "UPDATE instalment SET amount_minor = 1, requested_by_id = NULL WHERE id = :id"
    _sql(engine, taken_back, id=ids.last)


CLAIM = "UPDATE instalment SET status = 'claimed', claimed_on = '2011-03-01' WHERE id = :id"
PAY = "UPDATE instalment SET status = 'paid', paid_on = '2011-03-22', paid_minor = :sum WHERE id = :id"


def test_payment_is_dated_within_its_instalment_and_does_not_change(engine: Engine, ids: Ids) -> None:
    _release(engine, ids)
    for sum_ in (10_000_001, -1):
        with pytest.raises(IntegrityError, match="paid_within_amount"):
            _sql(engine, PAY, sum=sum_, id=ids.last)
    with pytest.raises(IntegrityError, match="paid_is_dated"):
        _sql(engine, "UPDATE instalment SET status = 'paid' WHERE id = :id", id=ids.last)
    _sql(engine, PAY, sum=9_999_999, id=ids.last)
    for change in (
        "paid_minor = paid_minor - 1",
        "paid_minor = 0",
        "paid_on = '2011-03-23'",
        "paid_minor = paid_minor + 1, paid_on = '2011-03-21'",
    ):
        with pytest.raises(DBAPIError, match=PAID):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.last)


def test_rest_of_a_payment_comes_later(engine: Engine, ids: Ids) -> None:
    _release(engine, ids)
    _sql(engine, PAY, sum=9_999_998, id=ids.last)
    more = "UPDATE instalment SET paid_minor = paid_minor + :sum, paid_on = '2011-03-23' WHERE id = :id"
    with pytest.raises(IntegrityError, match="paid_within_amount"):
        _sql(engine, more, sum=3, id=ids.last)
    _sql(engine, more, sum=2, id=ids.last)
    row = "INSERT INTO payment (instalment_id, paid_on, amount_minor) VALUES (:id, '2011-03-23', 2)"
    _sql(engine, row, id=ids.last)
    for change in ("UPDATE payment SET amount_minor = 3", "DELETE FROM payment"):
        with pytest.raises(DBAPIError, match="payment rows are never changed"):
            _sql(engine, change)


def test_instalments_over_the_award_are_refused(engine: Engine, ids: Ids) -> None:
    for change in ("amount_minor = amount_minor + 1", "amount_minor = 9000000000000"):
        with pytest.raises(DBAPIError, match=OVER):
            _sql(engine, f"UPDATE instalment SET {change} WHERE id = :id", id=ids.last)
    with pytest.raises(DBAPIError, match=OVER):
        _sql(
            engine,
            "INSERT INTO instalment (grant_id, number, share, conditional, amount_minor, status, rule, period)"
            " VALUES (:grant, 3, 'rest', true, 1, 'planned', 3, '2011')",
            grant=ids.grant,
        )


def test_award_under_its_instalments_is_refused(engine: Engine, ids: Ids) -> None:
    for award in ("award_minor - 1", "NULL"):
        with pytest.raises(DBAPIError, match=OVER):
            _sql(engine, f'UPDATE "grant" SET award_minor = {award} WHERE id = :id', id=ids.grant)
    _sql(engine, 'UPDATE "grant" SET award_minor = award_minor + 1 WHERE id = :id', id=ids.grant)


HISTORY = {
    "answer": "note = 'another'",
    "decision": "amount_minor = 99",
    "delivery_attempt": "reply = 'another'",
    "instalment_condition": "step_id = step_id",
    "journal_event": "event = 'another'",
    "programme_version": "key = 'another'",
}


def test_history_is_neither_edited_nor_deleted(engine: Engine, ids: Ids) -> None:
    for table, change in HISTORY.items():
        for act in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match=f"{table} rows are never changed"):
                _sql(engine, act)
    for table in ("letter", "notice", "instalment"):
        with pytest.raises(DBAPIError, match=f"{table}s are never deleted"):
            _sql(engine, f"DELETE FROM {table}")


def test_history_is_not_truncated_on_postgresql() -> None:
    engine = a_postgres_database()
    for table in (*HISTORY, "instalment", "letter", "notice"):
        with pytest.raises(DBAPIError, match=f"{table} rows are never emptied out"):
            _sql(engine, f"TRUNCATE {table} CASCADE")


def test_notice_is_made_once(engine: Engine, ids: Ids) -> None:
    with transaction(engine) as connection:
        a_notice(connection, ids.letter, ids.condition, rung="1-working-day-after")
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        a_notice(connection, ids.letter, ids.condition, rung="on-the-day")


CHECKED = [
    ("grant", "status = 'lost'", "_known"),
    ("step", "status = 'lost'", "_known"),
    ("step", "kind = 'party'", "_known"),
    ("step", "phase = 'later'", "_known"),
    ("instalment", "status = 'lost'", "_known"),
    ("letter", "status = 'lost'", "_known"),
    ("letter", "kind = 'lost'", "_known"),
    ("notice", "kind = 'lost'", "_known"),
    ("grant_role", "role = 'king'", "_known"),
    ("person", "access = 'king'", "_known"),
    ("step", "status = 'approved', done_by_id = NULL", "approved_by_someone"),
    ("step", "kind = 'report', status = 'approved', done_by_id = 1", "reports_are_done"),
    ("step", "status = 'done', done_on = NULL", "done_on_a_day"),
    ("grant", "award_minor = 90000000000, applied_for_minor = -1", "applied_for_positive"),
    ("grant", "period_start_on = '2010-12-31', period_end_on = '2010-01-01'", "period_ordered"),
    ("letter", "status = 'claimed'", "claimed_by_someone"),
    ("letter", "status = 'accepted'", "has_bytes"),
    ("person", "manager_id = id", "not_own_manager"),
    ("person", "deputy_id = id", "not_own_deputy"),
    ("instalment", "amount_minor = -1", "amount_positive"),
]


@pytest.mark.usefixtures("ids")
def test_unknown_word_and_row_that_contradicts_itself_are_refused(engine: Engine) -> None:
    for table, change, check in CHECKED:
        with pytest.raises(IntegrityError, match=check):
            _sql(engine, f'UPDATE "{table}" SET {change}')


DRIFT = {
    "sqlite": (
        "DROP TRIGGER instalment_gate",
        "DROP TRIGGER decision_once",
        "CREATE TRIGGER decision_once BEFORE INSERT ON decision WHEN 1 = 0 BEGIN SELECT 1; END",
        "CREATE TRIGGER quiet AFTER INSERT ON letter BEGIN UPDATE letter SET attempts = 1; END",
    ),
    "postgresql": (
        "DROP TRIGGER instalment_gate ON instalment",
        "ALTER FUNCTION decision_once() RESET search_path",
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER quiet BEFORE INSERT ON letter FOR EACH ROW EXECUTE FUNCTION quiet()",
    ),
}


def _drift(engine: Engine) -> list[Drift]:
    with reading(engine) as connection:
        return list(find_drift(connection))


def test_trigger_that_is_gone_other_or_added_is_named_and_put_back(own_engine: Engine) -> None:
    assert _drift(own_engine) == []
    for statement in DRIFT[own_engine.dialect.name]:
        _sql(own_engine, statement)
    gone, other, added = (
        ("instalment_gate", True, False),
        ("decision_once", True, True),
        ("quiet", False, True),
    )
    assert _drift(own_engine) == [other, gone, added]
    with transaction(own_engine) as connection:
        assert put_back(connection) == ["decision_once", "instalment_gate"]
    assert _drift(own_engine) == [added]


def test_trigger_that_is_switched_off_or_works_for_replicas_alone_is_named() -> None:
    engine = a_new_postgres_database()
    _sql(engine, "ALTER TABLE instalment DISABLE TRIGGER instalment_gate")
    _sql(engine, "ALTER TABLE step ENABLE REPLICA TRIGGER step_identity")
    assert _drift(engine) == [("instalment_gate", True, True), ("step_identity", True, True)]
    with transaction(engine) as connection:
        put_back(connection)
    assert _drift(engine) == []
    engine.dispose()


# What only SQLite lets people try: rows replaced on the way in, and a connection that checks no foreign keys.


def _plainly(path: str, *statements: str) -> None:
    """Run statements as someone does who opens the file with the database's own shell."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_row_is_not_replaced_on_sqlite(sqlite: Engine) -> None:
    ids = _scene(sqlite)
    path = str(sqlite.url.database)
    for table in (*HISTORY, "instalment"):
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} rows are never replaced"):
            _plainly(path, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    with pytest.raises(sqlite3.IntegrityError, match="instalment rows are never replaced"):
        _plainly(
            path,
            "INSERT OR REPLACE INTO instalment (grant_id, number, share, conditional, amount_minor, status)"
            f" VALUES ({ids.grant}, 2, 'rest', 0, 10000000, 'planned')",
        )


def test_gate_stays_shut_without_foreign_keys_on_sqlite(sqlite: Engine) -> None:
    ids = _scene(sqlite)
    path = str(sqlite.url.database)
    with pytest.raises(sqlite3.IntegrityError, match="instalments are never deleted"):
        _plainly(path, f"DELETE FROM instalment WHERE id = {ids.last}")
    _plainly(path, f"DELETE FROM step WHERE id = {ids.condition}")
    with pytest.raises(sqlite3.IntegrityError, match=WITHHELD):
        _plainly(
            path,
            "UPDATE instalment SET status = 'released', released_on = '2011-02-25',"
            f" requested_by_id = {ids.asks}, confirmed_by_id = {ids.confirms} WHERE id = {ids.last}",
        )


def test_two_people_release_though_checks_are_switched_off_on_sqlite(sqlite: Engine) -> None:
    ids = _scene(sqlite)
    _approve(sqlite, ids)
    with pytest.raises(sqlite3.IntegrityError, match=TWO_PEOPLE):
        _plainly(
            str(sqlite.url.database),
            "PRAGMA ignore_check_constraints = 1",
            "UPDATE instalment SET status = 'released', released_on = '2011-02-25',"
            f" requested_by_id = {ids.asks}, confirmed_by_id = {ids.asks} WHERE id = {ids.last}",
        )


def test_unknown_kind_of_notice_is_refused_on_insert(engine: Engine, ids: Ids) -> None:
    assert "lost" not in set(NoticeKind)
    with pytest.raises(IntegrityError, match="kind_known"):
        _sql(
            engine,
            "INSERT INTO notice (letter_id, step_id, step_version, due_on, rung, position, kind, person_id,"
            " told_on, reason, detail) VALUES (:letter, :step, 1, '2011-01-20', 'x', 0, 'lost', :person,"
            " '2011-01-20', 'x', '{}')",
            letter=ids.letter,
            step=ids.condition,
            person=ids.asks,
        )


def test_withheld_sum_does_not_leave_by_a_part_without_condition(engine: Engine, ids: Ids) -> None:
    _sql(engine, "UPDATE instalment SET amount_minor = 0 WHERE id = :id", id=ids.last)
    with pytest.raises(DBAPIError, match=WITHHELD), transaction(engine) as connection:
        an_instalment(connection, ids.grant, number=3, conditional=False, amount_minor=10_000_000)
