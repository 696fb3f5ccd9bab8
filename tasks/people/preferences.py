"""Keep a person's own calendar address."""

import secrets
from datetime import date, datetime

from sqlalchemy import Connection, Engine, insert, select, update

from models.events import OfficeEvent
from models.tables.columns import table_of
from models.tables.person import CalendarFeed, Person
from tasks.store.database import transaction
from tasks.store.form_keys import keep_form
from tasks.store.journal import Event, write_journal
from tasks.store.queries import is_here

_FEED = table_of(CalendarFeed)
_PERSON = table_of(Person)


def feed_of(connection: Connection, person_id: int) -> str | None:
    """Return the key of the person's calendar address; None if there is none."""
    alive = select(_FEED.c.feed_key).where(_FEED.c.person_id == person_id, _FEED.c.revoked_at.is_(None))
    return connection.execute(alive.order_by(_FEED.c.id.desc()).limit(1)).scalar()


def renew_feed(engine: Engine, person_id: int, *, today: date, now: datetime) -> None:
    """Give the person a new calendar address; the old one stops working."""
    with transaction(engine) as connection:
        _revoke(connection, person_id, now)
        row = {"feed_key": secrets.token_urlsafe(18), "person_id": person_id, "made_at": now}
        connection.execute(insert(_FEED).values(row))
        keep_form(connection, now)
        write_journal(connection, today, now, [Event(OfficeEvent.CALENDAR_FEED_MADE, person_id=person_id)])


def revoke_feed(engine: Engine, person_id: int, *, today: date, now: datetime) -> None:
    """Remove the person's calendar address."""
    with transaction(engine) as connection:
        keep_form(connection, now)
        if _revoke(connection, person_id, now):
            write_journal(
                connection, today, now, [Event(OfficeEvent.CALENDAR_FEED_REVOKED, person_id=person_id)]
            )


def _revoke(connection: Connection, person_id: int, now: datetime) -> int:
    alive = (_FEED.c.person_id == person_id, _FEED.c.revoked_at.is_(None))
    return connection.execute(update(_FEED).where(*alive).values(revoked_at=now)).rowcount


def person_of_feed(connection: Connection, feed_key: str, today: date) -> int | None:
    """Return the owner of the calendar address; None if it is revoked, or the owner has left."""
    alive = (_FEED.c.feed_key == feed_key, _FEED.c.revoked_at.is_(None), is_here(today))
    query = select(_FEED.c.person_id).join(_PERSON, _PERSON.c.id == _FEED.c.person_id).where(*alive)
    return connection.execute(query).scalar()
