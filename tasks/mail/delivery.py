"""Deliver the letters that are due: claim, print, offer, mark, hand over, note what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from models.errors import DatabaseUnready, RouteDown, SettingInvalid
from tasks.mail.carriers import Desk, carry_letters
from tasks.mail.letter_tray import Parcel
from tasks.mail.outbox_clerk import Clerk, Printer, Stop
from tasks.mail.smtp import CaptureRoute, SmtpRoute
from tasks.mail.smtp_line import Line

log = logging.getLogger(__name__)

# A handover's lease outlasts the server's longest answer by this: nobody judges it while it is under way.
LEASE_MARGIN = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many letters a run took where; `route_error` says in one line why the mail server cannot be used.

    `deferred` letters were refused for now, `spoiled` ones failed to render and are tried again, `put_off`
    ones wait because letters to their domain held others up; `requeued` and some of the `unconfirmed` were
    left by a deliverer that died.
    """

    accepted: int = 0
    captured: int = 0
    deferred: int = 0
    bounced: int = 0
    unconfirmed: int = 0
    poisoned: int = 0
    cancelled: int = 0
    spoiled: int = 0
    put_off: int = 0
    requeued: int = 0
    failed_domains: int = 0
    route_error: str | None = None

    @property
    def troubles(self) -> int:
        """How many letters a person should see to."""
        return self.bounced + self.unconfirmed + self.poisoned + self.spoiled

    def __str__(self) -> str:
        """One line with what is not zero: "2 accepted, 1 bounced"; "0 letters were due" when nothing was."""
        counts = {
            "accepted": self.accepted,
            "kept in the mailbox": self.captured,
            "refused for now": self.deferred,
            "bounced": self.bounced,
            "unconfirmed": self.unconfirmed,
            "not written": self.poisoned + self.spoiled,
            "cancelled": self.cancelled,
            "put off": self.put_off,
            "back in the queue": self.requeued,
        }
        said = [f"{count} {what}" for what, count in counts.items() if count]
        if self.route_error:
            said.append(f"the mail server cannot be used: {self.route_error}")
        return ", ".join(said) or "0 letters were due"


async def deliver_due(
    engine: Engine,
    route: SmtpRoute | CaptureRoute,
    printer: Printer,
    clock: Callable[[], datetime],
    *,
    connections: int = 10,
    batch: int = 100,
    stop: asyncio.Event | None = None,
    zone: tzinfo = UTC,
) -> DeliveryReport:
    """Deliver every letter that is due, and see to those that a dead deliverer left.

    `printer(connection, letter_ids, now)` returns a Printed, Spoiled or Emptied a letter; `clock` gives aware
    UTC; both are called from threads. The journal's days are the `zone`'s. Once `stop` is set, letters being
    handed over are finished and the others given back. A mail server that cannot be used is in the report;
    DatabaseUnready is raised, and SettingInvalid when no letter at all can be printed.
    """
    stop = stop or asyncio.Event()
    if isinstance(route, CaptureRoute):
        return await _capture(
            partial(capture_due, engine, printer, clock, batch=batch, stop=stop, zone=zone), stop
        )
    lease = timedelta(seconds=route.timeout + route.dot_timeout) + LEASE_MARGIN
    clerk = Clerk(engine, printer, clock, zone=zone, lease=lease)
    try:
        due = await clerk.recover()
        if not due or stop.is_set():
            return _report(clerk)
        return await _deliver(clerk, Desk(route, clerk, clock, low=batch), connections, batch, stop)
    finally:
        await clerk.close()


def capture_due(
    engine: Engine,
    printer: Printer,
    clock: Callable[[], datetime],
    *,
    batch: int = 100,
    stop: Stop,
    zone: tzinfo = UTC,
) -> DeliveryReport:
    """Keep every letter that is due for the portal's mailbox, as `deliver_due` does, outside an event loop."""
    clerk = Clerk(engine, printer, clock, zone=zone, lease=LEASE_MARGIN)
    clerk.capture_due(batch, stop)
    return _report(clerk)


async def _capture(capture: Callable[[], DeliveryReport], stop: asyncio.Event) -> DeliveryReport:
    """Let the letters be kept in a thread; a run that is cancelled meanwhile ends with the letters at hand."""
    doing = asyncio.create_task(asyncio.to_thread(capture))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        stop.set()  # for the thread that is at it
        await _whatever_is_cancelled(asyncio.wait([doing]))
        raise


async def _deliver(
    clerk: Clerk, desk: Desk, connections: int, batch: int, stop: asyncio.Event
) -> DeliveryReport:
    watching = asyncio.create_task(_end_on(stop, desk))
    try:
        # Connect before claiming: a server that is down costs no letter anything.
        line = await desk.open_line()
        if line is not None:
            await _carry_all(desk, clerk, line, connections=connections, batch=batch)
    except RouteDown as error:
        log.warning("the mail server cannot be used: %s", error.detail)
        await clerk.put_down(route_down=True)
        return _report(clerk, error.detail)
    finally:
        watching.cancel()
    if desk.failure is not None:
        raise desk.failure
    return _report(clerk, desk.breaker.route_error, desk.breaker.failed_domains)


async def _carry_all(desk: Desk, clerk: Clerk, line: Line, *, connections: int, batch: int) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_feed(desk, clerk, batch))
            for number in range(connections):
                group.create_task(carry_letters(desk, None if number else line))
    finally:
        line.drop()
        await _whatever_is_cancelled(_wind_up(desk, clerk))


async def _end_on(stop: asyncio.Event, desk: Desk) -> None:
    await stop.wait()
    desk.end()


async def _feed(desk: Desk, clerk: Clerk, batch: int) -> None:
    """Claim and print letters as the connections take them, until none are due."""
    try:
        while True:
            await desk.tray.needs_more()
            if desk.ending or not (letters := await clerk.claim(batch)):
                return
            desk.tray.put([Parcel(one) for one in await clerk.print(letters)])
    except (DatabaseUnready, SettingInvalid, SQLAlchemyError) as error:
        desk.fail(error)
    finally:
        desk.tray.finish()


async def _wind_up(desk: Desk, clerk: Clerk) -> None:
    """Write the last outcomes and give back what was not begun, also after a cancelled run."""
    try:
        await desk.commits.finish()
    finally:
        await clerk.put_down(desk.put_off, route_down=desk.breaker.route_error is not None)


async def _whatever_is_cancelled(work: Coroutine[Any, Any, Any]) -> None:
    """Do work to its end, however often the task that waits here is cancelled meanwhile; then it hears of it.

    Some runners cancel again and again until a task has ended, as anyio's scopes do.
    """
    doing = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError as error:
            cancelled = error
    doing.result()
    if cancelled is not None:
        raise cancelled


def _report(clerk: Clerk, route_error: str | None = None, failed_domains: int = 0) -> DeliveryReport:
    return DeliveryReport(**clerk.counts, route_error=route_error, failed_domains=failed_domains)
