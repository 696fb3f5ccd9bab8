"""Prove that the journal shows every edit, and that writers at once keep its chain whole."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, text

from deployments.cli.main import run
from models.commands.decisions import Correct
from models.commands.people import HandOver
from models.errors import BadInput
from models.events import OfficeEvent
from models.rules.watch.findings import Finding, FindingKind
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.vocabulary import AnswerKind
from tasks.store.database import dry_run, reading, transaction
from tasks.store.journal import Event, broken_links, write_journal
from tasks.watch.audit import AuditMoment, audit_onwards
from tasks.watch.journal_head import read_head
from tests.grant_scenes import (
    ADMIN,
    DEPUTY,
    OWNER,
    STRANGER,
    a_grant_that_was,
    a_staff,
    act,
    an_entry,
    answer,
    bring_in,
    decide,
    do_round,
    events,
    open_grants,
    person_id,
    rows,
)

TODAY = date(2010, 10, 8)
NOW = datetime(2010, 10, 8, 5, 0, 0, 123456, tzinfo=UTC)


def write(engine: Engine, *events: Event) -> int:
    """Append events in a transaction of their own."""
    with transaction(engine) as connection:
        return write_journal(connection, TODAY, NOW, events)


def broken(engine: Engine) -> list[int]:
    """Return the ids of the events whose link does not hold."""
    with reading(engine) as connection:
        return list(broken_links(connection))


AWKWARD: tuple[dict[str, Any], ...] = (
    {},
    {"note": "Å, ä, ö; “citat”; \N{FAMILY}; \u202e bakåt; a\nb"},
    {"deep": {"list": [1, 2.5, None, True, {"x": []}]}, "b": 1, "a": 2},
    {"big": 2**60, "negative": -1, "tiny": 1e-9},
)


def test_chain_holds_whatever_an_event_says(engine: Engine) -> None:
    assert write(engine) == 0
    assert write(engine, *(Event(OfficeEvent.PERSON_CHANGED, detail=detail) for detail in AWKWARD)) == 4
    assert broken(engine) == []
    assert [row.detail for row in rows(engine, JournalEvent)] == [*AWKWARD]


def test_chain_of_a_whole_life_holds(engine: Engine) -> None:
    a_grant_that_was(engine, "closed")
    found = rows(engine, JournalEvent)
    assert broken(engine) == []
    assert [row.previous_sha256 for row in found[1:]] == [row.sha256 for row in found[:-1]]
    assert found[0].previous_sha256 == "0" * 64


@pytest.fixture
def chain(own_engine: Engine) -> Engine:
    """A journal of ten events, whose guards somebody took away."""
    open_grants(own_engine)
    with transaction(own_engine) as connection:
        connection.execute(text("SELECT 1"))
        write_journal(
            connection,
            TODAY,
            NOW,
            [Event(OfficeEvent.PERSON_CHANGED, 1, 1, 1, {"number": n}) for n in range(10)],
        )
        on = " ON journal_event" if own_engine.dialect.name == "postgresql" else ""
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER journal_event_no_{verb}{on}"))
    assert broken(own_engine) == []
    return own_engine


def sabotage(engine: Engine, *statements: str) -> None:
    """Run raw SQL."""
    with transaction(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_whatever_is_edited_taken_away_swapped_or_forged_is_found(chain: Engine) -> None:
    last = max(row.id for row in rows(chain, JournalEvent))
    victim, one, other = last - 4, last - 6, last - 3
    edits = (
        "event = 'y'",
        "detail = '{\"number\": 99}'",
        "grant_id = NULL",
        "step_id = NULL",
        "person_id = 2",
        "\"on\" = '2010-10-07'",
        "\"at\" = '2010-10-08 05:00:00.123457'",
        "sha256 = 'f'",
        "previous_sha256 = sha256",
    )
    swap = (
        f"UPDATE journal_event SET id = 0 WHERE id = {one}",
        f"UPDATE journal_event SET id = {one} WHERE id = {other}",
        f"UPDATE journal_event SET id = {other} WHERE id = 0",
    )
    forged = (
        'INSERT INTO journal_event (id, "on", "at", event, detail, previous_sha256, sha256)'
        " SELECT -1, \"on\", \"at\", 'x', '{}', previous_sha256, 'e' FROM journal_event WHERE id = 1"
    )
    harms: list[tuple[tuple[str, ...], set[int]]] = [
        *(((f"UPDATE journal_event SET {edit} WHERE id = {victim}",), {victim}) for edit in edits),
        ((f"UPDATE journal_event SET event = 'y' WHERE id = {last}",), {last}),
        ((f"DELETE FROM journal_event WHERE id = {victim}",), {victim + 1}),
        (("DELETE FROM journal_event WHERE id = 1",), {2}),
        (swap, {one, one + 1, other, other + 1}),
        ((forged,), {-1}),
    ]
    for statements, found in harms:
        with transaction(dry_run(chain)) as connection:
            for statement in statements:
                connection.execute(text(statement))
            assert found <= set(broken_links(connection)), statements


def test_break_is_shown_by_the_command(
    chain: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRANTS_DATABASE_URL", chain.url.render_as_string(hide_password=False))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    head = rows(chain, JournalEvent)[-1]
    whole = f"ok       journal      every link holds; its head is event {head.id} {head.sha256}\n"
    holds = "ok       rows         they hold what the journal says\n"
    gone = (
        "TROUBLE  triggers     2 of the database are missing, switched off or not what Grantline makes:"
        " journal_event_no_delete, journal_event_no_update; 'grants init' puts its own back\n"
    )
    assert run(["journal", "--verify"]) == 1
    assert capsys.readouterr().out == f"{whole}{holds}{gone}"
    sabotage(chain, "UPDATE person SET is_admin = true WHERE id = 1")
    assert run(["journal", "--verify"]) == 1
    off = "TROUBLE  rows         1 hold something else than the journal says: person 1"
    assert capsys.readouterr().out.startswith(f"{whole}{off}")
    sabotage(chain, "UPDATE person SET is_admin = false WHERE id = 1")
    sabotage(chain, "UPDATE journal_event SET event = 'y' WHERE id = 3")
    assert run(["journal", "--verify"]) == 1
    said = "TROUBLE  journal      1 events do not hold, the first of them event 3\n"
    assert capsys.readouterr().out == f"{said}{holds}{gone}"


def write_again(engine: Engine) -> None:
    """Rewrite an event, and make the chain after it again: it holds, and what was sealed before is gone."""
    with transaction(engine) as connection:
        events = list(connection.execute(select(table_of(JournalEvent)).order_by(text("id"))).mappings())
        connection.execute(text("DELETE FROM journal_event"))
        for row in events:
            detail = {"number": 99} if row["detail"] == {"number": 4} else row["detail"]
            people = row["grant_id"], row["step_id"], row["person_id"]
            noted = Event(row["event"], *people, detail, row["rows"])
            write_journal(connection, row["on"], row["at"], [noted])


def test_journal_that_is_written_from_scratch_does_not_go_on_from_the_head_that_was_kept(
    chain: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GRANTS_DATABASE_URL", chain.url.render_as_string(hide_password=False))
    day = AuditMoment(TODAY, NOW, ZoneInfo("Europe/Stockholm"))
    assert broken_journal(audit_onwards(chain, day, tmp_path)) == []
    kept = read_head(tmp_path / "journal-head")
    write(chain, Event(OfficeEvent.PERSON_CHANGED))
    for head in (kept.sha256, str(tmp_path / "journal-head")):
        run(["journal", "--verify", "--head", head])
        assert (
            f"ok       head         händelseloggen fortsätter från {kept.sha256}" in capsys.readouterr().out
        )
    write_again(chain)
    assert broken(chain) == []
    capsys.readouterr()
    for head in (kept.sha256, str(tmp_path / "journal-head")):
        assert run(["journal", "--verify", "--head", head]) == 1
        assert f"TROUBLE  head         händelse {kept.sha256}" in capsys.readouterr().out
    for _ in range(2):  # the head stays what it was until somebody has looked
        assert broken_journal(audit_onwards(chain, day, tmp_path)) == [f"the journal's head {kept}"]
    assert read_head(tmp_path / "journal-head") == kept


def broken_journal(findings: list[Finding]) -> list[str]:
    """Return where the journal is broken."""
    return [str(one.where) for one in findings if one.kind is FindingKind.JOURNAL_BROKEN]


def test_audit_goes_on_from_the_last_one(
    chain: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    day = AuditMoment(TODAY, NOW, ZoneInfo("Europe/Stockholm"))
    assert broken_journal(audit_onwards(chain, day, tmp_path)) == []
    assert f"the journal's head is event {read_head(tmp_path / 'journal-head')}" in caplog.messages
    write(chain, *(Event(OfficeEvent.PERSON_CHANGED, detail={"number": n}) for n in range(3)))
    last = max(row.id for row in rows(chain, JournalEvent))
    sabotage(chain, f"UPDATE journal_event SET event = 'y' WHERE id = {last - 1}")
    assert broken_journal(audit_onwards(chain, day, tmp_path)) == [f"journal event {last - 1}"]
    sabotage(chain, f"DELETE FROM journal_event WHERE id >= {last - 3}")
    assert broken_journal(audit_onwards(chain, day, tmp_path)) == [
        f"the journal's head {read_head(tmp_path / 'journal-head')}"
    ]


@pytest.mark.parametrize("head", ["nonsense", "12 nonsense"])
def test_head_that_is_none_is_refused(chain: Engine, tmp_path: Path, head: str) -> None:
    (tmp_path / "journal-head").write_text(head)
    with pytest.raises(BadInput, match="holds no head of a journal"):
        read_head(tmp_path / "journal-head")


def test_writers_at_once_keep_the_chain_whole(engine: Engine) -> None:
    writers, each = 6, 15
    start = Barrier(writers)

    def work(writer: int) -> None:
        start.wait()
        for number in range(each):
            write(
                engine,
                *(
                    Event(OfficeEvent.PERSON_CHANGED, detail={"writer": writer, "number": number})
                    for _ in range(2)
                ),
            )

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(work, range(writers)))
    assert len(rows(engine, JournalEvent)) == writers * each * 2
    assert broken(engine) == []


def test_people_who_answer_at_once_keep_the_chain_whole(engine: Engine) -> None:
    names = [f"REF-{number}" for number in range(1, 6)]
    open_grants(engine, *(an_entry(name) for name in names))
    start = Barrier(len(names))

    def work(reference: str) -> None:
        start.wait()
        answer(engine, "application", date(2009, 9, 15), reference=reference, data={"applied_for": 1})

    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(work, names))
    assert sum(row.event == "step_done" for row in rows(engine, JournalEvent)) == len(names)
    assert broken(engine) == []


def test_event_of_a_transaction_that_fails_is_not_there(engine: Engine) -> None:
    write(engine, Event(OfficeEvent.PERSON_ADDED))

    def fail() -> None:
        with transaction(engine) as connection:
            write_journal(connection, TODAY, NOW, [Event(OfficeEvent.PERSON_FORGOTTEN)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    write(engine, Event(OfficeEvent.PERSON_CHANGED))
    assert [row.event for row in rows(engine, JournalEvent)] == [
        OfficeEvent.PERSON_ADDED,
        OfficeEvent.PERSON_CHANGED,
    ]
    assert broken(engine) == []


def test_busy_life_leaves_no_name_and_no_address_in_the_journal(engine: Engine) -> None:
    a_grant_that_was(engine, "closed")
    open_grants(engine, an_entry("REF-2"), people=a_staff(controller={"phone": "070-123 45 67"}))
    paid_to = {"key": "committee", "names": [{"name": "Socialnämnden"}], "account": "5050-1055"}
    bring_in(engine, TODAY, organisations=[paid_to])
    decide(engine, reference="REF-2")
    answer(engine, "follow-up-2010-q1", TODAY, kind=AnswerKind.NOT_YET, reference="REF-2", expected_on=TODAY)
    given = AnswerKind.NOT_ME
    answer(engine, "follow-up-2010-q1", TODAY, kind=given, reference="REF-2", colleague=STRANGER)
    said = {"amount_minor": 40_000_000}
    corrected = Correct("REF-2", date(2009, 11, 5), said=said, reason="Fel belopp")
    act(engine, corrected, TODAY)
    act(engine, HandOver(person_id(engine, OWNER), DEPUTY, "SE"), TODAY, ADMIN)
    do_round(engine, TODAY)
    happened = set(events(engine))
    assert {
        *("directory_changed", "grant_opened", "account_changed", "decision_recorded", "decision_corrected"),
        *("step_done", "step_approved", "step_put_off", "step_handed_over", "role_handed_over"),
        *("release_requested", "instalment_released", "instalment_claimed", "instalment_paid", "award_set"),
        *("grant_closed", "reminder_queued", "handed_over_queued"),
    } <= happened
