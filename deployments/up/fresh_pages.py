"""See that the pages in Prefect follow what people do: a look at the journal, then a run that writes them again.

On a quiet day nothing is asked for. Under systemd a timer looks: `python -m deployments.up.fresh_pages`.
"""

import asyncio
import logging
import os
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from deployments.up.prefect_api import PrefectApi, api_of
from models.errors import GrantError
from tasks.overview.journal import last_change
from tasks.prefect.keys import CURSOR
from tasks.settings import load_settings
from tasks.store.database import open_engine, reading

log = logging.getLogger(__name__)

# With the run itself, what somebody did is on the pages within ten minutes.
LOOKS_EVERY_SECONDS = 300.0
# By then Prefect has planned the first runs, which get their names with the pages.
FIRST_LOOK_SECONDS = 60.0
OVERVIEW = "overview/overview"


@dataclass(frozen=True, slots=True)
class FreshPages:
    """The pages in Prefect, and the journal that they should show."""

    engine: Engine
    api: PrefectApi

    async def keep(self) -> None:
        """Look every few minutes, for ever; what is in the way is logged, and looked at again."""
        pause = FIRST_LOOK_SECONDS
        while True:
            await asyncio.sleep(pause)
            await asyncio.to_thread(self.look)
            pause = LOOKS_EVERY_SECONDS

    def look(self) -> bool:
        """Ask for a run where something happened to a grant since the last one; return whether it was asked for."""
        try:
            shown = self.api.variable(CURSOR)
            with reading(self.engine) as connection:
                is_old = shown is None or last_change(connection, shown) > shown
            if is_old:
                self.api.start_run(self.api.deployment_id(OVERVIEW), {})
        except (GrantError, SQLAlchemyError, OSError) as error:
            log.warning("the pages were not looked at: %s", type(error).__name__)
            return False
        return is_old


def main() -> None:
    """Look once, with the server and the password of the environment."""
    FreshPages(open_engine(load_settings().database), api_of(os.environ)).look()


if __name__ == "__main__":
    main()
