"""Run the flows against a real Prefect server: what they do, what they say, and what Prefect gets to keep."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect import State
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.sorting import FlowRunSort
from prefect.events.schemas.automations import AutomationCore
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.server.schemas.schedules import CronSchedule
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_HOME,
    PREFECT_SERVER_DATABASE_CONNECTION_URL,
)
from prefect.states import Completed
from prefect.testing.utilities import prefect_test_harness
from prefect.utilities.callables import parameter_schema
from sqlalchemy import Engine, make_url, select, text, update

from deployments.sample.portfolio import load_sample
from deployments.shipped_files import PREFECT_FILE
from deployments.up.due_letters import DueLetters
from flows.admin_commands import (
    approve_a_final_report,
    extend_a_step,
    record_a_decision,
    release_an_instalment,
    return_a_final_report,
)
from flows.context import day_meant
from flows.daily_round import PHASE_FLOWS, daily_round, why_idle
from flows.deliver_letters import deliver_letters, start_delivery
from flows.final_report import final_report
from flows.follow_up import follow_up
from flows.tell_the_admin import tell_the_admin
from flows.watch import watch
from models.facts.stored_file import StoredFile
from models.rules.dates.calendar import WorkCalendar
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from models.tables.step import Answer, Draft, Step
from models.vocabulary import UNSETTLED, Phase, Role
from tasks.commands.files.documents import add_document, vault_of
from tasks.prefect.automations import NO_ROUND, Kept, keep_automations, wanted_automations
from tasks.round.days import begin_round, complete_round, hold_round, is_completed, is_held
from tasks.round.phases import AFTER, BEFORE, PHASES, run_round
from tasks.round.values import Counts, RoundDay
from tasks.settings import load_settings
from tasks.sources import reader as round_reader
from tasks.sources.reading import SourceReader
from tasks.store.database import reading, transaction
from tasks.watch.alarms import filed_alarms
from tests.builders import a_database
from tests.databases import a_new_postgres_database
from tests.grant_scenes import rows
from tests.hostile_files import a_pdf
from tests.mail_server import Fault, MailServer
from tests.portal_scenes import KEYS, Site, forms_of, settings_for
from tests.source_tree import ROOT
from tests.tasks.sources.test_gathering import MORNING, SOURCED, a_sourced_grant

# A Friday.
TODAY = date(2010, 10, 8)


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    engine = a_database(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def sample_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    engine = a_database(tmp_path_factory.mktemp("sample"))
    load_sample(engine, TODAY, datetime.now(UTC))
    engine.dispose()
    return Path(str(engine.url.database)).read_bytes()


@pytest.fixture
def sample(engine: Engine, sample_bytes: bytes) -> Engine:
    Path(str(engine.url.database)).write_bytes(sample_bytes)
    return engine


def end_of(run: Awaitable[State[Any]]) -> State[Any]:
    """Run a flow to its end; return its state."""

    async def wait() -> State[Any]:
        return await run

    return asyncio.run(wait())


def ended(run: Awaitable[State[Any]]) -> tuple[str, str]:
    """Run a flow to its end; return its state's name and message."""
    state = end_of(run)
    assert state.message is not None
    return state.name or "", state.message


def test_round_says_what_it_came_to(sample: Engine) -> None:
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert (name, message) == (
        "Completed",
        "12 due, 8 reminded, 4 escalated, 0 failed; not ready: SN-004",
    )


def rows_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """What a round leaves, without what is random or the clock's."""
    notice, letter, step, day = table_of(Notice), table_of(Letter), table_of(Step), table_of(DayRound)
    queries = {
        "notices": select(
            notice.c.step_id, notice.c.due_on, notice.c.rung, notice.c.person_id, notice.c.reason
        ),
        "letters": select(
            letter.c.key, letter.c.person_id, letter.c.kind, letter.c.letter_on, letter.c.status
        ),
        "steps": select(step.c.id, step.c.status, step.c.next_action_on, step.c.owner_id),
        "rounds": select(day.c.on, day.c.due, day.c.reminded, day.c.escalated, day.c.letters, day.c.failed),
    }
    with reading(engine) as connection:
        return {name: sorted(map(tuple, connection.execute(query))) for name, query in queries.items()}


