"""Gather the quarter's figures, remind of follow-ups and escalate the late ones."""

from datetime import date

from prefect import State, flow

from flows.context import PHASE_SECONDS, Installation, name_run
from flows.round_day import begin_day, end_phase, escalate_missed_steps, gather_data, notify_owners, tried
from models.vocabulary import Phase
from tasks.round.days import Counts
from tasks.sources.source import sharing_sources


@flow(name="follow-up", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
async def follow_up(
    on: date | None = None, grant: str | None = None, installation: Installation | None = None
) -> State:
    """Gather the quarter's figures, remind of follow-ups and escalate the late ones."""
    day = await begin_day(on, grant, installation)
    if isinstance(day, State):
        return day
    done = Counts()
    with sharing_sources() as asked:
        done += await tried(gather_data(day, Phase.FOLLOW_UP))
        done += await tried(notify_owners(day, Phase.FOLLOW_UP))
        done += await tried(escalate_missed_steps(day, Phase.FOLLOW_UP))
    return await end_phase(day, done, asked)
