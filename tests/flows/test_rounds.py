"""Run the round and its phases as flows: what they do, what they say, and what they leave in Prefect's interface."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.sorting import FlowRunSort
from sqlalchemy import Engine, text

from deployments.sample.portfolio import load_sample
from flows import daily_round as day_flow
from flows import phase_tasks
from flows.automations import wanted_automations
from flows.daily_round import FLOWS, TASKS, daily_round
from flows.final_report import final_report
from flows.follow_up import follow_up
from flows.runs import day_meant
from models.commands.steps import StoredFile
from models.vocabulary import InstalmentStatus, Phase
from tasks.commands.files.drafts import add_document, file_store_of
from tasks.outbox.deliver import deliver
from tasks.overview.portfolio import portfolio_figures
from tasks.round.days import RoundDay, begin_round
from tasks.round.phases import PHASES, run_round
from tasks.settings import load_settings
from tasks.sources import source as round_reader
from tasks.sources.source import SourceReader
from tasks.store.database import reading, transaction
from tasks.words.translator import translator
from tests.databases import a_new_postgres_database
from tests.flows.conftest import a_sample
from tests.flows.runs import TODAY, ended, rows_of, shown_by
from tests.hostile_files import a_pdf
from tests.tasks.sources.test_gathering import MORNING, SOURCED, a_sourced_grant
from tests.waiting import until

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Morning:
    """A round that was run as a flow, and the same as plain calls."""

    said: tuple[str, str]
    left: Rows
    left_by_plain_calls: Rows
    source_readers: int
    kept_files: dict[str, bool]
    began_on: date
    tasks: dict[str, list[str]]
    runs: list[str]
    overview: tuple[str, str]
    report: tuple[str, str]


@pytest.fixture(scope="module")
def morning(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    folder, now = tmp_path_factory.mktemp("morning"), datetime.now(UTC)
    sample, other = a_sample(folder), a_sample(folder)
    files = _files(sample, folder)
    readers: list[SourceReader] = []

    def opened(where: Path) -> SourceReader:
        readers.append(SourceReader(where))
        return readers[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRANTS_HOME", str(folder))
        patch.setenv("GRANTS_DATABASE_URL", str(sample.url))
        patch.setattr(round_reader, "SourceReader", opened)
        run_round(other, RoundDay(TODAY, now))
        deliver(other, load_settings(database_url=str(other.url)), lambda: datetime.now(UTC))
        said, seen = _seen()
    kept = {name: path.exists() for name, path in files.items()}
    yield Morning(said, rows_of(sample), rows_of(other), len(readers), kept, _day(now), *seen)
    sample.dispose()
    other.dispose()


def _day(now: datetime) -> date:
    return now.astimezone(load_settings().zone).date()


def _files(engine: Engine, folder: Path) -> dict[str, Path]:
    """Put three files into the store: one that an answer names, one that nothing names, and one from just now."""
    file_store, paper = file_store_of(load_settings(home=folder)), folder / "paper.pdf"
    paper.write_bytes(a_pdf())
    files = {
        name: file_store.path(file_store.take(paper).stored_as) for name in ("named", "dropped", "young")
    }
    with transaction(engine) as connection:
        file = StoredFile("paper.pdf", "application/pdf", paper.stat().st_size, "0" * 64, files["named"].name)
        found = connection.execute(text("SELECT id, owner_id FROM step WHERE status = 'open'")).first()
        assert found is not None
        add_document(connection, found[0], file, found[1], datetime.now(UTC))
    for name, hours in {"named": 2, "dropped": 2, "young": 0}.items():
        os.utime(files[name], ((datetime.now(UTC) - timedelta(hours=hours)).timestamp(),) * 2)
    return files


def _seen() -> tuple[tuple[str, str], tuple[Any, ...]]:
    """Run the round; return what it said, and its tasks, its runs and its pages as Prefect shows them."""
    state = daily_round(on=TODAY, return_state=True)
    whole = state.state_details.flow_run_id
    assert whole
    with get_client(sync_client=True) as client:
        parts = client.read_flow_runs(
            flow_run_filter=FlowRunFilter(parent_flow_run_id={"any_": [whole]}),
            sort=FlowRunSort.START_TIME_ASC,
        )
        own = client.read_flow_run(whole)
        tasks = {"round": _task_names(client, whole, len(TASKS) + len(FLOWS) + 1)}
        for phase, run in zip(Phase, parts, strict=False):
            tasks[phase] = _task_names(client, run.id, len(PHASES[phase]))
    pages = [shown_by(key) for key in ("grants-overview", "round-report")]
    return ended(state), (tasks, [own.name, *(one.name for one in parts)], *pages)


def _task_names(client: SyncPrefectClient, run_id: UUID, expected: int) -> list[str]:
    """Return the names of a run's tasks in their order, once the server has as many as expected."""
    run = FlowRunFilter(id=FlowRunFilterId(any_=[run_id]))

    def found() -> list[str]:
        tasks = client.read_task_runs(flow_run_filter=run)
        if len(tasks) < expected or not all(one.state and one.state.is_final() for one in tasks):
            return []
        return [one.name for one in sorted(tasks, key=lambda one: str(one.start_time))]

    return until(found, "the tasks")


