"""Applications: gather what they need, remind who writes them, escalate the late ones."""

from datetime import date

from prefect import State

from flows.phase_tasks import escalate_missed_steps, gather_data, notify_owners, open_phase, phase_flow
from models.vocabulary import Phase


@phase_flow("application")
def application(on: date | None = None, grant: str | None = None) -> State:
    """Applications: gather what they need, remind who writes them, escalate the late ones."""
    run = open_phase(Phase.APPLICATION, on, grant)
    run.do(gather_data)
    run.do_in_batches(notify_owners, escalate_missed_steps)
    return run.end()
