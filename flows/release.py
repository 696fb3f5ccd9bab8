"""Settle the gates of the withheld instalments, remind, and escalate the late ones."""

from __future__ import annotations

from datetime import date

from prefect import State, flow

from flows.round_run import run_phase
from flows.workroom import run_name
from models.vocabulary import Phase


@flow(name="release", flow_run_name=run_name("releases"))
async def release(on: date | None = None, grant: str | None = None) -> State:
    """Settle the gates of the withheld instalments, remind, and escalate the late ones.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    return await run_phase(Phase.RELEASE, on, grant)
