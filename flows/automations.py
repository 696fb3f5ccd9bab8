"""Keep Prefect's automations: who hears of a failed run, and what happens when a run's process died.

`python -m flows.automations` makes them after a deploy, by their names, and changes those that
differ. One that an administrator has switched off stays off.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from prefect.automations import ChangeFlowRunState, EventTrigger, Posture, RunDeployment
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events.schemas.automations import AutomationCore

from flows.runs import DAY_OFF, DONE_ALREADY, RUN_TAG, SOURCES_SILENT
from models.rules.round_times import NO_ROUND_WITHIN

DAILY_ROUND = "daily-round/daily-round"
TELL_THE_ADMIN = "tell-the-admin/tell-the-admin"
NO_ROUND = "no-round"  # the message with which the automation for a missing round calls tell-the-admin
_HOURS = NO_ROUND_WITHIN // timedelta(hours=1)
# Three of Prefect's heartbeats (PREFECT_FLOWS_HEARTBEAT_FREQUENCY in deployments/prefect.env).
SILENT_FOR = timedelta(seconds=90)
ENDED_WELL = frozenset({"Completed", DAY_OFF, DONE_ALREADY, SOURCES_SILENT})
ENDED_BADLY = frozenset({"Failed", "Crashed", "TimedOut"})


def wanted_automations(daily_round: UUID, tell_the_admin: UUID) -> list[AutomationCore]:
    """Return the automations: one runs a round again, one ends silent runs, three write to the administrator."""
    of_run = {"about": "flow.name", "message": "flow_run.state.message", "run": "flow_run.id"}
    parameters = {
        name: {"__prefect_kind": "jinja", "template": f"{{{{ {fact} }}}}"} for name, fact in of_run.items()
    }
    tell = RunDeployment(source="selected", deployment_id=tell_the_admin, parameters=parameters)
    return [
        AutomationCore(
            name="grants: a round's process died",
            description="Runs the day's round again, once: it does what is left, and repeats nothing.",
            # Prefect's own tag of a scheduled run. Without it, a rerun that crashes would be
            # started again for ever.
            trigger=_ended({"Crashed"}, [f"prefect.deployment.{daily_round}", "prefect.tag.auto-scheduled"]),
            actions=[RunDeployment(source="selected", deployment_id=daily_round)],
        ),
        AutomationCore(
            name="grants: a run went silent",
            description="Marks a run as crashed whose process and worker are gone, so that nobody else can say it.",
            trigger=EventTrigger(
                posture=Posture.Proactive,
                after={"prefect.flow-run.heartbeat"},
                expect={"prefect.flow-run.*"},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related=_related([f"prefect.tag.{RUN_TAG}"]),
                for_each={"prefect.resource.id"},
                threshold=1,
                within=SILENT_FOR,
            ),
            actions=[ChangeFlowRunState(state=StateType.CRASHED, message="The run went silent")],
        ),
        AutomationCore(
            name="grants: a run failed",
            description="Writes to the administrator when a run tagged mail-on-failure ends badly.",
            trigger=_ended(ENDED_BADLY, ["prefect.tag.mail-on-failure"]),
            actions=[tell],
        ),
        AutomationCore(
            name="grants: the watch crashed",
            description="Writes to the administrator when the watch crashes; what it finds it tells itself.",
            trigger=_ended({"Crashed", "TimedOut"}, ["prefect.tag.mail-on-crash"]),
            actions=[tell],
        ),
        AutomationCore(
            name="grants: no round completes",
            description=f"Writes to the administrator when no daily round has completed for {_HOURS} hours.",
            trigger=EventTrigger(
                posture=Posture.Proactive,
                expect={f"prefect.flow-run.{name}" for name in ENDED_WELL},
                match={"prefect.resource.id": "prefect.flow-run.*"},
                match_related=_related([f"prefect.deployment.{daily_round}"]),
                threshold=1,
                within=NO_ROUND_WITHIN,
            ),
            actions=[
                RunDeployment(
                    source="selected",
                    deployment_id=tell_the_admin,
                    parameters={"about": "daily-round", "message": NO_ROUND},
                )
            ],
        ),
    ]


def _ended(names: set[str] | frozenset[str], related: Sequence[str]) -> EventTrigger:
    """Return the trigger for runs that end so and are related to all of these."""
    return EventTrigger(
        posture=Posture.Reactive,
        expect={f"prefect.flow-run.{name}" for name in names},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related=_related(related),
        threshold=1,
        within=timedelta(0),
    )


def _related(ids: Sequence[str]) -> list[Mapping[str, str]]:
    return [{"prefect.resource.id": id_} for id_ in ids]


def keep_automations() -> int:
    """Make the automations, or change those that differ; return how many that were."""
    changed = 0
    with get_client(sync_client=True) as client:
        daily_round = client.read_deployment_by_name(DAILY_ROUND).id
        tell_the_admin = client.read_deployment_by_name(TELL_THE_ADMIN).id
        for wanted in wanted_automations(daily_round, tell_the_admin):
            kept = client.read_automations_by_name(wanted.name)
            for double in kept[1:]:
                client.delete_automation(double.id)
            if not kept:
                client.create_automation(wanted)
                changed += 1
                continue
            # An update empties an automation's open windows, so it is sent only if something differs.
            own = {"id", "enabled", "owner_resource", "tags"}
            if kept[0].model_dump(exclude=own) != wanted.model_dump(exclude=own):
                client.update_automation(kept[0].id, wanted.model_copy(update={"enabled": kept[0].enabled}))
                changed += 1
    return changed


if __name__ == "__main__":
    keep_automations()
