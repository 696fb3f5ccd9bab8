"""Name runs in the office's language; one that a schedule has planned from the start, not by chance as Prefect does."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType

from tasks.settings import language_set
from tasks.words.templates import one_paragraph, words_template

_PLANNED = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])))
_MOST = 200


def word_run(what: str, *facts: object) -> str:
    """Return in a line, in the office's language, what a run or task is called or came to: a macro, and its facts."""
    words = words_template(language_set(), "administration/runs.j2").make_module({})
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
