"""Send what happened to grants to Prefect's event feed, from the journal, after the commit.

The feed is a window on the journal, never the record: an event that is lost there is lost nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import httpx
from prefect.events import emit_event
from prefect.exceptions import PrefectException
from prefect.variables import Variable
from sqlalchemy import Engine

from tasks.overview.journal import LifeEvent, last_change, list_life_events
from tasks.prefect.keys import CURSOR
from tasks.store.database import reading

log = logging.getLogger(__name__)

# What is sent where Prefect knows no such number: it is new, or has lost its database.
FIRST_SENT = timedelta(days=1)


async def send_events(engine: Engine, now: datetime) -> int:
    """Send what happened since the last time; return how many events that were.

    The number is moved once they are sent: a run that ends in between is repeated by the next, and a repeated event is
    the same one to Prefect. Without a server nothing is sent, and the next run does it.
    """
    try:
        kept = await Variable.aget(CURSOR)
        after, since = (kept, None) if isinstance(kept, int) else (0, now - FIRST_SENT)
        until, events = await asyncio.to_thread(_read, engine, after, since)
        for one in events:
            _send(one)
        if until != kept:
            await Variable.aset(CURSOR, until, overwrite=True)
    except (PrefectException, httpx.HTTPError) as error:
        log.warning("no events sent: %s", type(error).__name__)
        return 0
    return len(events)


def _read(engine: Engine, after: int, since: datetime | None) -> tuple[int, list[LifeEvent]]:
    with reading(engine) as connection:
        return last_change(connection, after), list_life_events(connection, after, since)


def _send(one: LifeEvent) -> None:
    resource = {
        "prefect.resource.id": f"grantline.grant.{one.reference}",
        "prefect.resource.name": one.reference,
    }
    labels = {f"grantline.{label}": value for label, value in one.labels.items()}
    emit_event(f"grantline.{one.name}", resource | labels, occurred=one.at, id=one.id)
