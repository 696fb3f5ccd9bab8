"""Send letters to a mail server by SMTP, over connections that are kept open."""

import asyncio
import re
from collections.abc import Awaitable
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal, TypeVar

import aiosmtplib

from models.errors import RouteDown
from models.facts.worded_letter import FinishedLetter
from models.reading.plain_text import one_line, without_addresses
from models.rules.delivery.retry import NOT_A_REPLY, ServerReply
from models.vocabulary import AttemptOutcome, SmtpStage
from tasks.channels.channel import Begins, Channel, Mailed
from tasks.channels.message import LetterUnsendable, clean_address
from tasks.settings import Settings

LOST = "the connection was lost"
STALLED = "no answer in time"
_PARTING = 2.0  # seconds in which a server may answer our goodbye
_SHUTTING_DOWN = 421
_TOKEN = re.compile(rb"(?m)^Message-ID: <([0-9a-f]{32})")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and how to use it; timeouts in seconds.

    `timeout` is for everything before the first letter, and then for each answer; `data_timeout`
    for DATA with the letter and its answer.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = "grantline@example.org"  # the envelope sender, to which bounces are sent
    timeout: float = 60.0
    # RFC 5321, 4.5.3.2.6: a server may take ten minutes over a letter, and giving up early makes duplicates.
    data_timeout: float = 600.0
    # The address for returned letters; each letter then has an envelope sender of its own, with its token.
    returns: str = ""


def server_of(settings: Settings) -> SmtpServer:
    """Return the mail server that the settings name."""
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
        tls=settings.smtp_tls,
        sender=parseaddr(settings.mail_from)[1] or settings.mail_from,
        returns=parseaddr(settings.bounces_address)[1],
    )


class EmailChannel:
    """A mail server, over up to `at_once` connections that are kept between letters."""

    taken = AttemptOutcome.ACCEPTED

    def __init__(self, server: SmtpServer, at_once: int = 10) -> None:
        self.at_once = at_once
        self._server = server
        self._idle: list[_Connection] = []

    async def open(self) -> None:
        """Connect once; RouteDown if the server cannot be reached, or refuses TLS or the login."""
        self._idle.append(await _connect(self._server))

    async def send(self, letter: FinishedLetter, begins: Begins) -> ServerReply:
        """Hand a letter over a kept connection, or over a new one; RouteDown if there is neither."""
        while True:
            connection = self._idle.pop() if self._idle else await _connect(self._server)
            used = connection.used
            try:
                reply = await connection.send(letter, begins)
            except asyncio.CancelledError:
                connection.drop()
                raise
            if connection.is_open:
                self._idle.append(connection)
            # Many servers limit the letters of a connection, or close an idle one: no fault of the letter.
            if not (used and reply.stage is SmtpStage.MAIL and reply.code in (None, _SHUTTING_DOWN)):
                return reply

    async def close(self) -> None:
        """Close every connection with a goodbye."""
        await asyncio.gather(*(connection.close() for connection in self._idle))
        self._idle.clear()


class _Connection:
    """One connection; every answer of the server, or failure to answer, becomes a ServerReply."""

    def __init__(self, smtp: aiosmtplib.SMTP, server: SmtpServer) -> None:
        self.used = False  # a letter's MAIL was answered on it
        self._smtp = smtp
        self._server = server
        self._stage = SmtpStage.MAIL

    @property
    def is_open(self) -> bool:
        return self._smtp.is_connected

    async def send(self, letter: FinishedLetter, begins: Begins) -> ServerReply:
        try:
            return await self._send(letter, begins)
        except aiosmtplib.SMTPResponseException as error:
            if not 400 <= error.code <= 599:
                self.drop()  # the two are out of step, though the library would keep the connection
                return ServerReply(self._stage, NOT_A_REPLY, one_line(f"{error.code} {error.message}"))
            await self._reset()
            return ServerReply(self._stage, error.code, one_line(error.message))
        except TimeoutError:
            self.drop()
            return ServerReply(self._stage, None, STALLED)
        except (aiosmtplib.SMTPException, OSError):
            self.drop()
            return ServerReply(self._stage, None, LOST)
        except (LetterUnsendable, ValueError):
            await self._reset()
            return ServerReply(SmtpStage.RCPT, 553, "5.1.3 not an address that SMTP can take")

    async def _send(self, letter: FinishedLetter, begins: Begins) -> ServerReply:
        recipient = clean_address(letter.recipient)
        await self._ask(SmtpStage.MAIL, self._smtp.mail(_sender_of(letter, self._server)))
        self.used = True
        await self._ask(SmtpStage.RCPT, self._smtp.rcpt(recipient))
        begins()
        answer = await self._ask(SmtpStage.DATA, self._smtp.data(letter.content))
        return ServerReply(SmtpStage.DATA, answer.code, one_line(answer.message))

    async def _ask(self, stage: SmtpStage, call: Awaitable[_Answer]) -> _Answer:
        self._stage = stage
        server = self._server
        # Not the library's own timeouts: on Python 3.11 asyncio.wait_for loses a cancel at the answer.
        async with asyncio.timeout(server.data_timeout if stage is SmtpStage.DATA else server.timeout):
            return await call

    async def _reset(self) -> None:
        try:
            async with asyncio.timeout(self._server.timeout):
                await self._smtp.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        """Hang up at once; close() alone would still send what is buffered."""
        if isinstance(self._smtp.transport, asyncio.WriteTransport):
            self._smtp.transport.abort()
        self._smtp.close()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(_PARTING):
                await self._smtp.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.drop()


def _sender_of(letter: FinishedLetter, server: SmtpServer) -> str:
    token = _TOKEN.search(letter.content) if server.returns else None
    if token is None:
        return server.sender
    local, _, domain = clean_address(server.returns).rpartition("@")
    return f"{local}+{token[1].decode('ascii')}@{domain}"


async def _connect(server: SmtpServer) -> _Connection:
    """Connect, negotiate TLS and log in; RouteDown, in one line, if any of it fails or stalls."""
    try:
        sender = clean_address(server.sender)
    except LetterUnsendable as error:
        raise RouteDown(Mailed.NOT_A_SENDER(value=server.sender)) from error
    smtp = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username or None,
        password=server.password or None,
        timeout=None,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        # The sender's domain is a full name; this machine may have none.
        local_hostname=sender.rpartition("@")[2],
    )
    connection = _Connection(smtp, server)
    try:
        async with asyncio.timeout(server.timeout):
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        connection.drop()
        why = without_addresses(one_line(str(error))) or (
            STALLED if isinstance(error, TimeoutError) else type(error).__name__
        )
        raise RouteDown(why if server.host in why else f"{server.host}:{server.port}: {why}") from error
    except asyncio.CancelledError:
        connection.drop()
        raise
    return connection


def make_channel(settings: Settings) -> Channel:
    """Return the channel to the mail server that the settings name."""
    return EmailChannel(server_of(settings), settings.smtp_connections)
