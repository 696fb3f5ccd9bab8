"""Hold back a client that asks for links again and again, whichever worker it asks: a bucket each, filled slowly."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from models.tables.columns import table_of
from models.tables.sign_in import LinkAsker
from tasks.store.database import LINK_LOCK, transaction

MOST_REQUESTS = 20
REFILLS_IN = timedelta(seconds=30)  # for one request more
_ASKER = table_of(LinkAsker)
# Who has one IPv6 address has a network of them.
_OF_ONE_HOLDER = 64


def may_ask(engine: Engine, client: str, keys: tuple[str, ...], now: datetime) -> bool:
    """Return whether the client at a network address may ask for a link, and count it; forget who is free again."""
    key, full = _hash(client, keys), REFILLS_IN * MOST_REQUESTS
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            # Two workers must not count from the same number (SQLite has one writer anyway).
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LINK_LOCK})
        # What lies far ahead was written by a clock that was wrong.
        over = (_ASKER.c.free_at <= now) | (_ASKER.c.free_at > now + 2 * full)
        connection.execute(delete(_ASKER).where(over))
        found = connection.execute(select(_ASKER.c.free_at).where(_ASKER.c.client_hash == key)).scalar()
        free_at = (found or now) + REFILLS_IN
        if free_at > now + full:
            return False
        _note(connection, key, free_at, is_new=found is None)
    return True


def _note(connection: Connection, key: str, free_at: datetime, *, is_new: bool) -> None:
    if is_new:
        connection.execute(insert(_ASKER).values(client_hash=key, free_at=free_at))
    else:
        connection.execute(update(_ASKER).where(_ASKER.c.client_hash == key).values(free_at=free_at))


def _hash(client: str, keys: tuple[str, ...]) -> str:
    """Return what stands for the client: nobody who reads the table alone learns who asked."""
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        who = client
    else:
        if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
            address = ip_network((address, _OF_ONE_HOLDER), strict=False).network_address
        who = str(getattr(address, "ipv4_mapped", None) or address)
    return hmac.new(keys[0].encode(), f"link-asker {who}".encode(), hashlib.sha256).hexdigest()
