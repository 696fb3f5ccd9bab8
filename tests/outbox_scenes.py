"""Letters in an outbox, a clock that stands, and a renderer of plain bytes, for the tests of delivery."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from models.facts.worded_letter import EmptyLetter, FailedLetter, FinishedLetter
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.letter import DeliveryAttempt, Letter
from models.tables.person import Person
from models.vocabulary import LetterKind
from tasks.channels.channel import Channel
from tasks.channels.kinds.email import EmailChannel, SmtpServer
from tasks.outbox.claims import Claims, Renderer
from tasks.outbox.deliver import DeliveryReport, deliver_by
from tasks.store.database import reading, transaction
from tasks.store.journal import broken_links
from tests.builders import MORNING, a_letter, a_person
from tests.mail_server import MailServer

LETTER, PERSON = table_of(Letter), table_of(Person)
ATTEMPT, EVENT = table_of(DeliveryAttempt), table_of(JournalEvent)


class StandingClock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it stands at."""
        return self.now

    def pass_by(self, **times: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**times)


def plain_renderer(
    connection: Connection, letter_ids: Sequence[int], now: datetime
) -> list[FinishedLetter | FailedLetter | EmptyLetter]:
    """Print letters of two lines, with awkward dots and the time of printing."""
    query = select(LETTER.c.id, LETTER.c.message_id, PERSON.c.email).join(
        PERSON, PERSON.c.id == LETTER.c.person_id
    )
    rows = connection.execute(query.where(LETTER.c.id.in_(letter_ids)).order_by(LETTER.c.id))
    return [
        FinishedLetter(row.id, row.email, f"Letter {row.id}", letter_bytes(row.id, row.message_id, now))
        for row in rows
    ]


def letter_bytes(letter_id: int, message_id: str, now: datetime) -> bytes:
    """Return what `plain_renderer` prints."""
    head = f"Message-ID: {message_id}\r\nSubject: Letter {letter_id}\r\n\r\n"
    return f"{head}.\r\n..two dots\r\nPrinted {now.isoformat()}\r\n".encode()


def queue_letters(engine: Engine, *recipients: str, kind: LetterKind = LetterKind.TASKS) -> list[int]:
    """Queue a letter a recipient; return the letters' ids."""
    with transaction(engine) as connection:
        people: dict[str, int] = dict(connection.execute(select(PERSON.c.email, PERSON.c.id)).all())
        for one in dict.fromkeys(recipients):
            people[one] = people.get(one) or a_person(connection, email=one)
        return [a_letter(connection, people[one], kind=kind) for one in recipients]


def queue_many(engine: Engine, count: int, kind: LetterKind = LetterKind.TASKS) -> list[int]:
    """Queue letters to as many people."""
    return queue_letters(engine, *(f"reader-{number}@example.org" for number in range(count)), kind=kind)


def server_at(server: MailServer, **values: Any) -> SmtpServer:
    """Return how a test server is used, for which a busy machine is no fault."""
    settings: dict[str, Any] = {"tls": "none", "timeout": 30.0, "data_timeout": 30.0}
    return SmtpServer("127.0.0.1", server.port, **(settings | values))


async def delivery(
    engine: Engine,
    to: SmtpServer | MailServer | Channel,
    clock: StandingClock,
    *,
    connections: int = 10,
    batch: int = 100,
    renderer: Renderer = plain_renderer,
    stop: asyncio.Event | None = None,
) -> DeliveryReport:
    """Deliver what is due; a server stands for the channel to it."""
    to = server_at(to) if isinstance(to, MailServer) else to
    channel = EmailChannel(to, connections) if isinstance(to, SmtpServer) else to
    return await deliver_by(channel, Claims(engine, renderer, clock, UTC), clock, stop, batch=batch)


def deliver(
    engine: Engine, to: SmtpServer | MailServer | Channel, clock: StandingClock, **values: Any
) -> DeliveryReport:
    """Do the same, outside an event loop."""
    return asyncio.run(delivery(engine, to, clock, **values))


def rows(engine: Engine, table: Any) -> list[Row[Any]]:
    """Return a table's rows in order."""
    with reading(engine) as connection:
        return list(connection.execute(select(table).order_by(table.c.id)))


def standing(engine: Engine) -> list[dict[str, Any]]:
    """Return the letters' rows, save the bytes: a letter that is given back keeps those that it was marked with."""
    kept = ("subject", "content")
    return [
        {name: value for name, value in row._mapping.items() if name not in kept}
        for row in rows(engine, LETTER)
    ]


def states(engine: Engine) -> list[str]:
    """Return the letters' states, in the order in which they were queued."""
    return [row.status for row in rows(engine, LETTER)]


def outcomes(engine: Engine) -> list[tuple[str, str | None, int | None]]:
    """Return the attempts: outcome, stage and the server's code."""
    return [(row.outcome, row.stage, row.code) for row in rows(engine, ATTEMPT)]


def events(engine: Engine) -> list[str]:
    """Return what the journal says happened, having checked its chain."""
    with reading(engine) as connection:
        assert list(broken_links(connection)) == []
    return [row.event for row in rows(engine, EVENT)]
