"""Deploy what prefect.yaml names, on the test's server: schedules, pauses, what runs are told, automations."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect import flow, task
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL
from prefect.states import Running, Scheduled

from deployments.migrations.upgrade import upgrade_schema
from deployments.shipped_files import PREFECT_FILE
from deployments.up.deploy import deploy, describe_deployments
from flows.automations import keep_automations, wanted_automations
from flows.left_over_runs import end_left_over_runs
from flows.runs import ROUND_SECONDS
from models.rules.round_times import ROUND_HOURS
from models.vocabulary import Phase
from tasks.settings import load_settings
from tasks.store.database import open_engine


@pytest.fixture(scope="module")
def deployed(prefect_server: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every deployment of prefect.yaml, as `grants deploy` makes them; the home from which it did."""
    home = tmp_path_factory.mktemp("office")
    assert deploy_from(home)
    return home


def deploy_from(home: Path, **settings: str) -> bool:
    """Deploy on the test's server what a home and its settings give; return whether anything was to be done."""
    engine = open_engine(f"sqlite:///{home / 'grantline.db'}")
    upgrade_schema(engine)
    environment = {**os.environ, "PREFECT_API_URL": str(PREFECT_API_URL.value())}
    try:
        return deploy(load_settings(home=home, database_url="", **settings), engine, environment)
    finally:
        engine.dispose()


def test_automations_are_kept_and_never_doubled(deployed: Path) -> None:
    with get_client(sync_client=True) as client:
        wanted = [one.name for one in wanted_automations(uuid4(), uuid4())]
        # Another test, in the same server, may have made the automation of the README.
        ours = [one.name for one in client.read_automations() if one.name.startswith("grants: ")]
        assert sorted(ours) == sorted(wanted)
        assert keep_automations() == 0
        (one,) = client.read_automations_by_name("grants: a run failed")
        client.pause_automation(one.id)
        double = AutomationCore(**one.model_dump(exclude={"id"})).model_copy(
            update={"description": "a double"}
        )
        client.create_automation(double)
        keep_automations()
        (kept,) = client.read_automations_by_name("grants: a run failed")
        assert kept.description.startswith("Writes to the administrator")
        assert keep_automations() == 0
        # As where a deploy broke off before them: the deployments are as they should be.
        for automation in client.read_automations():
            client.delete_automation(automation.id)
        assert not deploy_from(deployed)
        made = client.read_automations()
        assert sorted(one.name for one in made) == sorted(wanted)
        for automation in made:
            client.delete_automation(automation.id)


def test_watch_marks_our_runs_as_crashed_that_run_for_longer_than_any_may() -> None:
    now = datetime.now(UTC)
    ours = a_run_that_nobody_ends(now - timedelta(days=1), tags=["grants"])
    with get_client(sync_client=True) as client:
        begun = client.create_task_run(a_part, flow_run_id=ours, dynamic_key="0")
    runs = {
        "ours": ours,
        "a part of ours": a_run_that_nobody_ends(now - timedelta(days=1), parent_task_run_id=begun.id),
        "a stranger's": a_run_that_nobody_ends(now - timedelta(days=1), tags=["theirs"]),
    }
    # They were scheduled yesterday and have just begun, as after a night without a worker.
    look_at_runs(now)
    assert ended(runs) == []
    look_at_runs(now + timedelta(seconds=ROUND_SECONDS + 60))
    assert ended(runs) == ["ours", "a part of ours"]


@flow
def look_at_runs(now: datetime) -> None:
    """End what is left over, in a run: it writes into the run's log."""
    end_left_over_runs(now)


@task
def a_part() -> None:
    """Stand in the parent for a subflow, as Prefect's own tasks do."""


def a_run_that_nobody_ends(scheduled: datetime, **known: Any) -> UUID:
    """Make a run that was scheduled then, begins now, and looks alive ever after; return its id."""

    @flow(name="left-over")
    def left_over() -> None:
        """Do nothing."""

    with get_client(sync_client=True) as client:
        run = client.create_flow_run(left_over, state=Scheduled(scheduled_time=scheduled), **known)
        client.set_flow_run_state(run.id, Running(), force=True)
    return run.id


def ended(runs: dict[str, UUID]) -> list[str]:
    """Return which of the runs are marked as crashed."""
    with get_client(sync_client=True) as client:
        found = {name: client.read_flow_run(run).state for name, run in runs.items()}
    return [name for name, state in found.items() if state and state.name == "Crashed"]


DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))["deployments"]


def test_deployment_is_described_tagged_and_scheduled_as_agreed() -> None:
    for entry in DEPLOYMENTS:
        name, tags = entry["name"], entry["tags"]
        deployed: Flow[..., Any] = load_flow_from_entrypoint(entry["entrypoint"])
        assert deployed.name == name
        assert entry["description"].startswith("**"), name
        assert ("grants" in tags) is (name != "tell-the-admin"), name
        # An automation that a run sets off must not be set off by that run.
        assert (name == "tell-the-admin") is ("grants-alarm" in tags), name
        # A pause in Prefect's interface would not survive an "active:".
        for schedule in entry.get("schedules", []):
            assert schedule.keys() - {"day_or"} == {"cron", "timezone", "slug"}
            assert schedule["timezone"] == "Europe/Stockholm"


def test_round_begins_at_the_hours_that_rules_know() -> None:
    (daily,) = (one for one in DEPLOYMENTS if one["name"] == "daily-round")
    hours = ",".join(str(hour) for hour in ROUND_HOURS)
    assert [one["cron"] for one in daily["schedules"]] == [f"0 {hours} * * 1-5"]


def test_round_runs_on_the_days_on_which_the_country_works() -> None:
    made = describe_deployments("Asia/Riyadh", "SA", {})["deployments"]
    crons = {one["name"]: [schedule["cron"] for schedule in one.get("schedules", ())] for one in made}
    assert crons["daily-round"] == ["0 7,9,12 * * 0,1,2,3,4"]  # from Sunday to Thursday


def test_schedules_make_few_runs_on_a_quiet_day() -> None:
    from prefect.server.schemas.schedules import CronSchedule  # as in the fixture of the server

    schedules = {entry["name"]: entry["schedules"] for entry in DEPLOYMENTS if "schedules" in entry}
    assert sorted(schedules) == ["daily-round", "watch"]
    monday = datetime(2026, 11, 30, tzinfo=ZoneInfo("Europe/Stockholm"))
    runs = {
        name: [
            at for at in asyncio.run(CronSchedule(**_cron(one)).get_dates(40, monday)) if at.day == monday.day
        ]
        for name, (one,) in schedules.items()
    }
    assert [at.hour for at in runs["daily-round"]] == [7, 9, 12]
    # One round has a run a phase and one for its delivery.
    assert len(runs["daily-round"]) + len(runs["watch"]) + len(Phase) + 1 <= 40


def _cron(schedule: dict[str, Any]) -> dict[str, Any]:
    return {"cron": schedule["cron"], "timezone": schedule["timezone"]}
