"""Publish the overview that an administrator reads in Prefect."""

from __future__ import annotations

import logging
from datetime import date

from flows.context import RunContext, in_one_line, in_thread
from models.errors import GrantError
from tasks.overview.portfolio import portfolio_figures
from tasks.prefect.artifacts import write_overview
from tasks.words.translator import translator

log = logging.getLogger(__name__)


async def publish_overview(context: RunContext, today: date) -> None:
    """Write where each grant stands as the artifact `grants-overview`; a page that is not written fails nothing."""
    try:
        say = translator(context.settings.language)
        figures = await in_thread(portfolio_figures, context.engine, today, say)
    except GrantError as error:
        log.warning("no overview: %s", in_one_line(error))
        return
    await write_overview(figures, today, say)
