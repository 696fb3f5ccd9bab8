"""Show the state of the portal and the outbox to a monitor, in Prometheus' text format."""

import ipaddress
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from deployments.portal.web.state import portal_of
from models.tables.columns import table_of
from models.tables.journal import DayRound
from models.tables.letter import Letter
from models.vocabulary import LetterStatus
from tasks.store.database import reading
from tasks.watch.last_findings import KeptFindings, kept_findings

_LETTER = table_of(Letter)
_ROUND = table_of(DayRound)
# What has left or was called off only grows.
_COUNTED = [state for state in LetterStatus if state not in (LetterStatus.ACCEPTED, LetterStatus.CANCELLED)]
_LETTERS = (
    select(_LETTER.c.status, func.count(), func.min(_LETTER.c.next_attempt_at))
    .where(_LETTER.c.status.in_(_COUNTED))
    .group_by(_LETTER.c.status)
)
_LAST_ROUND = select(func.max(_ROUND.c.completed_at))


@dataclass(slots=True)
class ResponseCounts:
    """The answers of this process by their class ("2xx"), and the seconds that they took."""

    count: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, status: int, seconds: float) -> None:
        """Count an answer."""
        self.count[f"{status // 100}xx"] += 1
        self.seconds[f"{status // 100}xx"] += seconds


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
    answered = request.app.state.answered
    with reading(portal.engine) as connection:
        outbox = _outbox(connection, portal.clock())
    findings = kept_findings(portal.settings.watch_folder)
    process = f'process="{os.getpid()}"'
    answers = (
        ("grantline_portal_answers_total", "Answers of a process by class.", answered.count),
        ("grantline_portal_answer_seconds_total", "Seconds until they began.", answered.seconds),
    )
    lines = [*outbox, *(_mail_server(findings) if findings else ())]
    for name, about, by_class in answers:
        labelled = {f'{{status="{status}",{process}}}': value for status, value in sorted(by_class.items())}
        lines += _metric(name, "counter", about, labelled)
    return PlainTextResponse("\n".join([*lines, ""]), media_type="text/plain; version=0.0.4")


def _outbox(connection: Connection, now: datetime) -> list[str]:
    by_state = {status: (count, first) for status, count, first in connection.execute(_LETTERS)}
    _, first = by_state.get(LetterStatus.QUEUED, (0, None))
    last = connection.execute(_LAST_ROUND).scalar()
    states = {f'{{state="{status}"}}': float(by_state.get(status, (0, None))[0]) for status in _COUNTED}
    waited = max(0.0, (now - first).total_seconds()) if first else 0.0
    since = last.timestamp() if last else 0.0
    return [
        *_metric("grantline_letters", "gauge", "Letters by state, less those that have left.", states),
        *_metric(
            "grantline_oldest_due_letter_seconds",
            "gauge",
            "How long the oldest due letter has waited.",
            {"": waited},
        ),
        *_metric(
            "grantline_last_round_timestamp_seconds",
            "gauge",
            "When a day's round was completed last.",
            {"": since},
        ),
    ]


def _mail_server(findings: KeptFindings) -> Iterator[str]:
    """Yield whether letters could leave as the watch, which asks each hour, looked last, and when that was."""
    works = {"": 0.0 if findings.mail_down_since else 1.0}
    looked = {"": datetime.fromisoformat(findings.at).timestamp()}
    yield from _metric("grantline_mail_up", "gauge", "Whether letters could leave at the last watch.", works)
    about = "When the watch looked last."
    yield from _metric("grantline_last_watch_timestamp_seconds", "gauge", about, looked)


def _metric(name: str, kind: str, about: str, values: Mapping[str, float]) -> Iterator[str]:
    yield from (f"# HELP {name} {about}", f"# TYPE {name} {kind}")
    yield from (f"{name}{labels} {value:.10g}" for labels, value in values.items())
