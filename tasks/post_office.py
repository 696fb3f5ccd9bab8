"""Put delivery together: the route, the printing of letters, and one call that drains the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, func, literal_column, select

from models.columns import table_of
from models.letter import Letter
from models.rules.workdays import WorkCalendar
from models.vocabulary import LetterStatus
from tasks.delivery import DeliveryReport, deliver_due
from tasks.handovers import hand_over
from tasks.letterpress import Outcome, PressSettings, print_letters
from tasks.secret_keys import load_or_make
from tasks.settings import Settings
from tasks.smtp import CaptureRoute, SmtpRoute, route_of

_LETTER = table_of(Letter)


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Where letters go and how they are printed."""

    route: SmtpRoute | CaptureRoute
    press: PressSettings

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin and end."""
        return ZoneInfo(self.press.timezone)

    def print(self, connection: Connection, letter_ids: Sequence[int], now: datetime) -> list[Outcome]:
        """Print the letters, as a deliverer asks for it."""
        return print_letters(connection, letter_ids, self.press, now)

    def next_letter_at(self, connection: Connection) -> datetime | None:
        """Return when the next waiting letter may leave, or None when none waits."""
        queued = _LETTER.c.status == literal_column(f"'{LetterStatus.QUEUED}'")  # as text, for SQLite's index
        query = select(func.min(_LETTER.c.next_attempt_at)).where(queued)
        return connection.execute(query).scalar()


def post_office_of(settings: Settings) -> PostOffice:
    """Return the post office that the settings describe."""
    press = PressSettings(settings.portal_url, settings.mail_from, load_or_make(settings), settings.timezone)
    return PostOffice(route_of(settings), press)


def deliver(engine: Engine, post: PostOffice, clock: Callable[[], datetime]) -> DeliveryReport:
    """Deliver every letter that is due, outside an event loop.

    The steps of a person whose letter came back go to someone else at once, not with the next round.
    """
    report = asyncio.run(deliver_due(engine, post.route, post.print, clock, zone=post.zone))
    now = clock()
    today = now.astimezone(post.zone).date()
    if report.bounced and WorkCalendar().is_working(today):
        hand_over(engine, today, now)
    return report
