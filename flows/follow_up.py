"""Quarterly follow-up: gather the figures, remind those responsible, escalate the late reports."""

from datetime import date

from prefect import State, allow_failure, flow

from flows.phase_tasks import batches_of, end_phase, escalate_missed_steps, gather_data, notify_owners
from flows.runs import PHASE_SECONDS, name_run, open_day, task_runner
from models.vocabulary import Phase


@flow(name="follow-up", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS, task_runner=task_runner())
def follow_up(on: date | None = None, grant: str | None = None) -> State:
    """Quarterly follow-up: gather the figures, remind those responsible, escalate the late reports."""
    day = open_day(on, grant)
    phase = Phase.FOLLOW_UP
    gathered = gather_data(day, phase, return_state=True)
    batches = batches_of(day, phase)
    told = notify_owners.map(batches, phase)
    late = escalate_missed_steps.map(batches, phase, wait_for=allow_failure(told))
    return end_phase(day, phase, gathered, told, late)
