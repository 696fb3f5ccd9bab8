"""Publish the overview that an administrator reads in Prefect."""

from __future__ import annotations

from datetime import date

from flows.workroom import Workroom, in_thread
from tasks.artifacts import write_overview
from tasks.portfolio_figures import portfolio_figures


async def publish_overview(room: Workroom, today: date) -> None:
    """Write where each grant stands as the artifact `grants-overview`."""
    figures = await in_thread(portfolio_figures, room.engine, today)
    await write_overview(figures, today)
