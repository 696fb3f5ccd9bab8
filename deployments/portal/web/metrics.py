"""Show the state of the portal and the outbox to a monitor, in Prometheus' text format."""

from __future__ import annotations

import ipaddress
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from sqlalchemy import Connection, func, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.portal.web.state import portal_of
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.letter import Letter
from models.vocabulary import LetterStatus
from tasks.store.database import reading

_LETTER, _ROUND = table_of(Letter), table_of(DayRound)
# What has left or was called off only grows.
_COUNTED = [one for one in LetterStatus if one not in (LetterStatus.ACCEPTED, LetterStatus.CANCELLED)]
_LETTERS = (
    select(_LETTER.c.status, func.count(), func.min(_LETTER.c.next_attempt_at))
    .where(_LETTER.c.status.in_(_COUNTED))
    .group_by(_LETTER.c.status)
)
_LAST_ROUND = select(func.max(_ROUND.c.completed_at))


@dataclass(slots=True)
class Answered:
    """The answers of this process by their class ("2xx"), and the seconds that they took."""

    count: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class CountAnswers:
    """Counts what it passes on."""

    def __init__(self, app: ASGIApp, *, answered: Answered) -> None:
        self._app, self._answered = app, answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count its answer."""
        began = perf_counter()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = f"{message['status'] // 100}xx"
                self._answered.count[kind] += 1
                self._answered.seconds[kind] += perf_counter() - began
            await send(message)

        await self._app(scope, receive, count)


def show_metrics(request: Request) -> Response:
    """Return the metrics to a monitor on this machine; 404 to anyone else, as for an unknown address."""
    host = request.client.host if request.client else ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise HTTPException(404)
    portal = portal_of(request)
    with reading(portal.engine) as connection:
        lines = [*_outbox(connection, portal.clock()), *_portal(request)]
    return PlainTextResponse("\n".join([*lines, ""]), media_type="text/plain; version=0.0.4")


def _outbox(connection: Connection, now: datetime) -> Iterator[str]:
    found = {status: (count, first) for status, count, first in connection.execute(_LETTERS)}
    yield from _head("grantline_letters", "gauge", "Letters by state, less those that have left.")
    for status in _COUNTED:
        yield f'grantline_letters{{state="{status}"}} {found.get(status, (0, None))[0]}'
    _, first = found.get(LetterStatus.QUEUED, (0, None))
    waits = max(0.0, (now - first).total_seconds()) if first else 0.0
    yield from _head(
        "grantline_oldest_due_letter_seconds", "gauge", "How long the oldest due letter has waited."
    )
    yield f"grantline_oldest_due_letter_seconds {waits:.0f}"
    last = connection.execute(_LAST_ROUND).scalar()
    yield from _head(
        "grantline_last_round_timestamp_seconds", "gauge", "When a day's round was completed last."
    )
    yield f"grantline_last_round_timestamp_seconds {last.timestamp() if last else 0:.0f}"


def _portal(request: Request) -> Iterator[str]:
    answered: Answered = request.app.state.answered
    for name, about, values in (
        ("grantline_portal_answers_total", "Answers of a process by class.", answered.count),
        ("grantline_portal_answer_seconds_total", "Seconds until they began.", answered.seconds),
    ):
        yield from _head(name, "counter", about)
        for status, value in sorted(values.items()):
            yield f'{name}{{status="{status}",process="{os.getpid()}"}} {value:g}'


def _head(name: str, kind: str, about: str) -> tuple[str, str]:
    return f"# HELP {name} {about}", f"# TYPE {name} {kind}"
