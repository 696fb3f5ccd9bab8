"""Put delivery together: the route, the printing of letters, and one call that drains the outbox."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from models.facts.installation import PressSettings
from models.facts.letter_outcome import Outcome
from models.rules.dates.calendar import offices_in
from tasks.mail.delivery import DeliveryReport, capture_due, deliver_due
from tasks.mail.press_room import PressRoom, press_room
from tasks.mail.smtp import CaptureRoute, SmtpRoute, route_of
from tasks.people.absences import hand_over
from tasks.settings import Settings
from tasks.store.secrets import load_or_make

log = logging.getLogger(__name__)

_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Where letters go, how they are printed, and in which country the office is."""

    route: SmtpRoute | CaptureRoute
    press: PressSettings
    room: PressRoom | None = None
    country: str = "SE"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.press.timezone)

    def print(self, connection: Connection, letter_ids: Sequence[int], now: datetime) -> list[Outcome]:
        """Print the letters, as a deliverer asks for it."""
        room = self.room or PressRoom(self.press)
        return room.print(connection, letter_ids, now)


def post_office_of(settings: Settings) -> PostOffice:
    """Return the post office that the settings describe."""
    press = PressSettings(settings.portal_url, settings.mail_from, load_or_make(settings), settings.timezone)
    return PostOffice(route_of(settings), press, country=settings.country)


@contextmanager
def staffed(post: PostOffice, engine: Engine) -> Iterator[PostOffice]:
    """Yield the post office with its press in a process beside, if the machine has a processor for it.

    For a command, which is alone in its process: see `press_room`.
    """
    with press_room(engine, post.press) as room:
        yield replace(post, room=room)


def deliver(engine: Engine, post: PostOffice, clock: Callable[[], datetime]) -> DeliveryReport:
    """Deliver every letter that is due, outside an event loop.

    A process that is told to stop meanwhile does so once the letters being handed over are finished; told twice,
    without waiting for the mail server.
    """
    told: list[int] = []
    try:
        if isinstance(post.route, CaptureRoute):
            report = _capture_until_told(engine, post, clock, told)
        else:
            report = asyncio.run(_deliver_until_told(engine, post, clock, told))
    finally:
        if told:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.raise_signal(told[0])
    pass_on_bounced(engine, post, report, clock())
    return report


async def deliver_from_here(
    engine: Engine, settings: Settings, clock: Callable[[], datetime], stop: asyncio.Event | None = None
) -> DeliveryReport:
    """Deliver every letter that is due, from an event loop that goes on meanwhile; `stop` as for `deliver_due`."""
    post = await asyncio.to_thread(post_office_of, settings)
    report = await deliver_due(engine, post.route, post.print, clock, stop=stop, zone=settings.zone)
    await asyncio.to_thread(pass_on_bounced, engine, post, report, clock())
    return report


def pass_on_bounced(engine: Engine, post: PostOffice, report: DeliveryReport, now: datetime) -> None:
    """Give the steps of people whose letters came back to someone else at once, not with the next round."""
    today = now.astimezone(post.zone).date()
    if report.bounced and offices_in(post.country).is_working(today):
        hand_over(engine, today, now)


def _capture_until_told(
    engine: Engine, post: PostOffice, clock: Callable[[], datetime], told: list[int]
) -> DeliveryReport:
    """Keep the letters for the mailbox, and note in `told` the signals that came to stop it."""
    stop = threading.Event()

    def hear(number: int, _frame: object) -> None:
        told.append(number)
        stop.set()
        if len(told) > 1:
            for each in _STOPS:
                signal.signal(each, signal.SIG_DFL)

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.signal(each, hear) for each in _STOPS}
    try:
        report = capture_due(engine, post.print, clock, stop=stop, zone=post.zone)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)
    if told:
        log.warning("the delivery was stopped: %s", report)
    return report


async def _deliver_until_told(
    engine: Engine, post: PostOffice, clock: Callable[[], datetime], told: list[int]
) -> DeliveryReport:
    """Deliver, and note in `told` the signals that came to stop it: as if they came right after."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    delivering = asyncio.ensure_future(
        deliver_due(engine, post.route, post.print, clock, stop=stop, zone=post.zone)
    )

    def hear(number: int) -> None:
        told.append(number)
        stop.set()
        if len(told) > 1:
            delivering.cancel()
            # Outcomes are still written, which takes minutes where the database is locked; once more is the end.
            for each in _STOPS:
                loop.remove_signal_handler(each)
                signal.signal(each, signal.SIG_DFL)

    if threading.current_thread() is threading.main_thread():
        for each in _STOPS:
            loop.add_signal_handler(each, hear, each)
    report = await delivering
    if told:
        log.warning("the delivery was stopped: %s", report)
    return report
