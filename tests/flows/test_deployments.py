"""Deploy what prefect.yaml names, on the test's server: automations, pauses, one delivery at a time, the forms."""

import asyncio
import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.settings import PREFECT_API_URL
from prefect.utilities.callables import parameter_schema
from sqlalchemy import Engine

from deployments.migrations.upgrade import upgrade_schema
from deployments.shipped_files import PREFECT_FILE
from deployments.up.deploy import deploy
from deployments.up.fresh_pages import FreshPages
from deployments.up.prefect_api import PrefectApi
from flows.context import open_context
from flows.overview import keep_forms, overview
from models.vocabulary import Phase, Role
from tasks.prefect.automations import keep_automations
from tasks.prefect.keys import CURSOR
from tasks.settings import load_settings
from tasks.store.database import open_engine
from tasks.words.names import word_name
from tasks.words.templates import one_paragraph, words_of
from tasks.words.translator import translator
from tests.flows.runs import end_of


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


async def automations_by_name() -> dict[str, Any]:
    async with get_client() as client:
        found = await client.read_automations()
    assert len(found) == len({one.name for one in found})
    return {one.name: one for one in found}


def test_automations_are_kept_and_never_doubled(deployed: Path) -> None:
    async def story() -> None:
        assert await keep_automations() == 4
        assert await keep_automations() == 0
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
        assert await keep_automations() == 0
        async with get_client() as client:
            for automation in await client.read_automations():
                await client.delete_automation(automation.id)

    asyncio.run(story())


def test_changed_settings_are_deployed_again_to_planned_runs_too_and_a_pause_survives(deployed: Path) -> None:
    async def schedules(*, pause: bool = False) -> list[tuple[UUID, bool]]:
        async with get_client() as client:
            found = await client.read_deployment_by_name("daily-round/daily-round")
            for each in found.schedules if pause else ():
                await client.update_deployment_schedule(found.id, each.id, active=False)
        return [(each.id, each.active) for each in found.schedules]

    async def told(run: UUID | None = None) -> list[tuple[UUID, Any]]:
        async with get_client() as client:
            one = await client.read_deployment_by_name("daily-round/daily-round")
            planned = (
                await client.read_flow_run(run)
                if run
                else await client.create_flow_run_from_deployment(one.id)
            )
        return [(planned.id, asked["installation"]["mail"]) for asked in (one.parameters, planned.parameters)]

    assert not deploy_from(deployed)
    (_, before), (run, planned) = asyncio.run(told())
    assert (before, planned) == ("", "")
    paused = asyncio.run(schedules(pause=True))
    assert deploy_from(deployed, smtp_host="mail.example.org")
    assert [mail for _, mail in asyncio.run(told(run))] == ["mail.example.org:587"] * 2
    assert asyncio.run(schedules()) == [(each, False) for each, _ in paused]


DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(PREFECT_FILE.read_text(encoding="utf-8"))["deployments"]


def test_deployment_is_described_tagged_and_scheduled_as_agreed() -> None:
    for entry in DEPLOYMENTS:
        name, tags = entry["name"], entry["tags"]
        flow: Flow[..., Any] = load_flow_from_entrypoint(entry["entrypoint"])
        assert flow.name == name
        assert entry["description"].startswith("**"), name
        is_command = entry["entrypoint"].startswith("flows.admin_commands.")
        assert ("command" in tags) is is_command, name
        assert ("grants" in tags) is (name != "tell-the-admin"), name
        # An automation that a run sets off must not be set off by that run.
        assert (name == "tell-the-admin") is ("grants-alarm" in tags), name
        # A pause in Prefect's interface would not survive an "active:".
        for schedule in entry.get("schedules", []):
            assert schedule.keys() - {"day_or"} == {"cron", "timezone", "slug"}
            assert schedule["timezone"] == "Europe/Stockholm"
        if is_command:  # nobody has chosen a role yet
            schema = parameter_schema(flow)
            assert {"grant", "asked_by"} <= set(schema.required), name
            assert "default" not in schema.properties["asked_by"], name


@pytest.mark.parametrize("language", ["sv", "en"])
def test_forms_speak_the_offices_language_and_offer_what_there_is(
    deployed: Path, sample: Engine, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", language)
    say = translator(language)

    async def worded() -> dict[str, Any]:
        await keep_forms(open_context())
        async with get_client() as client:
            return {
                one["name"]: await client.read_deployment_by_name(f"{one['name']}/{one['name']}")
                for one in DEPLOYMENTS
            }

    flows = asyncio.run(worded())
    words = words_of(language, "administration/forms.j2")
    for name, one in flows.items():
        fields = one.parameter_openapi_schema.get("properties", {})
        assert [field for field, shown in fields.items() if shown["title"] in ("", field)] == []
        assert one.description == one_paragraph(words.about(name)) != ""
    forms = {name: one for name, one in flows.items() if "command" in one.tags}
    for one in forms.values():
        fields = one.parameter_openapi_schema["properties"]
        assert fields["asked_by"]["enum"] == [word_name(say, "role", role) for role in Role]
        assert [field for field in fields.values() if "anyOf" in field or "--" in field["description"]] == []
        assert "--" not in one.description
        assert "grants" in one.tags
    steps = forms["extend-a-step"].parameter_openapi_schema["properties"]["step"]["enum"]
    assert {"Slutrapport", "Final report"} & set(steps) == {
        "Slutrapport" if language == "sv" else "Final report"
    }
    parts = forms["release-an-instalment"].parameter_openapi_schema["properties"]["instalment"]["enum"]
    assert parts == (["Del 1", "Del 2"] if language == "sv" else ["Part 1", "Part 2"])


async def forget_journal() -> None:
    async with get_client() as client:
        with suppress(ObjectNotFound):
            await client.delete_variable_by_name(CURSOR)


def test_look_asks_for_the_pages_where_something_happened_and_only_then(deployed: Path, told: Engine) -> None:
    asyncio.run(forget_journal())
    pages = FreshPages(told, PrefectApi(str(PREFECT_API_URL.value())))
    assert pages.look()
    assert end_of(overview(return_state=True)).is_completed()
    assert not pages.look()


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
    assert [at.hour for at in runs["daily-round"]] == [7, 7, 7, 9, 9, 9, 12, 12, 12]
    # One round has a run a phase and asks for a delivery.
    assert len(runs["daily-round"]) + len(runs["watch"]) + len(Phase) + 1 <= 40


def _cron(schedule: dict[str, Any]) -> dict[str, Any]:
    return {"cron": schedule["cron"], "timezone": schedule["timezone"]}
