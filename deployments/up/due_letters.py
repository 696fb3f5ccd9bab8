"""See that letters leave once they are due: ask Prefect for a delivery, and deliver from here where none comes."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from deployments.up.prefect_pulse import in_time
from flows.deliver_letters import delivery_ended, delivery_runs, said_of, start_delivery
from models.errors import GrantError
from models.sentence import Sentence
from tasks.mail.alarm_mail import Alarm, tell_admin
from tasks.outbox.deliver import DeliveryReport, deliver_due
from tasks.outbox.queue import next_letter_at
from tasks.outbox.recover import needs_recovery
from tasks.settings import Settings
from tasks.store.database import reading

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 5.0
# Letters that a click on the portal queued leave within seconds; one delivery a minute at most, so that a
# mail server that is down is not asked all the time.
ASKS_EVERY_SECONDS = 60.0
# A round asks for its delivery itself.
OTHERS_ASK_WITHIN = timedelta(seconds=10)
# As long as the delivery's schedule pauses. A run takes the letter that has waited longest first: if that one is
# still the same, and no run has ended meanwhile, it waits for Prefect in vain.
PREFECT_DELIVERS_WITHIN_SECONDS = 600.0
_LEFT = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class DueLetters:
    """The letters that are due, as a running Grantline sees to them; once `stop` is set, it begins no more of them."""

    settings: Settings
    engine: Engine
    stop: asyncio.Event
    patience: float = PREFECT_DELIVERS_WITHIN_SECONDS
    looks_every: float = LOOKS_EVERY_SECONDS
    _oldest: datetime | None = None
    _since: float = 0.0
    _asked: float = -ASKS_EVERY_SECONDS

    async def keep_leaving(self) -> None:
        """Look every few seconds, for ever; whatever is in the way is logged, and looked at again."""
        while True:
            await asyncio.sleep(self.looks_every)
            try:
                await self.look()
            except (GrantError, SQLAlchemyError, OSError) as error:
                log.warning("letters that are due were not seen to: %s", type(error).__name__)

    async def look(self) -> None:
        """Ask for a delivery if letters are due; deliver them once Prefect has had its time. Raises DatabaseUnready."""
        oldest = await asyncio.to_thread(self._oldest_due)
        if oldest != self._oldest:
            self._oldest, self._since = oldest, monotonic()
        if oldest is None:
            return
        waited = monotonic() - self._since
        if waited >= self.patience:
            self._since = monotonic()
            if not await in_time(delivery_ended(_now() - timedelta(seconds=waited))):
                await self._deliver()
        elif monotonic() - self._asked >= ASKS_EVERY_SECONDS and await in_time(start_delivery()):
            self._asked = monotonic()

    def _oldest_due(self) -> datetime | None:
        """Return since when a letter is due that nobody took; the beginning of time for one that a deliverer left."""
        now = _now()
        with reading(self.engine) as connection:
            first = next_letter_at(connection)
            if first is not None and first <= now - OTHERS_ASK_WITHIN:
                return first
            return _LEFT if needs_recovery(connection, now=now, zone=self.settings.zone) else None

    async def _deliver(self) -> None:
        """Do what a run of the delivery does, also beside one that has long been at it.

        If letters left and there was none, the administrator is told: no run would have taken them.
        """
        at_work = await in_time(delivery_runs())
        report = await deliver_due(self.engine, self.settings, _now, self.stop)
        log.warning("delivered without Prefect: %s", said_of(report))
        if (report.accepted or report.captured) and not at_work:
            now = _now()
            today = now.astimezone(self.settings.zone).date()
            await tell_admin(self.settings, _alarm(report, self.patience), today=today, now=now)


def _alarm(report: DeliveryReport, patience: float) -> Alarm:
    return Alarm(
        Sentence("Prefect runs no deliveries"),
        [
            Sentence(
                "Letters were due for %(minutes)s minutes, and no run of deliver-letters took them.",
                minutes=round(patience / 60),
            ),
            Sentence(
                "Grantline delivered them without Prefect; so many left: %(count)s.",
                count=report.accepted + report.captured,
            ),
            Sentence(
                "It goes on so; rounds and the watch wait. If the runs in Prefect show nothing, restart Grantline."
            ),
        ],
        ["no deliveries"],
    )


def _now() -> datetime:
    return datetime.now(UTC)