def test_round_says_what_it_came_to(morning: Morning) -> None:
    said = "14 genomgångna, 12 påminda, 2 eskalerade, 10 mejl skrivna; inte klara: SN-004"
    assert morning.said == ("Completed", said)


def test_round_as_a_flow_leaves_the_same_rows_as_the_plain_function(morning: Morning) -> None:
    assert morning.left == morning.left_by_plain_calls
    assert morning.source_readers == 2  # each round's phases share what was read, in the flow's threads too
    assert morning.left["rounds"]


def test_round_frees_the_disk_of_files_that_nothing_names(morning: Morning) -> None:
    assert morning.kept_files == {"named": True, "dropped": False, "young": True}


def test_flow_of_a_phase_does_the_verbs_of_the_phase_in_order(morning: Morning) -> None:
    """The phases are written out in `flows/`, and again in the table of the plain round."""
    for phase in Phase:
        called = [name.removesuffix(": all grants").replace(" ", "_") for name in morning.tasks[phase]]
        assert called == [verb.__name__ for verb in PHASES[phase]]
        assert all(hasattr(phase_tasks, name) for name in called)


def test_round_does_every_phase_as_a_run_of_its_own_between_its_own_verbs(morning: Morning) -> None:
    assert list(FLOWS) == list(Phase)
    around = [verb.__name__.replace("_", " ") for verb in TASKS]
    assert [name for name in morning.tasks["round"] if name in around] == around
    *runs, delivery = morning.runs
    assert delivery.startswith("Utskick ")  # of today
    assert runs == [
        "Daglig genomgång 2010-10-08",
        "Ansökan 2010-10-08",
        "Beslut 2010-10-08",
        "Uppföljning 2010-10-08",
        "Slutrapport 2010-10-08",
        "Sista utbetalningen 2010-10-08",
    ]


def test_overview_says_where_each_grant_stands(morning: Morning) -> None:
    summary, table = morning.overview
    rows = [line for line in table.splitlines() if line.startswith("| [SN-")]
    assert len(rows) == 11
    assert "Pågående bidrag: 11. Hänger på dem: " in summary
    assert re.match(r"Läget \d+ \w+( \d{4})? kl\.\s\d\d\.\d\d\. ", summary)  # dated to the minute
    # The round was a past day's: the page counts from the day on which it is looked at.
    # What the funder is late with is not ours: it comes last, and not in bold.
    with_funder = ["<br>Bidragsgivaren<br>" in line for line in rows]
    assert with_funder == [False] * 8 + [True] * 3
    assert ["försenat**<br>" in line for line in rows] == [not theirs for theirs in with_funder]
    assert ["längre än väntat<br>" in line for line in rows] == with_funder
    assert summary.endswith("Försenade: 8.")
    assert "Två personer" in rows[0]  # of the late ones first what waits to be released
    page = "http://127.0.0.1:8480/grants/SN-007"
    # Midnight may have passed while the round ran.
    said = {
        f"| [SN-007]({page})<br>Hemlöshet: bostad först | Slutrapport<br>Handläggaren<br>Skede: Slutrapport"
        f" | **{(day - date(2010, 9, 30)).days} dagar försenat**<br>30 september 2010<br>105 000 kr |"
        for day in (morning.began_on, _day(datetime.now(UTC)))
    }
    assert {line.replace("\xa0", " ") for line in rows} & said


def test_what_needs_somebody_comes_first(told: Engine) -> None:
    rows = portfolio_figures(told, TODAY, translator("sv")).tightest
    late = [row for row in rows if row.is_late]
    assert [row.slack_days for row in late] == [-8, -1]
    assert rows[: len(late)] == tuple(late)
    assert InstalmentStatus.RELEASABLE in {part.status for part in rows[len(late)].instalments}


def test_report_says_what_the_round_came_to(morning: Morning) -> None:
    summary, table = morning.report
    assert summary.startswith("8 oktober 2010. Steg som gicks igenom: 14. Påminnelser: 12. Eskaleringar: 2. ")
    assert "| Eskaleringar | 2 |" in table


def test_scheduled_round_does_what_is_unfinished_only(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day_flow, "on_schedule", lambda: True)
    begin_round(sample, RoundDay(TODAY, datetime.now(UTC)))  # and its process died
    assert ended(daily_round(on=TODAY, return_state=True))[0] == "Completed"
    assert ended(daily_round(on=TODAY, return_state=True)) == ("DoneAlready", "redan gjord")


