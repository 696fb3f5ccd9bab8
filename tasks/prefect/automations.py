"""Keep Prefect's automations: found by name, changed only where they differ, never doubled."""

import logging
from datetime import timedelta
from uuid import UUID

from prefect.automations import ChangeFlowRunState, EventTrigger, Posture, RunDeployment
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.events.schemas.automations import Automation, AutomationCore
from prefect.exceptions import ObjectNotFound

log = logging.getLogger(__name__)

TELL_THE_ADMIN = "tell-the-admin/tell-the-admin"
DAILY_ROUND = "daily-round/daily-round"
# Friday 07:00 to Monday 08:00 and a little; a holiday's run completes as well, so no holiday makes it longer.
ROUND_WITHIN = timedelta(hours=74)
NO_ROUND = "no daily round has completed for 74 hours"
# Three of Prefect's heartbeats, which come every three minutes unless it is told otherwise.
SILENT_FOR = timedelta(minutes=9)
# How a run ends when sources alone failed, which is told of by itself: who can put one right was written to.
SOURCES_SILENT = "SourcesSilent"
DAY_OFF = "DayOff"
_ENDED_BADLY = {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"}


async def keep_automations() -> int:
    """Create the automations, or change those that differ; return how many that were.

    Nothing is done while the deployments that they run do not exist.

    An automation that an administrator has switched off stays off.
    """
    async with get_client() as client:
        try:
            tell = await client.read_deployment_by_name(TELL_THE_ADMIN)
            daily = await client.read_deployment_by_name(DAILY_ROUND)
        except ObjectNotFound:
            return 0
        changed = 0
        for wanted in wanted_automations(tell.id, daily.id):
            found = await client.read_automations_by_name(wanted.name)
            for double in found[1:]:
                await client.delete_automation(double.id)
            if not found:
                await client.create_automation(wanted)
                changed += 1
            elif await _update(client, found[0], wanted):
                changed += 1
    log.info("automations kept", extra={"changed": changed})
    return changed


async def _update(client: PrefectClient, found: Automation, wanted: AutomationCore) -> bool:
    # An update empties an automation's open windows, so it is sent only where something differs.
    told = {"id", "enabled", "owner_resource", "tags"}
    if found.model_dump(exclude=told) == wanted.model_dump(exclude=told):
        return False
    await client.update_automation(found.id, wanted.model_copy(update={"enabled": found.enabled}))
    return True


def wanted_automations(tell_id: UUID, daily_round_id: UUID) -> tuple[AutomationCore, ...]:
    """Return the automations: three write to the administrator, one ends runs whose process is gone."""
    return (
        _ended(
            "grants: a run failed",
            "Writes to the administrator when a run tagged mail-on-failure fails or crashes.",
            "mail-on-failure",
            _ENDED_BADLY,
            tell_id,
        ),
        _ended(
            "grants: the watch crashed",
            "Writes to the administrator when the watch crashes; what it finds it tells itself.",
            "mail-on-crash",
            {"prefect.flow-run.Crashed"},
            tell_id,
        ),
        AutomationCore(
            name="grants: no round completes",
            description="Writes to the administrator when no daily round has completed for 74 hours.",
            enabled=True,
            trigger=EventTrigger(
                posture=Posture.Proactive,
                expect={f"prefect.flow-run.{name}" for name in ("Completed", DAY_OFF, SOURCES_SILENT)},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={
                    "prefect.resource.role": "deployment",
                    "prefect.resource.id": f"prefect.deployment.{daily_round_id}",
                },
                threshold=1,
                within=ROUND_WITHIN,
            ),
            actions=[_tell(tell_id, about="daily-round", message=NO_ROUND)],
        ),
        AutomationCore(
            name="grants: a run went silent",
            description="Marks a run as crashed when its process is gone, which a worker that died cannot say.",
            enabled=True,
            trigger=EventTrigger(
                posture=Posture.Proactive,
                after={"prefect.flow-run.heartbeat"},
                expect={"prefect.flow-run.*"},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related={"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.grants"},
                for_each={"prefect.resource.id"},
                threshold=1,
                within=SILENT_FOR,
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="The run went silent")],
        ),
    )


def _ended(name: str, description: str, tag: str, expect: set[str], tell_id: UUID) -> AutomationCore:
    """Return the automation that writes of each run with a tag that ends so."""
    trigger = EventTrigger(
        posture=Posture.Reactive,
        expect=expect,
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related={"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{tag}"},
        threshold=1,
        within=timedelta(0),
    )
    told = {"about": "flow.name", "message": "flow_run.state.message", "run": "flow_run.id"}
    of_run = {
        key: {"__prefect_kind": "jinja", "template": f"{{{{ {expression} }}}}"}
        for key, expression in told.items()
    }
    return AutomationCore(
        name=name,
        description=description,
        enabled=True,
        trigger=trigger,
        actions=[_tell(tell_id, **of_run)],
    )


def _tell(deployment_id: UUID, **parameters: object) -> RunDeployment:
    return RunDeployment(source="selected", deployment_id=deployment_id, parameters=parameters)
