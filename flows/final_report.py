"""Final reports: check that they can be ready in time, gather, remind, escalate the late ones."""

from datetime import date

from prefect import State

from flows.phase_tasks import (
    check_readiness,
    escalate_missed_steps,
    gather_data,
    notify_owners,
    open_phase,
    phase_flow,
)
from models.vocabulary import Phase


@phase_flow("final-report")
def final_report(on: date | None = None, grant: str | None = None) -> State:
    """Final reports: check that they can be ready in time, gather, remind, escalate the late ones."""
    run = open_phase(Phase.FINAL_REPORT, on, grant)
    run.do(check_readiness)
    run.do(gather_data)
    run.do_in_batches(notify_owners, escalate_missed_steps)
    return run.end()
