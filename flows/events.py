"""Send what Prefect's event feed shows of a phase: its end with its counts, and each escalation."""

from dataclasses import asdict

from prefect.events import emit_event

from flows.runs import open_office, try_to
from models.vocabulary import Phase
from tasks.overview.journal import list_escalations
from tasks.round.days import Counts, RoundDay
from tasks.store.database import reading


def send_phase_ended(day: RoundDay, phase: Phase, done: Counts) -> None:
    """Send one event for the phase, with its counts, and one for each step that it escalated.

    The feed is decoration: no run fails for it.
    """
    counts = {name: value for name, value in asdict(done).items() if isinstance(value, int)}
    resource = {"prefect.resource.id": f"grantline.phase.{phase}", "prefect.resource.name": str(phase)}
    emit_event("grantline.phase.ended", resource, payload={"on": day.on.isoformat(), **counts})
    try_to(lambda: send_escalations(day.after_event), "events")


def send_escalations(after: int) -> None:
    """Send an event for each escalation after an event of the journal; Prefect keeps a repeat once."""
    with reading(open_office().engine) as connection:
        escalations = list_escalations(connection, after)
    for escalation in escalations:
        resource = {
            "prefect.resource.id": f"grantline.grant.{escalation.reference}",
            "prefect.resource.name": escalation.reference,
            **{f"grantline.{label}": value for label, value in escalation.labels.items()},
        }
        emit_event("grantline.step.escalated", resource, occurred=escalation.at, id=escalation.id)
