"""Release of what is withheld: settle the gates, gather, remind of releases and claims, escalate."""

from datetime import date

from prefect import State

from flows.phase_tasks import (
    escalate_missed_steps,
    gather_data,
    notify_owners,
    open_phase,
    phase_flow,
    settle_gate,
)
from models.vocabulary import Phase


@phase_flow("release")
def release(on: date | None = None, grant: str | None = None) -> State:
    """Release of what is withheld: settle the gates, gather, remind of releases and claims, escalate."""
    run = open_phase(Phase.RELEASE, on, grant)
    run.do(settle_gate)
    run.do(gather_data)
    run.do_in_batches(notify_owners, escalate_missed_steps)
    return run.end()