def test_round_as_a_flow_leaves_the_same_rows_as_the_plain_function(
    sample: Engine, sample_bytes: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = a_database(tmp_path)
    Path(str(other.url.database)).write_bytes(sample_bytes)
    readers: list[SourceReader] = []

    def opened(folder: Path, now: datetime) -> SourceReader:
        readers.append(SourceReader(folder, now))
        return readers[-1]

    monkeypatch.setattr(round_reader, "SourceReader", opened)
    run_round(other, RoundDay(TODAY, datetime.now(UTC)))
    ended(daily_round(on=TODAY, return_state=True))
    assert rows_of(sample) == rows_of(other)
    assert len(readers) == 2  # each round's phases share what was read, in the flow's threads too
    assert rows_of(sample)["rounds"]
    other.dispose()


@pytest.mark.parametrize(
    ("left", "idle"), [("done", "done already"), ("held", "another run is at it"), ("begun", "")]
)
def test_scheduled_round_does_what_is_unfinished_only(sample: Engine, left: str, idle: str) -> None:
    now = datetime.now(UTC)
    begin_round(sample, RoundDay(TODAY, now))
    if left == "done":
        complete_round(sample, RoundDay(TODAY, now), Counts())
    # A run that was killed held the day until its lease ended.
    hold_round(sample, TODAY, now if left == "held" else now - timedelta(hours=1))
    assert why_idle(RoundDay(TODAY, now)) == idle
    # By hand it runs whatever the day has come to, and gives the day back.
    assert ended(daily_round(on=TODAY, return_state=True))[0] == "Completed"
    with reading(sample) as connection:
        assert (is_held(connection, TODAY, now), is_completed(connection, TODAY)) == (False, True)


def test_round_twice_is_once(sample: Engine) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    once = rows_of(sample)
    ended(daily_round(on=TODAY, return_state=True))
    assert rows_of(sample) == once


def test_round_frees_the_disk_of_files_that_nothing_names(sample: Engine, tmp_path: Path) -> None:
    vault, paper = vault_of(tmp_path), tmp_path / "paper.pdf"
    paper.write_bytes(a_pdf())
    named, dropped, young = (vault.path(vault.take(paper).stored_as) for _ in range(3))
    with transaction(sample) as connection:
        file = StoredFile("paper.pdf", "application/pdf", paper.stat().st_size, "0" * 64, named.name)
        step_id, owner_id = connection.execute(
            text("SELECT id, owner_id FROM step WHERE status = 'open'")
        ).first() or (0, 0)
        add_document(connection, step_id, file, owner_id, datetime.now(UTC))
    for path, hours in ((named, 2), (dropped, 2), (young, 0)):
        os.utime(path, ((datetime.now(UTC) - timedelta(hours=hours)).timestamp(),) * 2)
    assert ended(daily_round(on=TODAY, return_state=True))[0] == "Completed"
    assert [path.exists() for path in (named, dropped, young)] == [True, False, True]


@pytest.mark.parametrize(
    ("country", "on", "message"),
    [
        pytest.param("SE", date(2011, 1, 6), "Public holiday: Epiphany", id="a holiday"),
        pytest.param(
            "SE", date(2011, 6, 24), "Public holiday: Midsummer Eve", id="an eve on which offices are closed"
        ),
        pytest.param("SE", date(2010, 10, 9), "Weekend: Saturday", id="a Saturday"),
        pytest.param("NO", date(2011, 5, 17), "Public holiday: Constitution Day", id="in another country"),
        pytest.param(
            "DE-BY", date(2011, 1, 6), "Public holiday: Epiphany", id="in a part of another country"
        ),
    ],
)
def test_round_rests_when_offices_are_closed(
    sample: Engine, monkeypatch: pytest.MonkeyPatch, country: str, on: date, message: str
) -> None:
    monkeypatch.setenv("GRANTS_COUNTRY", country)
    assert ended(daily_round(on=on, return_state=True)) == ("DayOff", message)
    assert rows_of(sample)["rounds"] == []


async def _task_names(state: State[Any], expected: int) -> list[str]:
    """Return the names of a run's tasks in their order, once the server has as many as expected."""
    assert state.state_details.flow_run_id
    run = FlowRunFilter(id=FlowRunFilterId(any_=[state.state_details.flow_run_id]))
    deadline = datetime.now(UTC) + timedelta(seconds=90)
    while True:
        async with get_client() as client:
            found = await client.read_task_runs(flow_run_filter=run)
        if len(found) >= expected and all(one.state and one.state.is_final() for one in found):
            return [
                one.name for one in sorted(found, key=lambda one: one.start_time or one.created or deadline)
            ]
        assert datetime.now(UTC) < deadline, [one.name for one in found]
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("phase", Phase)
def test_flow_of_a_phase_does_the_verbs_of_the_phase_in_order(sample: Engine, phase: Phase) -> None:
    verbs = [verb.__name__.replace("_", " ") for verb in PHASES[phase]]

    async def story() -> list[str]:
        state = await PHASE_FLOWS[phase](on=TODAY, return_state=True)
        return await _task_names(state, len(verbs))

    assert asyncio.run(story()) == verbs


def test_round_does_every_phase_as_a_run_of_its_own_between_its_own_verbs(sample: Engine) -> None:
    around = [verb.__name__.replace("_", " ") for verb in (*BEFORE, *AFTER)]

    async def story() -> tuple[list[str], list[str]]:
        state = await daily_round(on=TODAY, return_state=True)
        names = await _task_names(state, len(around) + len(Phase))
        async with get_client() as client:
            assert state.state_details.flow_run_id
            whole = FlowRunFilter(parent_flow_run_id={"any_": [state.state_details.flow_run_id]})
            phases = await client.read_flow_runs(flow_run_filter=whole, sort=FlowRunSort.START_TIME_ASC)
            own = await client.read_flow_run(state.state_details.flow_run_id)
        return names, [own.name, *(one.name for one in phases)]

    assert set(PHASE_FLOWS) == set(Phase)
    names, runs = asyncio.run(story())
    assert [name for name in names if name in around] == around
    # Counts stand in the names: a state's message shows in no list.
    assert runs == [
        "daily round 2010-10-08: 12 due, 8 reminded, 4 escalated, 0 failed",
        "applications 2010-10-08: 1 due, 1 reminded, 0 escalated, 0 failed",
        "decisions 2010-10-08: 2 due, 2 reminded, 0 escalated, 0 failed",
        "follow-ups 2010-10-08: 0 due, 0 reminded, 0 escalated, 0 failed",
        "final reports 2010-10-08: 8 due, 4 reminded, 4 escalated, 0 failed",
        "releases 2010-10-08: 1 due, 1 reminded, 0 escalated, 0 failed",
    ]


def test_phase_for_one_grant_leaves_the_others_alone(sample: Engine) -> None:
    before = rows_of(sample)["notices"]
    name, message = ended(final_report(on=TODAY, grant="SN-007", return_state=True))
    assert (name, message) == ("Completed", "1 due, 0 reminded, 1 escalated, 0 failed")
    new = [row for row in rows_of(sample)["notices"] if row not in before]
    assert len({step_id for step_id, *_ in new}) == 1
    assert rows_of(sample)["rounds"] == []


@pytest.mark.parametrize("flow", [daily_round, final_report])
def test_run_for_an_unknown_grant_fails_in_one_line(sample: Engine, flow: Any) -> None:
    expected = "There is no grant with that reference: 'SN-999'; 'grants status' lists the ones there are"
    assert ended(flow(on=TODAY, grant="SN-999", return_state=True)) == ("Refused", expected)


@pytest.mark.parametrize("flow", [daily_round, follow_up])
def test_run_for_a_day_to_come_is_refused(sample: Engine, flow: Any) -> None:
    day = datetime.now(UTC).date() + timedelta(days=2)
    said = f"The input cannot be used: {day} lies in the future"
    assert ended(flow(on=day, return_state=True)) == ("Refused", said)


def test_round_for_one_grant_is_not_the_days_round(sample: Engine) -> None:
    assert ended(daily_round(on=TODAY, grant="SN-007", return_state=True))[0] == "Completed"
    assert rows_of(sample)["rounds"] == []


def test_broken_grant_stops_no_other_and_fails_the_run_with_the_count(sample: Engine) -> None:
    with transaction(sample) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER broken BEFORE INSERT ON notice WHEN NEW.step_id IN (SELECT step.id FROM step"
                ' JOIN "grant" ON "grant".id = step.grant_id WHERE reference = \'SN-007\')'
                " BEGIN SELECT RAISE(ABORT, 'a letter to someone@example.org'); END"
            )
        )
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert (name, message) == (
        "Failed",
        "12 due, 8 reminded, 3 escalated, 1 failed; not ready: SN-004",
    )


