"""The addresses of a running Grantline: which port, what letters link to, and what the terminal shows."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Engine

from deployments.up.web import LOOPBACK
from tasks.people.sign_in import login_address
from tasks.settings import Settings

DEFAULT_PORT = 8480


def port_of(settings: Settings) -> int:
    """Return the port that GRANTS_PORTAL_URL names, if it is one of this machine's."""
    address = urlsplit(settings.portal_url)
    return (address.port if address.hostname in (LOOPBACK, "localhost") else None) or DEFAULT_PORT


def said_of_letters(settings: Settings, portal_port: int) -> str:
    """Return how letters of commands come to link to a portal at the port, where the settings say another's.

    Empty where they link to it, and where the portal is reached under a name: what stands before it knows the port.
    """
    address = urlsplit(settings.portal_url)
    if address.hostname not in (LOOPBACK, "localhost") or address.port == portal_port:
        return ""
    return f"set GRANTS_PORTAL_URL=http://{LOOPBACK}:{portal_port} in .env, so that letters of commands link here"


def said_of_addresses(engine: Engine, settings: Settings, prefect_port: int) -> str:
    """Return where everything is; who can read this terminal may sign in."""

    def enter(page: str) -> str:
        return login_address(engine, settings, None, datetime.now(UTC), page)

    letters = (
        f"  Mailbox   {enter('/mailbox')}\n            (no mail server is set: nothing leaves)"
        if settings.captures
        else f"  Letters   through {settings.smtp_host}"
    )
    return "\n".join(
        (
            "",
            "Grantline is running.",
            "",
            f"  Portal    {enter('/')}",
            letters,
            f"  Prefect   http://{LOOPBACK}:{prefect_port}/due",
            f"  Data      {settings.home}",
            "",
            'These addresses sign in once, within 30 minutes; "grants login" prints another.',
            "Ctrl-C stops it.",
            "",
        )
    )
