"""Decisions: watch the funder's clock, remind who must ask, escalate where nobody did."""

from datetime import date

from prefect import State

from flows.phase_tasks import escalate_missed_steps, gather_data, notify_owners, open_phase, phase_flow
from models.vocabulary import Phase


@phase_flow("decision")
def decision(on: date | None = None, grant: str | None = None) -> State:
    """Decisions: watch the funder's clock, remind who must ask, escalate where nobody did."""
    run = open_phase(Phase.DECISION, on, grant)
    run.do(gather_data)
    run.do_in_batches(notify_owners, escalate_missed_steps)
    return run.end()
