"""Find out whether letters may and can leave by the configured channel."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, exists, func, select

from models.errors import GrantError, LettersHeld
from models.message import Remark
from models.rules.watch.finding_words import Watched
from models.rules.watch.findings import Finding, FindingKind
from models.tables.columns import table_of
from models.tables.letter import DeliveryAttempt
from models.vocabulary import AttemptOutcome
from tasks.channels.channel import Mailed, channel_of
from tasks.outbox.queue import IS_CAPTURED
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.store.foundation import is_sample
from tasks.watch.last_findings import kept_findings

_ATTEMPT = table_of(DeliveryAttempt)
_HAS_MAILED = select(exists().where(_ATTEMPT.c.outcome == AttemptOutcome.ACCEPTED))


def require_same_route(engine: Engine, settings: Settings) -> None:
    """Raise LettersHeld if letters would only be captured though this database has mailed letters before.

    Their readers wait for mail, and a lost setting must not swallow it.
    """
    if not settings.captures:
        return
    with reading(engine) as connection:
        mailed = has_mailed(connection)
    if mailed:
        raise LettersHeld(Mailed.CAPTURED_NOW() if settings.channel else Mailed.NO_SERVER_NOW())


def has_mailed(connection: Connection) -> bool:
    """Return whether a mail server has ever taken a letter of this database."""
    return bool(connection.execute(_HAS_MAILED).scalar_one())


async def greet_mail_server(settings: Settings) -> None:
    """Open and close the channel; RouteDown or SettingInvalid, in one line, if letters cannot leave."""
    channel = channel_of(settings)
    await channel.open()
    await channel.close()


@dataclass(frozen=True, slots=True)
class ClosedRoute:
    """No letter can leave: since when, as a local time in ISO 8601, and the watch's finding."""

    since: str
    finding: Finding


async def find_closed_route(engine: Engine, settings: Settings, now: datetime) -> ClosedRoute | None:
    """Return why letters cannot leave, and since the first watch that found so; None if they can."""
    try:
        await asyncio.to_thread(require_same_route, engine, settings)
        await greet_mail_server(settings)
    except GrantError as error:
        kept = await asyncio.to_thread(kept_findings, settings.watch_folder)
        at_first = now.astimezone(settings.zone).isoformat(timespec="minutes")
        since = (kept.mail_down_since if kept else "") or at_first
        why = Watched.NO_LETTER_LEAVES(
            since=f"{datetime.fromisoformat(since):%Y-%m-%d %H:%M}", why=error.remark
        )
        return ClosedRoute(since, Finding(FindingKind.MAIL_DOWN, _route_name(settings), why))
    return None


def _route_name(settings: Settings) -> str | Remark:
    """Return the name of the channel: the mail server's address, or another channel's name."""
    if settings.captures:
        return Watched.MAILBOX()
    if settings.channel not in ("", "email"):
        return settings.channel
    return Watched.MAIL_SERVER(host=settings.smtp_host, port=settings.smtp_port)


def count_untold(connection: Connection) -> int:
    """Return how many letters were captured outside a sample: nobody was told, and none is sent later."""
    if is_sample(connection):
        return 0
    return connection.execute(select(func.count()).where(IS_CAPTURED)).scalar_one()
