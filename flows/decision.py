"""Watch the funder's clock and tell who must ask."""

from datetime import date

from prefect import State, flow

from flows.context import PHASE_SECONDS, Installation, name_run
from flows.round_day import begin_day, end_phase, escalate_missed_steps, gather_data, notify_owners, tried
from models.vocabulary import Phase
from tasks.round.days import Counts
from tasks.sources.source import sharing_sources


@flow(name="decision", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
async def decision(
    on: date | None = None, grant: str | None = None, installation: Installation | None = None
) -> State:
    """Watch the funder's clock and tell who must ask."""
    day = await begin_day(on, grant, installation)
    if isinstance(day, State):
        return day
    done = Counts()
    with sharing_sources() as asked:
        done += await tried(gather_data(day, Phase.DECISION))
        done += await tried(notify_owners(day, Phase.DECISION))
        done += await tried(escalate_missed_steps(day, Phase.DECISION))
    return await end_phase(day, done, asked)
