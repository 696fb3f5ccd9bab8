"""The route that letters take: a mail server, spoken to over aiosmtplib, or the portal's own mailbox."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Literal

import aiosmtplib

from models.errors import RouteDown
from tasks.mail.smtp_line import LOST, STALLED, Line
from tasks.mail.smtp_wire import one_line, wire_address, without_addresses
from tasks.settings import Settings


@dataclass(frozen=True, slots=True)
class SmtpRoute:
    """A mail server and how to use it; timeouts in seconds.

    `timeout` is for all that comes before the first letter, and then for each answer; `dot_timeout` for the one to a
    letter.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = "grantline@example.org"  # the envelope's, to which bounces come
    timeout: float = 60.0
    # RFC 5321, 4.5.3.2.6: a server may take ten minutes over the dot, and giving up early makes duplicates.
    dot_timeout: float = 600.0


@dataclass(frozen=True, slots=True)
class CaptureRoute:
    """No mail server: letters are kept in the database, for the portal's mailbox."""


def route_of(settings: Settings) -> SmtpRoute | CaptureRoute:
    """Return the route that the settings name."""
    if settings.captures:
        return CaptureRoute()
    return SmtpRoute(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_username,
        settings.smtp_password.get_secret_value(),
        settings.smtp_tls,
        parseaddr(settings.mail_from)[1] or settings.mail_from,
    )


async def open_line(route: SmtpRoute) -> Line:
    """Connect, negotiate TLS and log in; RouteDown, in one line, when any of it fails or stalls.

    From there on a Line speaks: aiosmtplib waits for one reply at a time, and raises the same error for a
    stall before DATA's 354, when the server does not have the letter, and after the dot, when it may.
    """
    try:
        sender = wire_address(route.sender)
        sender.decode("ascii")
    except ValueError as error:
        raise RouteDown(f"letters cannot come from '{route.sender}'") from error
    smtp = aiosmtplib.SMTP(
        hostname=route.host,
        port=route.port,
        username=route.username or None,
        password=route.password or None,
        # None of its own: on Python 3.11 its asyncio.wait_for forgets a cancel that meets what it waited for.
        timeout=None,
        use_tls=route.tls == "tls",
        start_tls=route.tls == "starttls",
        # The sender's domain has a name in full, which this machine may not.
        local_hostname=sender.rpartition(b"@")[2].decode(),
    )
    try:
        async with asyncio.timeout(route.timeout):
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await _greet(smtp)
        if smtp.transport is None:
            raise aiosmtplib.SMTPServerDisconnected(LOST)
        return Line(
            smtp.transport,
            sender,
            smtp.esmtp_extensions,
            timeout=route.timeout,
            dot_timeout=route.dot_timeout,
        )
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        smtp.close()
        why = without_addresses(one_line(str(error)))
        why = why or (STALLED if isinstance(error, TimeoutError) else type(error).__name__)
        raise RouteDown(why if route.host in why else f"{route.host}:{route.port}: {why}") from error
    except asyncio.CancelledError:
        smtp.close()
        raise


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        # RFC 5321, 3.2: a server may not know EHLO; one that is too busy says something else.
        if not 500 <= error.code <= 599:
            raise
        await smtp.helo()
