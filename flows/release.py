"""Settle the gates of withheld instalments, remind of releases and claims, and escalate the late ones."""

from datetime import date

from prefect import State, flow

from flows.context import PHASE_SECONDS, Installation, name_run
from flows.round_day import (
    begin_day,
    end_phase,
    escalate_missed_steps,
    gather_data,
    notify_owners,
    settle_gate,
    tried,
)
from models.vocabulary import Phase
from tasks.round.days import Counts
from tasks.sources.source import sharing_sources


@flow(name="release", flow_run_name=name_run, timeout_seconds=PHASE_SECONDS)
async def release(
    on: date | None = None, grant: str | None = None, installation: Installation | None = None
) -> State:
    """Settle the gates of withheld instalments, remind of releases and claims, and escalate the late ones."""
    day = await begin_day(on, grant, installation)
    if isinstance(day, State):
        return day
    done = Counts()
    with sharing_sources() as asked:
        done += await tried(settle_gate(day, Phase.RELEASE))
        done += await tried(gather_data(day, Phase.RELEASE))
        done += await tried(notify_owners(day, Phase.RELEASE))
        done += await tried(escalate_missed_steps(day, Phase.RELEASE))
    return await end_phase(day, done, asked)
