"""Word the forms of the commands, and the names of runs, in the office's language, and link to forms filled in."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType

from tasks.prefect.keys import INSTALLATION
from tasks.settings import language_set
from tasks.words.templates import one_paragraph, words_of
from tasks.words.translator import Translator

_GRANTS = DeploymentFilter(tags=DeploymentFilterTags(any_=["grants", "grants-alarm"]))
_MOST = 200


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms that Prefect's interface has, by the deployment's name."""

    ids: Mapping[str, UUID]

    def address(self, name: str, given: Mapping[str, object] | None = None) -> str:
        """Return where the form opens filled in, on Prefect's own host; empty where there is no such form."""
        if name not in self.ids:
            return ""
        filled = f"?parameters={quote(json.dumps(given, ensure_ascii=False), safe='')}" if given else ""
        return f"/deployments/deployment/{self.ids[name]}/run{filled}"


async def find_forms() -> Forms:
    """Return the forms that are deployed."""
    async with get_client() as client:
        found = await client.read_deployments(deployment_filter=_GRANTS, limit=_MOST)
    return Forms({one.name: one.id for one in found})


async def word_forms(say: Translator, choices: Mapping[str, Sequence[str]]) -> int:
    """Say in the office's language what each flow does and asks, with the fields' choices; return how many changed.

    `prefect deploy` writes its own descriptions, in English; this is done again after it.
    """
    words = words_of(say.language, "administration/forms.j2")
    changed = 0
    async with get_client() as client:
        for one in await client.read_deployments(deployment_filter=_GRANTS, limit=_MOST):
            schema = deepcopy(one.parameter_openapi_schema or {})
            # Nobody fills that in: each run gets it from the deployment.
            schema.get("properties", {}).pop(INSTALLATION, None)
            for name, field in schema.get("properties", {}).items():
                _word_field(name, field, words, choices)
            about = one_paragraph(words.about(one.name))
            if (schema, about) != (one.parameter_openapi_schema, one.description):
                update = DeploymentUpdate(parameter_openapi_schema=schema, description=about, tags=one.tags)
                await client.update_deployment(one.id, update)
                changed += 1
    return changed


def word_part(say: Translator, number: object) -> str:
    """Return what a form calls a part of a grant."""
    words = words_of(say.language, "administration/forms.j2")
    return one_paragraph(words.part(number))


def _word_field(name: str, field: dict[str, Any], words: Any, choices: Mapping[str, Sequence[str]]) -> None:
    field["title"], field["description"] = one_paragraph(words.label(name)), one_paragraph(words.help(name))
    # A date that may be left out: the form would offer to choose "None" as a kind of date.
    filled = [kind for kind in field.pop("anyOf", ()) if kind.get("type") != "null"]
    for kind in filled:
        field |= kind
        field.pop("default", None)
    if choices.get(name):
        field["enum"] = list(choices[name])
    else:
        field.pop("enum", None)


_PLANNED = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))


def word_run(what: str, *facts: object) -> str:
    """Return in a line, in the office's language, what a run or task is called or came to: a macro, and its facts."""
    words = words_of(language_set(), "administration/runs.j2")
    return one_paragraph(getattr(words, what)(*facts))


async def name_planned_runs(zone: ZoneInfo) -> int:
    """Name each planned run by its deployment and local time: "Daily round 2026-11-30 07:00"; return how many."""
    named = 0
    async with get_client() as client:
        deployments = {one.id: one.name for one in await client.read_deployments(limit=_MOST)}
        for run in await client.read_flow_runs(flow_run_filter=_PLANNED, limit=_MOST):
            if not run.auto_scheduled or run.deployment_id not in deployments or not run.expected_start_time:
                continue
            at = run.expected_start_time.astimezone(zone)
            title = word_run("title", deployments[run.deployment_id])
            name = f"{title} {at:%Y-%m-%d %H:%M}"
            if run.name != name:
                await client.update_flow_run(run.id, name=name)
                named += 1
    return named
