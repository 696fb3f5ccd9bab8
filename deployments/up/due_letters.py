"""See that letters leave once they are due, with Prefect or without: a look at the outbox, then `grants deliver`."""

import asyncio
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from deployments.up.service import start_process, stop_process
from models.errors import GrantError
from tasks.outbox.queue import next_letter_at
from tasks.outbox.recover import needs_recovery
from tasks.settings import Settings
from tasks.store.database import reading

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 5.0
# A mail server that is down is not asked all the time.
DELIVERS_EVERY_SECONDS = 60.0
# The round asks for its delivery itself.
OTHERS_DELIVER_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class DueLetters:
    """The letters that are due, as a running Grantline sees to them."""

    settings: Settings
    engine: Engine
    environment: Mapping[str, str]
    log_file: Path

    async def keep_leaving(self) -> None:
        """Look every few seconds, for ever; what is in the way is logged, and looked at again."""
        while True:
            await asyncio.sleep(LOOKS_EVERY_SECONDS)
            try:
                if await asyncio.to_thread(self.are_due, datetime.now(UTC)):
                    await self._deliver()
                    await asyncio.sleep(DELIVERS_EVERY_SECONDS)
            except (GrantError, SQLAlchemyError, OSError) as error:
                log.warning("letters that are due were not seen to: %s", type(error).__name__)

    def are_due(self, now: datetime) -> bool:
        """Return whether a letter is due that no delivery took, or one that a delivery left; DatabaseUnready."""
        with reading(self.engine) as connection:
            first = next_letter_at(connection)
            waits = first is not None and first <= now - OTHERS_DELIVER_WITHIN
            return waits or needs_recovery(connection, now=now, zone=self.settings.zone)

    async def _deliver(self) -> None:
        command = (sys.executable, "-m", "deployments.cli.main", "deliver")
        process = await start_process(command, self.log_file, self.environment)
        try:
            await process.wait()
        finally:
            await stop_process(process)
