"""Check that final reports can be ready in time, gather their data, remind of them and escalate the late ones."""

from datetime import date

from prefect import State, flow

from flows.context import PHASE_SECONDS, Installation, name_run
from flows.round_day import (
    begin_day,
    check_readiness,
    end_phase,
    escalate_missed_steps,
    gather_data,
    notify_owners,
    tried,
)
from models.vocabulary import Phase
from tasks.round.days import Counts
from tasks.sources.source import sharing_sources


@flow(name="final-report", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
async def final_report(
    on: date | None = None, grant: str | None = None, installation: Installation | None = None
) -> State:
    """Check that final reports can be ready in time, gather their data, remind of them and escalate the late ones."""
    day = await begin_day(on, grant, installation)
    if isinstance(day, State):
        return day
    done = Counts()
    with sharing_sources() as asked:
        done += await tried(check_readiness(day, Phase.FINAL_REPORT))
        done += await tried(gather_data(day, Phase.FINAL_REPORT))
        done += await tried(notify_owners(day, Phase.FINAL_REPORT))
        done += await tried(escalate_missed_steps(day, Phase.FINAL_REPORT))
    return await end_phase(day, done, asked)
