"""`grants deliver --keep-on`: send letters all the time, and tell the administrator of a missing round."""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from models.errors import GrantError
from models.reading.plain_text import without_addresses
from models.rules.round_times import find_round_end
from tasks.outbox.deliver import Clock, DeliveryReport, deliver_due
from tasks.outbox.queue import has_due_letters
from tasks.round.days import is_completed, is_day_off
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.watch.alarms import Alarm, Alarming, tell_admin

log = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 5.0
# Bounces, failures and another delivery's leftovers are handled once a minute; a mail server that
# is down is tried no more often.
SEES_TO_ALL_EVERY = timedelta(minutes=1)
IN_THE_WAY = (GrantError, SQLAlchemyError, OSError)


async def keep_delivering(engine: Engine, settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    """Deliver whatever is due, looking every few seconds, until `stop` is set; errors are logged."""
    began = next_at = clock()
    held_up = False
    while not stop.is_set():
        now = clock()
        sees_to_all = now >= next_at
        try:
            if sees_to_all or (not held_up and await asyncio.to_thread(_are_due, engine, now)):
                report = await deliver_due(engine, settings, clock, stop)
                held_up = report.route_error is not None
                next_at = clock() + SEES_TO_ALL_EVERY
                if report != DeliveryReport():
                    click.echo(report.said_in("en"))
        except IN_THE_WAY as error:
            held_up = True
            next_at = clock() + SEES_TO_ALL_EVERY
            log.warning("letters wait: %s: %s", type(error).__name__, without_addresses(str(error)))
        if sees_to_all:
            await _tell_of_missing_round(engine, settings, began, now)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOKS_EVERY_SECONDS)


def _are_due(engine: Engine, now: datetime) -> bool:
    with reading(engine) as connection:
        return has_due_letters(connection, now)


async def _tell_of_missing_round(engine: Engine, settings: Settings, began: datetime, now: datetime) -> None:
    """Tell the administrator, once a day; Prefect's automations do too, but this way needs no Prefect.

    Errors are logged: they do not keep letters from leaving.
    """
    try:
        if await asyncio.to_thread(round_is_missing, engine, settings, began, now):
            alarm = Alarm(Alarming.ROUND_NOT_COMPLETED(), [Alarming.RUNS_SAY_WHY()])
            await tell_admin(settings, alarm, today=settings.local_date(now), now=now)
    except IN_THE_WAY as error:
        log.warning("nobody was told of the round: %s", type(error).__name__)


def round_is_missing(engine: Engine, settings: Settings, began: datetime, now: datetime) -> bool:
    """Return whether the day's round is overdue, while this has run since `began`; DatabaseUnready."""
    local_now = now.astimezone(settings.zone)
    if now < find_round_end(local_now, began) or is_day_off(local_now.date(), settings.country):
        return False
    with reading(engine) as connection:
        return not is_completed(connection, local_now.date())
