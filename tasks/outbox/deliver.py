"""Deliver the letters that are due, by the configured channel, and read returned mail."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from models.facts.worded_letter import Outcome
from tasks.channels.channel import Channel, channel_of
from tasks.channels.mailboxes import MailboxUnreadable
from tasks.outbox.captured_letters import tell_captured_again
from tasks.outbox.claims import Claims
from tasks.outbox.failure_notices import FailuresTold, tell_failed
from tasks.outbox.handover import BATCH, Delivery
from tasks.outbox.render import render_letters
from tasks.outbox.returned_mail import CameBack, take_back
from tasks.outbox.route import require_same_route
from tasks.settings import Settings
from tasks.store.database import tells_nobody
from tasks.watch.alarms import MOST_IN_ALARM, Alarm, Alarming, tell_admin
from tasks.watch.journal_head import require_head
from tasks.words.templates import one_paragraph, words_of

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many letters a run took where; `route_error` says in one line why no letters can leave.

    `deferred` letters were refused for now, `unrendered` ones failed to render and are tried again.
    `requeued` and some of the `unconfirmed` were left by a delivery that died; `returned` ones came
    back after a server had taken them. Another delivery holds the `leased` ones: if it died, they
    are free within two minutes. `failures_told` are failed letters that somebody else was told of,
    `failures_untold` those that only the administrator was.
    """

    accepted: int = 0
    captured: int = 0
    deferred: int = 0
    bounced: int = 0
    unconfirmed: int = 0
    poisoned: int = 0
    cancelled: int = 0
    unrendered: int = 0
    requeued: int = 0
    leased: int = 0
    returned: int = 0
    replies: int = 0
    failures_told: int = 0
    failures_untold: int = 0
    route_error: str | None = None
    mailbox_error: str | None = None

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        """Return the sum of both; the leased letters are those of the second."""
        counts = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in fields(self)
            if field.name not in ("leased", "route_error", "mailbox_error")
        }
        return DeliveryReport(
            **counts, leased=other.leased, route_error=self.route_error or other.route_error
        )

    @property
    def troubles(self) -> int:
        """How many letters need a person."""
        return self.bounced + self.returned + self.unconfirmed + self.poisoned + self.unrendered

    def said_in(self, language: str) -> str:
        """Return one line with all counts above zero, in English "2 accepted, 1 bounced"."""
        return one_paragraph(words_of(language, "administration/runs.j2").delivery(self))


async def deliver_due(
    engine: Engine, settings: Settings, clock: Clock, stop: asyncio.Event | None = None
) -> DeliveryReport:
    """Deliver every due letter, recover those of a dead delivery, and tell of those that failed.

    `clock` gives aware UTC, and is called from threads. Once `stop` is set, letters being handed
    over are finished and the others given back. Returned and failed mail is left to the next
    delivery. The report names a mail server or mailbox that cannot be used. Raises DatabaseUnready,
    and SettingInvalid if no letter at all can be rendered. Raises LettersHeld if the database is an
    older one (a restored backup), or if letters that were mailed before would now be captured.
    """
    if not tells_nobody(engine):
        await asyncio.to_thread(require_head, engine, settings.watch_folder)
    await asyncio.to_thread(require_same_route, engine, settings)
    if not settings.captures:
        today = settings.local_date(clock())
        await asyncio.to_thread(tell_captured_again, engine, today)
    stop = stop or asyncio.Event()
    report = await _deliver_once(engine, settings, clock, stop)
    if stop.is_set():
        return report
    came_back = CameBack()
    mailbox_error = None
    try:
        came_back = await asyncio.to_thread(take_back, engine, settings, clock())
    except MailboxUnreadable as error:
        mailbox_error = str(error)
        log.warning("the mailbox for returned mail cannot be read: %s", error.detail)
    # Also if reading the mailbox broke off: what bounced before that is told once, and only here.
    failures = await asyncio.to_thread(tell_failed, engine, settings, clock())
    if failures.told and not report.route_error:
        # Those letters leave at once: their news is late already.
        report += await _deliver_once(engine, settings, clock, stop)
    report = replace(
        report,
        returned=came_back.letters,
        replies=came_back.replies,
        mailbox_error=mailbox_error,
        failures_told=failures.told,
        failures_untold=len(failures.untold),
    )
    if report.route_error or failures.untold:
        await _tell_administrator(settings, report, failures, clock())
    return report


async def _deliver_once(
    engine: Engine, settings: Settings, clock: Clock, stop: asyncio.Event
) -> DeliveryReport:
    def render(connection: Connection, letter_ids: Sequence[int], now: datetime) -> list[Outcome]:
        return render_letters(connection, letter_ids, settings, now)

    claims = Claims(engine, render, clock, settings.zone)
    return await deliver_by(channel_of(settings), claims, clock, stop)


async def _tell_administrator(
    settings: Settings, report: DeliveryReport, failures: FailuresTold, now: datetime
) -> None:
    lines = []
    same_as = [f"letter {letter_id}" for letter_id in failures.untold]
    if report.route_error:
        lines.append(Alarming.MAIL_SERVER_UNUSABLE(why=report.route_error))
        same_as.append("route")
    if failures.untold:
        numbers = ", ".join(map(str, failures.untold[:MOST_IN_ALARM]))
        lines.append(Alarming.LETTERS_LOST(numbers=numbers))
    alarm = Alarm(Alarming.LETTERS_NOT_ARRIVING(), lines, same_as)
    await tell_admin(settings, alarm, today=settings.local_date(now), now=now)


async def deliver_by(
    channel: Channel,
    claims: Claims,
    clock: Clock,
    stop: asyncio.Event | None = None,
    *,
    batch: int = BATCH,
) -> DeliveryReport:
    """Deliver the letters that `claims` claims and renders by a channel, like `deliver_due`."""
    delivery = Delivery(claims, channel, clock, batch)
    await delivery.run(stop or asyncio.Event())
    return DeliveryReport(**claims.counts, route_error=delivery.route_error, mailbox_error=None)


def deliver(engine: Engine, settings: Settings, clock: Clock) -> DeliveryReport:
    """Deliver every due letter, outside an event loop, until the process is told to stop."""
    return until_told(partial(deliver_due, engine, settings, clock))


def until_told(work: Callable[[asyncio.Event], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run work that ends once its event is set, outside an event loop.

    If the process is told to stop, it finishes the letters being handed over first. Told twice, it
    does not wait for the mail server.
    """
    signals: list[int] = []
    try:
        return asyncio.run(_until_told(work, signals))
    finally:
        if signals:
            signal.raise_signal(signals[0])


async def _until_told(
    work: Callable[[asyncio.Event], Coroutine[Any, Any, _Result]], signals: list[int]
) -> _Result:
    """Note the signals that came in `signals`; they are raised again afterwards."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    working = asyncio.create_task(work(stop))

    def hear(number: int) -> None:
        signals.append(number)
        stop.set()
        if len(signals) > 1:
            working.cancel()

    # Only the main thread gets signals.
    is_main = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM) if is_main}
    for number in before:
        loop.add_signal_handler(number, hear, number)
    try:
        return await working
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            # asyncio restores the system's handler, not the one that was there: Prefect's, in a run.
            signal.signal(number, handler)
