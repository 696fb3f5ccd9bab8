"""Final reports: check that they can be ready in time, gather, remind, escalate the late ones."""

from datetime import date

from prefect import State, allow_failure, flow

from flows.phase_tasks import (
    batches_of,
    check_readiness,
    end_phase,
    escalate_missed_steps,
    gather_data,
    notify_owners,
)
from flows.runs import PHASE_SECONDS, name_run, open_day, task_runner
from models.vocabulary import Phase


@flow(name="final-report", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS, task_runner=task_runner())
def final_report(on: date | None = None, grant: str | None = None) -> State:
    """Final reports: check that they can be ready in time, gather, remind, escalate the late ones."""
    day = open_day(on, grant)
    phase = Phase.FINAL_REPORT
    ready = check_readiness(day, phase, return_state=True)
    gathered = gather_data(day, phase, return_state=True)
    batches = batches_of(day, phase)
    told = notify_owners.map(batches, phase)
    late = escalate_missed_steps.map(batches, phase, wait_for=allow_failure(told))
    return end_phase(day, phase, ready, gathered, told, late)