def test_broken_part_stops_no_other_and_the_round_stays_open(sample: Engine) -> None:
    with transaction(sample) as connection:
        connection.execute(text("ALTER TABLE instalment RENAME TO gone"))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert name == "Failed"
    assert "not done: release: settle gate" in message
    with reading(sample) as connection:
        completed = connection.execute(text("SELECT completed_at FROM day_round")).scalar_one()
        letters = connection.execute(text("SELECT count(*) FROM letter")).scalar_one()
    assert completed is None
    assert letters > 0


_CUTS_OFF_ONCE = """
CREATE SEQUENCE cut_off;
CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('cut_off') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cut_off BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION cut_off();
"""


def test_part_whose_database_goes_away_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = a_new_postgres_database()
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    load_sample(engine, TODAY, datetime.now(UTC))
    with transaction(engine) as connection:
        connection.execute(text(_CUTS_OFF_ONCE))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert (name, message.partition(";")[0]) == ("Completed", "12 due, 8 reminded, 4 escalated, 0 failed")
    with reading(engine) as connection:
        assert connection.execute(text("SELECT last_value > 1 FROM cut_off")).scalar_one()
    engine.dispose()


def test_run_without_a_database_fails_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert name == "Failed"
    assert message.endswith("yet; run 'grants init'")
    assert len(message.splitlines()) == 1