@pytest.mark.parametrize(
    ("country", "on", "message"),
    [
        pytest.param("SE", date(2010, 10, 9), "Helg", id="a Saturday"),
        pytest.param("DE-BY", date(2011, 1, 6), "Helgdag: Epiphany", id="in a part of another country"),
    ],
)
def test_round_rests_when_offices_are_closed(
    sample: Engine, monkeypatch: pytest.MonkeyPatch, country: str, on: date, message: str
) -> None:
    monkeypatch.setenv("GRANTS_COUNTRY", country)
    assert ended(daily_round(on=on, return_state=True)) == ("DayOff", message)
    assert rows_of(sample)["rounds"] == []


@pytest.mark.parametrize("flow", [daily_round, follow_up])
@pytest.mark.parametrize(
    ("asked", "why"),
    [
        pytest.param(
            {"on": TODAY, "grant": "SN-999"}, "Det finns inget bidrag med det numret", id="no such grant"
        ),
        pytest.param(
            {"on": datetime.now(UTC).date() + timedelta(days=2)}, "ligger i framtiden", id="a day to come"
        ),
    ],
)
def test_run_that_is_asked_for_in_vain_fails_in_one_line(
    sample: Engine, flow: Any, asked: dict[str, Any], why: str
) -> None:
    name, message = ended(flow(**asked, return_state=True))
    assert (name, why in message, len(message.splitlines())) == ("Failed", True, 1)


def test_phase_by_hand_tells_nobody_on_a_day_off(sample: Engine) -> None:
    before = rows_of(sample)
    assert ended(final_report(on=date(2010, 10, 9), return_state=True)) == ("Completed", "inget att göra")
    assert rows_of(sample) == before


def test_run_for_one_grant_leaves_the_others_alone_and_is_not_the_days_round(sample: Engine) -> None:
    before = rows_of(sample)["notices"]
    name, message = ended(final_report(on=TODAY, grant="SN-007", return_state=True))
    assert (name, message) == ("Completed", "1 genomgångna, 1 eskalerade")
    assert ended(daily_round(on=TODAY, grant="SN-007", return_state=True))[0] == "Completed"
    new = [row for row in rows_of(sample)["notices"] if row not in before]
    assert len({step_id for step_id, *_ in new}) == 1
    assert rows_of(sample)["rounds"] == []


def test_broken_grant_or_part_stops_no_other_and_the_round_stays_open(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phase_tasks.settle_gate, "retry_delay_seconds", [0, 0])
    raises = "BEGIN SELECT RAISE(ABORT, 'a letter to someone@example.org'); END"
    with transaction(sample) as connection:
        connection.execute(
            text(
                "CREATE TRIGGER broken BEFORE INSERT ON notice WHEN NEW.step_id IN (SELECT step.id FROM step"
                f' JOIN "grant" ON "grant".id = step.grant_id WHERE reference = \'SN-007\') {raises}'
            )
        )
        connection.execute(text("ALTER TABLE instalment RENAME TO gone"))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert name == "Failed"
    assert "inte gjort: Sista utbetalningen: settle gate: " in message
    assert " 12 påminda, 1 eskalerade, " in message
    with reading(sample) as connection:
        completed = connection.execute(text("SELECT completed_at FROM day_round")).scalar_one()
        letters = connection.execute(text("SELECT count(*) FROM letter")).scalar_one()
    assert completed is None
    assert letters > 0
    assert _heard_by_automations(name) == (True, False)


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
    monkeypatch.setenv("GRANTS_SECRET_KEYS", "the key of the tests' machines")
    monkeypatch.setattr(phase_tasks.notify_owners, "retry_delay_seconds", [0, 0])
    load_sample(engine, TODAY, datetime.now(UTC))
    with transaction(engine) as connection:
        connection.execute(text(_CUTS_OFF_ONCE))
    name, message = ended(final_report(on=TODAY, return_state=True))
    said = "10 genomgångna, 8 påminda, 2 eskalerade"
    assert (name, message.partition(";")[0]) == ("Completed", said)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT last_value > 1 FROM cut_off")).scalar_one()
    engine.dispose()


def test_round_whose_sources_alone_failed_shows_it_and_is_mailed_of_by_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can put the source right was written to; a second letter each morning would say nothing new."""
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    monkeypatch.setenv("GRANTS_DATABASE_URL", str(engine.url))
    name, message = ended(daily_round(on=MORNING, return_state=True))
    assert message.endswith("; 1 utan siffror från ledger of sourced-funds")
    _, report = shown_by("round-report")
    assert "| Steg som saknar uppgifter från en källa | 1 |\n| Gick inte att göra | 0 |\n" in report
    assert _heard_by_automations(name) == (False, True)
    engine.dispose()


def _heard_by_automations(name: str) -> tuple[bool, bool]:
    """Return whether a run that ends so is mailed of, and whether it is a round that completed."""
    heard = {one.name: one.trigger.model_dump()["expect"] for one in wanted_automations(uuid4(), uuid4())}
    event = f"prefect.flow-run.{name}"
    return event in heard["grants: a run failed"], event in heard["grants: no round completes"]


def test_run_without_a_database_fails_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    name, message = ended(daily_round(on=TODAY, return_state=True))
    assert name == "Failed"
    assert "grants init" in message
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
