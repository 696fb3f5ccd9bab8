"""Watch the funder's clock and tell who must ask."""

from __future__ import annotations

from datetime import date

from prefect import State, flow

from flows.round_run import run_phase
from flows.workroom import run_name
from models.vocabulary import Phase


@flow(name="decision", flow_run_name=run_name("decisions"))
async def decision(on: date | None = None, grant: str | None = None) -> State:
    """Watch the funder's clock and tell who must ask.

    Args:
        on: The day that it is for; empty for today.
        grant: The reference of one grant; empty for all.
    """
    return await run_phase(Phase.DECISION, on, grant)