def test_run_with_a_wrong_setting_fails_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_TIMEZONE", "Europe/Atlantis")
    name, message = ended(daily_round(return_state=True))
    assert (name, "GRANTS_TIMEZONE" in message) == ("Failed", True)


@pytest.mark.parametrize(
    ("scheduled", "meant"),
    [
        pytest.param(datetime(2010, 10, 8, 5, 0, tzinfo=UTC), TODAY, id="on time"),
        pytest.param(datetime(2010, 10, 8, 22, 0, tzinfo=UTC), date(2010, 10, 9), id="begun before its day"),
        pytest.param(datetime(2010, 10, 5, 5, 0, tzinfo=UTC), TODAY, id="missed three days ago"),
        pytest.param(None, TODAY, id="not scheduled"),
    ],
)
def test_run_is_for_the_later_of_its_day_and_today(scheduled: datetime | None, meant: date) -> None:
    assert (
        day_meant(datetime(2010, 10, 8, 21, 59, 59, tzinfo=UTC), scheduled, ZoneInfo("Europe/Stockholm"))
        == meant
    )


def test_delivery_says_what_it_did(sample: Engine) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    with reading(sample) as connection:
        waiting = connection.execute(text("SELECT count(*) FROM letter WHERE status = 'queued'")).scalar_one()
    name, message = ended(deliver_letters(return_state=True))
    counts = [int(part.split()[0]) for part in message.split(", ")]
    assert (name, message.split(", ")[0]) == ("Completed", f"{counts[0]} kept in the mailbox")
    assert sum(counts) == waiting
    assert ended(deliver_letters(return_state=True)) == ("Completed", "0 letters were due")


