"""Quarterly follow-up: gather the figures, remind those responsible, escalate the late reports."""

from datetime import date

from prefect import State

from flows.phase_tasks import escalate_missed_steps, gather_data, notify_owners, open_phase, phase_flow
from models.vocabulary import Phase


@phase_flow("follow-up")
def follow_up(on: date | None = None, grant: str | None = None) -> State:
    """Quarterly follow-up: gather the figures, remind those responsible, escalate the late reports."""
    run = open_phase(Phase.FOLLOW_UP, on, grant)
    run.do(gather_data)
    run.do_in_batches(notify_owners, escalate_missed_steps)
    return run.end()
