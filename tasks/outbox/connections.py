"""Cap the connections to the mail server over all deliveries, and notice when letters cannot leave by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from models.reading.plain_text import without_addresses
from models.rules.delivery.retry import ReplyDecision, ReplyReason, ServerReply
from models.vocabulary import AttemptOutcome
from tasks.outbox.queue import has_due_letters
from tasks.settings import Settings
from tasks.store.database import reading

_LOOKS_EVERY_SECONDS = 2.0
# Two numbers, so that none is a lock of another kind.
_SPACE = 7_201_020
_TAKE = text("SELECT pg_try_advisory_lock(:space, :number)")
# A machine that is gone gives its leases back after a minute; by itself PostgreSQL would wait for hours.
_PATIENCE = ("tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10", "tcp_keepalives_count = 3")


@contextmanager
def connection_leases(engine: Engine, settings: Settings) -> Iterator[Leases]:
    """Give leases of connections; all that were taken are given back at the end of the block."""
    if engine.dialect.name != "postgresql" or settings.captures:
        yield Leases(None, settings)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            for setting in _PATIENCE:
                connection.exec_driver_sql(f"SET {setting}")
            yield Leases(connection, settings)
        finally:
            connection.invalidate()  # closed, and with it all that it holds


class Leases:
    """A delivery's leases; without a database that several machines share, it has all that the settings allow."""

    def __init__(self, connection: Connection | None, settings: Settings) -> None:
        self._connection, self._settings = connection, settings

    def take(self) -> int:
        """Take as many as a delivery may have, or as are free; return how many."""
        wanted, taken = self._settings.smtp_connections, 0
        if self._connection is None:
            return wanted
        for number in range(self._settings.smtp_connections_in_all):
            given = {"space": _SPACE, "number": number}
            taken += bool(self._connection.execute(_TAKE, given).scalar_one())
            if taken == wanted:
                break
        return taken

    async def wait(self, engine: Engine, clock: Callable[[], datetime], stop: asyncio.Event) -> int:
        """Wait until one is free; return how many, 0 where others have taken every letter meanwhile."""
        while not (taken := await asyncio.to_thread(self.take)):
            if stop.is_set() or not await asyncio.to_thread(_are_due, engine, clock()):
                return 0
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        return taken


def _are_due(engine: Engine, now: datetime) -> bool:
    with reading(engine) as connection:
        return has_due_letters(connection, now)


# After so many silences a domain's other letters are put off, for this run.
DOMAIN_STRIKES = 2
# Silences over letters to so many domains, with none accepted in between, are the server's.
ROUTE_DOMAINS = 3
# So many connections in a row that end with a 421, or with what is not SMTP, are no letter's fault.
ROUTE_BROKEN = 3
_BROKEN = (ReplyReason.GARBLED, ReplyReason.SHUTTING_DOWN)


class Breaker:
    """What a run has seen of the route and of the domains behind it; `route_error` is set once it stops."""

    def __init__(self) -> None:
        self.route_error: str | None = None
        self._strikes: dict[str, int] = {}
        self._silent_domains: set[str] = set()
        self._broken = 0

    def stop(self, why: str) -> None:
        """Stop the route; the first reason is kept."""
        self.route_error = self.route_error or why

    def note(self, reply: ServerReply, decision: ReplyDecision, domain: str) -> None:
        """Note what came of a letter to the domain."""
        if reply.code is not None:
            self._broken = self._broken + 1 if decision.reason in _BROKEN else 0
        if decision.pauses_route:
            self.stop(said(reply))
        elif self._broken >= ROUTE_BROKEN:
            self.stop(f"{self._broken} connections in a row broke; the last {said(reply)}")
        elif decision.outcome is AttemptOutcome.ACCEPTED:
            self._silent_domains.clear()
            self._strikes.pop(domain, None)
        elif decision.is_silence:
            self._note_silence(domain)

    def _note_silence(self, domain: str) -> None:
        self._strikes[domain] = self._strikes.get(domain, 0) + 1
        self._silent_domains.add(domain)
        if len(self._silent_domains) >= ROUTE_DOMAINS:
            self.stop(f"no answer over letters to {len(self._silent_domains)} domains in a row")

    def holds_up(self, domain: str) -> bool:
        """Return whether letters to the domain wait for another run."""
        return self._strikes.get(domain, 0) >= DOMAIN_STRIKES


def said(reply: ServerReply) -> str:
    """Return an answer in one line, without addresses: at which stage, and what."""
    words = f"{reply.stage.upper()}: {' '.join(str(part) for part in (reply.code, reply.text) if part)}"
    return without_addresses(words)