def test_delivery_fails_while_the_mail_server_is_gone(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    for name, value in {"HOST": "127.0.0.1", "PORT": "1", "TLS": "none"}.items():
        monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
    name, message = ended(deliver_letters(return_state=True))
    assert name == "Failed"
    assert message.startswith("the mail server cannot be used: ")


def test_delivery_passes_on_the_steps_of_someone_whose_letter_came_back(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    step, letter, person = table_of(Step), table_of(Letter), table_of(Person)
    owned = select(step.c.id).where(step.c.owner_id == person.c.id, step.c.status.in_(UNSETTLED)).exists()
    told = select(person.c.id, person.c.email).join(letter, letter.c.person_id == person.c.id)
    with reading(sample) as connection:
        query = told.where(owned, letter.c.status == "queued").order_by(person.c.id).limit(1)
        owner, address = connection.execute(query).one()
    day = datetime.now(UTC)
    while not WorkCalendar().is_working(day.date()):
        day += timedelta(days=1)
    monkeypatch.setattr("flows.deliver_letters.moment", lambda: day)
    with MailServer([Fault("rcpt", "550 5.1.1 Unknown", address)]).running() as server:
        for name, value in {"HOST": "127.0.0.1", "PORT": str(server.port), "TLS": "none"}.items():
            monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
        name, message = ended(deliver_letters(return_state=True))
    assert (name, message.split(", ")[1]) == ("Completed", "1 bounced")
    with reading(sample) as connection:
        still = select(step.c.key).where(step.c.owner_id == owner, step.c.status.in_(UNSETTLED))
        assert connection.execute(still).all() == []


def test_watch_finds_nothing_in_an_empty_database(engine: Engine) -> None:
    assert ended(watch(return_state=True)) == ("Completed", "Nothing found")


def test_watch_fails_with_the_count_and_tells_once(sample: Engine) -> None:
    with transaction(sample) as connection:
        connection.execute(update(table_of(Person)).values(departed_on=date(2010, 1, 1)))
    name, message = ended(watch(return_state=True))
    assert name == "Failed"
    assert "owner unreachable" in message
    ended(watch(return_state=True))
    (alarm,) = filed_alarms(load_settings())
    assert alarm.about.startswith("Bevakningen har funnit något att åtgärda (")
    assert "varken den som ansvarar eller någon bakom hen går att nå" in alarm.path.read_text(
        encoding="utf-8"
    )


def test_watch_delivers_what_is_left_and_tells_when_it_cannot(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    for name, value in {"HOST": "127.0.0.1", "PORT": "1", "TLS": "none"}.items():
        monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
    name, message = ended(watch(return_state=True))
    assert (name, "the mail server cannot be used: " in message) == ("Failed", True)
    assert "Brev kunde inte skickas" in {one.about for one in filed_alarms(load_settings())}
    monkeypatch.delenv("GRANTS_SMTP_HOST")
    ended(watch(return_state=True))
    with reading(sample) as connection:
        count = "SELECT count(*) FROM letter WHERE status = 'queued'"
        assert connection.execute(text(count)).scalar_one() == 0


def test_watch_tells_when_it_cannot_read_the_database(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    name, message = ended(watch(return_state=True))
    assert (name, "is newer (9999)" in message) == ("Failed", True)
    (alarm,) = filed_alarms(load_settings())
    assert alarm.about == "Bevakningen kunde inte läsa databasen"


def test_admin_is_told_without_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    state = tell_the_admin("daily-round", "3 failed", return_state=True)
    assert ended(state)[1].startswith("No mail could leave: filed under GRANTS_HOME/alarms")
    assert ended(tell_the_admin("daily-round", "3 failed", return_state=True))[1] == "Told today already"


def test_admin_is_told_of_a_run_in_the_language_of_the_office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a run says of itself is on its page in Prefect, in English or in a library's words."""
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    run = str(uuid4())
    for told in ({"message": "3 due, 1 failed", "run": run}, {"message": NO_ROUND}, {}):
        ended(tell_the_admin("daily-round", **told, return_state=True))
    filed = [alarm.path.read_text(encoding="utf-8") for alarm in filed_alarms(load_settings())]
    bodies = [one.split("\n", 1)[1].rsplit("# ")[0] for one in filed]
    page = f"{PREFECT_API_URL.value().removesuffix('/api')}/runs/flow-run/{run}"
    assert sorted(bodies) == sorted(
        "daily-round behöver ses över\n\n"
        f"- {said}\n\n"
        "Åtgärda det med hjälp av grants doctor, grants status och körningarna i Prefect.\n"
        for said in (
            f"En körning slutade illa; varför säger dess sida: {page}",
            "Ingen daglig genomgång har blivit klar på 74 timmar.",
            "Mer än så är inte känt.",
        )
    )


def instalment_of(engine: Engine, reference: str, number: int) -> dict[str, Any]:
    query = 'SELECT i.* FROM instalment i JOIN "grant" g ON g.id = i.grant_id WHERE reference = :r AND number = :n'
    with reading(engine) as connection:
        return dict(connection.execute(text(query), {"r": reference, "n": number}).mappings().one())


def test_release_by_form_is_the_first_of_two_and_never_the_second(sample: Engine) -> None:
    asked = ended(release_an_instalment("SN-010", 2, "coordinator", return_state=True))
    assert asked == ("Completed", "SN-010: instalment 2: asked for; a second person must confirm")
    for role in ("coordinator", "controller"):
        name, message = ended(release_an_instalment("SN-010", 2, role, return_state=True))
        assert (name, message[:38]) == ("Refused", "The instalment may not be released: in")
    row = instalment_of(sample, "SN-010", 2)
    assert (row["status"], row["confirmed_by_id"]) == ("releasable", None)


def test_release_by_form_is_refused_before_the_condition_is_met(sample: Engine) -> None:
    name, message = ended(release_an_instalment("SN-009", 2, "controller", return_state=True))
    assert name == "Refused"
    assert message.endswith("its condition is not approved: funder-approval")
    assert instalment_of(sample, "SN-009", 2)["requested_by_id"] is None


def test_final_report_is_approved_by_form(sample: Engine) -> None:
    said = ended(approve_a_final_report("SN-009", "funder", "coordinator", return_state=True))
    assert said == ("Completed", "SN-009: funder-approval approved")
    assert instalment_of(sample, "SN-009", 2)["status"] == "releasable"


def test_final_report_is_returned_by_form_with_a_reason(sample: Engine) -> None:
    name, message = ended(return_a_final_report("SN-009", "funder", "coordinator", "  ", return_state=True))
    assert (name, "say why" in message) == ("Refused", True)
    said = ended(return_a_final_report("SN-009", "funder", "coordinator", "table 3", return_state=True))
    assert said == ("Completed", "SN-009: funder-approval returned")


def test_step_is_extended_by_form(sample: Engine) -> None:
    said = ended(
        extend_a_step(
            "SN-007", "final-report", date(2099, 11, 2), "agreed", "unit_manager", return_state=True
        )
    )
    assert said[0] == "Completed"
    assert "final-report from 2010-09-30 to 2099-11-02" in said[1]


def test_decision_is_recorded_by_form(sample: Engine) -> None:
    run = record_a_decision(
        "SN-002",
        "award",
        date(2010, 10, 7),
        "coordinator",
        amount="500 000",
        final_report_on=date(2011, 10, 20),
        return_state=True,
    )
    assert ended(run) == ("Completed", "SN-002: award of 2010-10-07 recorded")
    assert instalment_of(sample, "SN-002", 1)["amount_minor"] == 40_000_000


def test_decision_is_corrected_by_form(sample: Engine) -> None:
    for amount, again in (("500 000", None), ("600 000", date(2010, 10, 7))):
        run = record_a_decision(
            "SN-002",
            "award",
            date(2010, 10, 7),
            "coordinator",
            amount=amount,
            final_report_on=date(2011, 10, 20),
            recorded_on=again,
            return_state=True,
        )
        name, message = ended(run)
        assert name == "Completed", message
    assert message.partition(";")[0] == "SN-002: award of 2010-10-07 corrected"
    assert instalment_of(sample, "SN-002", 1)["amount_minor"] == 48_000_000


@pytest.mark.parametrize(
    ("grant", "asked_by", "amount", "why"),
    [
        pytest.param(
            "SN-002",
            "coordinator",
            "five",
            "'five' is not a sum of money: write it as 500000",
            id="not a sum",
        ),
        pytest.param(
            "SN-999", "coordinator", "5", "There is no grant with that reference", id="unknown grant"
        ),
        pytest.param("SN-003", "coordinator", "5", "the grant has an award already", id="a second award"),
    ],
)
def test_bad_input_to_a_form_fails_in_one_line(
    sample: Engine, grant: str, asked_by: Any, amount: str, why: str
) -> None:
    run = record_a_decision(grant, "award", date(2010, 10, 7), asked_by, amount=amount, return_state=True)
    name, message = ended(run)
    assert (name, why in message, len(message.splitlines())) == ("Refused", True, 1)
    assert instalment_of(sample, "SN-002", 1)["amount_minor"] is None


def test_role_that_nobody_holds_is_refused(sample: Engine) -> None:
    with transaction(sample) as connection:
        connection.execute(text("DELETE FROM grant_role WHERE role = 'controller'"))
    name, message = ended(approve_a_final_report("SN-009", "funder", "controller", return_state=True))
    assert (name, "nobody is controller in SN-009" in message) == ("Refused", True)


def everything_prefect_keeps() -> str:
    """All rows of all tables of the server's database, and every file in Prefect's home, as text."""
    database = make_url(PREFECT_SERVER_DATABASE_CONNECTION_URL.value()).database
    with closing(sqlite3.connect(str(database))) as connection:
        rows = list(connection.iterdump())
    files = [path for path in PREFECT_HOME.value().rglob("*") if path.is_file()]
    return "\n".join([*rows, *(path.read_bytes().decode("utf-8", "replace") for path in files)])


def kept_of(run_id: str, end: str) -> str:
    """Return everything that Prefect keeps, once the last line of a run's log and the event of its end are there."""
    deadline = datetime.now(UTC) + timedelta(seconds=90)
    while True:
        kept = everything_prefect_keeps()
        lines = [line for line in kept.splitlines() if run_id in line]
        ends = (
            ('INSERT INTO "log"', "Finished in state"),
            ('INSERT INTO "events"', f"prefect.flow-run.{end}"),
        )
        if all(any(table in line and said in line for line in lines) for table, said in ends):
            return kept
        assert datetime.now(UTC) < deadline, lines
        time.sleep(0.2)


SAID = "Flickan på Åsgatan mår bättre"


def type_into_every_form(site: Site) -> None:
    """Let everybody who has a letter say the same words wherever anything can be typed, in drafts and in answers."""
    query = "SELECT DISTINCT email FROM person JOIN letter ON person_id = person.id ORDER BY email"
    with reading(site.engine) as connection:
        readers = connection.execute(text(query)).scalars().all()
    client = site.stranger()
    for address in map(site.address, readers):
        for act in ("done", "not_yet"):
            for form in forms_of(client.get(address), act):
                typed = {name: value or SAID for name, value in form.items() if name != "files"}
                client.post(address, data=typed | {"expected_on": "2099-01-01"})


def test_prefect_keeps_no_name_address_title_answer_or_link(
    sample: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A morning with all that can go wrong in words: answers, a letter that comes back, a database that quotes."""
    with transaction(sample) as connection:
        raising = f"BEGIN SELECT RAISE(ABORT, '{SAID}, says someone@example.org'); END"
        connection.execute(
            text(f"CREATE TRIGGER notices BEFORE INSERT ON notice WHEN NEW.step_id % 2 {raising}")
        )
        connection.execute(text(f"CREATE TRIGGER letters BEFORE UPDATE ON letter {raising}"))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert (name, message.endswith("; not done: write letters")) == ("Failed", True)
    with transaction(sample) as connection:
        connection.execute(text("DROP TRIGGER notices"))
        connection.execute(text("DROP TRIGGER letters"))
    assert ended(daily_round(on=TODAY, return_state=True))[0] == "Completed"
    faults = [
        Fault("mail", "530 5.7.0 someone@example.org may not send", times=1),
        Fault("rcpt", f"550 5.1.1 <someone@example.org>: {SAID}", "coordinator.one"),
    ]
    with MailServer(faults).running() as server:
        for name, value in {"HOST": "127.0.0.1", "PORT": str(server.port), "TLS": "none"}.items():
            monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
        assert [ended(deliver_letters(return_state=True))[0] for _ in range(2)] == ["Failed", "Completed"]
        type_into_every_form(Site(sample, settings_for(tmp_path), datetime.now(UTC)))
        for run in (
            daily_round(on=TODAY, return_state=True),
            deliver_letters(return_state=True),
            release_an_instalment("SN-010", 2, "coordinator", return_state=True),
            release_an_instalment("SN-010", 2, "coordinator", return_state=True),
            approve_a_final_report("SN-009", "committee", "coordinator", return_state=True),
            watch(return_state=True),
        ):
            last = end_of(run)
    kept = kept_of(str(last.state_details.flow_run_id), last.name or "")
    words = {SAID, "@example.org", *KEYS.split(",")}
    with reading(sample) as connection:
        for query in ("name FROM person", "email FROM person", 'title FROM "grant"', "link_key FROM letter"):
            words |= set(connection.execute(text(f"SELECT {query}")).scalars()) - {None}
    # What is looked for was there to be kept.
    assert "bounced" in {one.status for one in rows(sample, Letter)}
    assert [any(SAID in str(row) for row in rows(sample, model)) for model in (Answer, Draft)] == [True, True]
    assert "SN-010" in kept
    spelled = {spelling for word in words for spelling in (word, json.dumps(word)[1:-1])}
    assert [word for word in spelled if word in kept] == []


async def latest_artifact(key: str) -> dict[str, Any]:
    async with get_client() as client:
        response = await client._client.get(f"/artifacts/{key}/latest")
    found: dict[str, Any] = response.json()
    return found


def test_overview_says_where_each_grant_stands(sample: Engine) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    overview = asyncio.run(latest_artifact("grants-overview"))
    rows = [line for line in overview["data"].splitlines() if line.startswith("| SN-")]
    assert len(rows) == 11
    late = [line for line in rows if " försenat**<br>" in line]
    assert rows[: len(late)] == late
    assert overview["description"].startswith(
        f"Pågående bidrag: 11. Försenade: {len(late)}. Delar som ska bekräftas av två personer: 1. Inte utbetalt: "
    )
    assert "Två personer" in rows[len(late)]  # next to the late ones, what waits to be released
    assert "| SN-007 | Slutrapport<br>Handläggaren | **8 dagar försenat**<br>30 september | 105 000 kr |" in [
        line.replace("\xa0", " ") for line in late
    ]


def test_report_says_what_the_round_came_to(sample: Engine) -> None:
    ended(daily_round(on=TODAY, return_state=True))
    report = asyncio.run(latest_artifact("round-report"))
    assert report["description"].startswith(
        "8 oktober 2010. Steg som gicks igenom: 12. Påminnelser: 8. Eskaleringar: 4. "
    )
    assert "| Eskaleringar | 4 |" in report["data"]


def test_round_whose_sources_alone_failed_shows_it_and_is_mailed_of_by_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can mend the source was written to; a second letter each morning would say nothing new."""
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    failed, _, late, _ = (one.trigger.model_dump()["expect"] for one in wanted_automations(uuid4(), uuid4()))
    state = end_of(daily_round(on=MORNING, return_state=True))
    assert (state.message or "").endswith("0 failed; 1 without figures from ledger of sourced-funds")
    assert state.is_completed()
    report = asyncio.run(latest_artifact("round-report"))["data"]
    assert "| Steg som saknar uppgifter från en källa | 1 |\n| Gick inte att göra | 0 |\n" in report
    assert [f"prefect.flow-run.{state.name}" in expected for expected in (failed, late)] == [False, True]
    with transaction(engine) as connection:
        connection.execute(text("ALTER TABLE instalment RENAME TO gone"))
    name, _ = ended(daily_round(on=date(2010, 4, 23), return_state=True))
    assert [f"prefect.flow-run.{name}" in expected for expected in (failed, late)] == [True, False]
    engine.dispose()


@pytest.fixture(scope="module")
def deployed(prefect_server: None) -> None:
    """Every deployment of prefect.yaml, as `grants up` and the documentation deploy it."""
    prefect("work-pool", "create", "grantline", "--type", "process", "--overwrite")
    prefect("deploy", "--all", "--prefect-file", str(PREFECT_FILE.relative_to(ROOT)))


async def automations_by_name() -> dict[str, Any]:
    async with get_client() as client:
        found = await client.read_automations()
    assert len(found) == len({one.name for one in found})
    return {one.name: one for one in found}


def test_automations_are_kept_and_never_doubled(deployed: None) -> None:
    async def story() -> None:
        assert await keep_automations() == Kept(created=4)
        assert await keep_automations() == Kept(kept=4)
        one = (await automations_by_name())["grants: a run failed"]
        async with get_client() as client:
            await client.pause_automation(one.id)
            double = AutomationCore(**one.model_dump(exclude={"id"})).model_copy(
                update={"description": "a double"}
            )
            await client.create_automation(double)
        await keep_automations()
        kept = (await automations_by_name())["grants: a run failed"]
        assert kept.description.startswith("Writes to the administrator")
        assert await keep_automations() == Kept(kept=4)
        async with get_client() as client:
            for automation in await client.read_automations():
                await client.delete_automation(automation.id)

    asyncio.run(story())


def test_delivery_is_asked_for_once_while_one_is_on_its_way(deployed: None) -> None:
    async def story() -> None:
        await end_runs()
        assert [await start_delivery() for _ in range(3)] == [True, False, False]
        await end_runs()
        # What its schedule plans for later is no reason to wait.
        assert [await start_delivery() for _ in range(2)] == [True, False]
        await end_runs()

    asyncio.run(story())


async def end_runs() -> None:
    """End every run that is on its way."""
    async with get_client() as client:
        for run in await client.read_flow_runs():
            if run.state and not run.state.is_final():
                await client.set_flow_run_state(run.id, Completed(), force=True)


def test_letters_that_nobody_took_are_found_due(sample: Engine, tmp_path: Path) -> None:
    due = DueLetters(load_settings(), sample, {}, tmp_path / "deliver.log")
    ended(deliver_letters(return_state=True))
    before = datetime.now(UTC)
    ended(daily_round(on=TODAY, return_state=True))
    # The round has asked for a delivery, which has a moment to take them.
    assert not due.are_due(before)
    assert due.are_due(datetime.now(UTC) + timedelta(minutes=1))


def prefect(*arguments: str) -> None:
    """Run Prefect's command line against the test's server."""
    environment = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())}
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pause_survives_the_next_deploy(deployed: None) -> None:
    async def schedules(*, pause: bool = False) -> list[tuple[UUID, bool]]:
        async with get_client() as client:
            found = await client.read_deployment_by_name("daily-round/daily-round")
            for each in found.schedules if pause else ():
                await client.update_deployment_schedule(found.id, each.id, active=False)
        return [(each.id, each.active) for each in found.schedules]

    before = asyncio.run(schedules(pause=True))
    prefect("deploy", "--name", "daily-round", "--prefect-file", str(PREFECT_FILE.relative_to(ROOT)))
    assert asyncio.run(schedules()) == [(each, False) for each, _ in before]


DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))["deployments"]


@pytest.mark.parametrize("entry", DEPLOYMENTS, ids=lambda entry: entry["name"])
def test_deployment_is_described_tagged_and_scheduled_as_agreed(entry: dict[str, Any]) -> None:
    flow: Flow[..., Any] = load_flow_from_entrypoint(entry["entrypoint"])
    assert flow.name == entry["name"]
    assert entry["description"].startswith("**")
    is_command = entry["entrypoint"].startswith("flows.admin_commands.")
    assert ("command" in entry["tags"]) is is_command
    assert ("grants" in entry["tags"]) is (entry["name"] != "tell-the-admin")
    # An automation that a run sets off must not be set off by that run.
    assert (entry["name"] == "tell-the-admin") is ("grants-alarm" in entry["tags"])
    # A pause in Prefect's interface would not survive an "active:".
    for schedule in entry.get("schedules", []):
        assert schedule.keys() - {"day_or"} == {"cron", "timezone", "slug"}
        assert schedule["timezone"] == "Europe/Stockholm"


@pytest.mark.parametrize(
    "entry", [one for one in DEPLOYMENTS if "command" in one["tags"]], ids=lambda entry: entry["name"]
)
def test_form_asks_for_a_role_that_nobody_has_chosen_yet(entry: dict[str, Any]) -> None:
    schema = parameter_schema(load_flow_from_entrypoint(entry["entrypoint"]))
    asked_by = schema.properties["asked_by"]
    assert asked_by["enum"] == [str(role) for role in Role]
    assert {"grant", "asked_by"} <= set(schema.required)
    assert "default" not in asked_by


def test_schedules_make_few_runs_on_a_quiet_day() -> None:
    schedules = {entry["name"]: entry["schedules"] for entry in DEPLOYMENTS if "schedules" in entry}
    assert sorted(schedules) == ["daily-round", "watch"]
    monday = datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
    runs = {
        name: [
            at for at in asyncio.run(CronSchedule(**_cron(one)).get_dates(40, monday)) if at.day == monday.day
        ]
        for name, (one,) in schedules.items()
    }
    assert [at.hour for at in runs["daily-round"]] == [7, 9, 11, 13]
    # One round has a run a phase and asks for a delivery.
    assert len(runs["daily-round"]) + len(runs["watch"]) + len(Phase) + 1 <= 40


def _cron(schedule: dict[str, Any]) -> dict[str, Any]:
    return {"cron": schedule["cron"], "timezone": schedule["timezone"]}
