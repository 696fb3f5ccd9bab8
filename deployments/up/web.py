"""The addresses of a running Grantline, and requests to them, with the standard library alone."""

import json
import socket
from base64 import b64encode
from datetime import UTC, datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from sqlalchemy import Engine

from models.errors import PortTaken
from models.message import Message
from tasks.people.sign_in import login_address
from tasks.settings import Settings


class Starting(Message):
    """Why Grantline does not start here."""

    HOME_IN_USE = (
        "Grantline runs from %(home)s already (process %(process)s); stop it, or set another GRANTS_HOME"
    )
    PREFECT_DAMAGED = (
        "its database %(path)s is damaged; move the file away and start again: only the list of past runs is lost,"
        " and a schedule that was paused runs again"
    )
    NO_PREFECT = "%(address)s does not answer; start Prefect's server, then do it again"
    NOT_DEPLOYED = "'prefect deploy' ended with %(code)s; what it said is above"
    CANNOT_LISTEN = "cannot listen at %(host)s, port %(port)s: %(why)s; choose another with --port"


LOOPBACK = "127.0.0.1"


def find_status(url: str) -> int | None:
    """Return the status that the address answers with, None if it does not answer within two seconds."""
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  (an address of our own)
            status: int = answer.status
            return status
    except HTTPError as error:
        error.close()
        return error.code
    except (OSError, HTTPException):
        return None


def ask_json(url: str, body: object = None, *, auth: str = "", method: str | None = None) -> object:
    """Return the answer of the address, to a body if there is one; HTTPError (an OSError) if it refuses.

    `auth` is "name:password", if the server has one; the `method` is POST with a body, else GET,
    unless it is given.
    """
    headers = {"content-type": "application/json"}
    if auth:
        headers["authorization"] = f"Basic {b64encode(auth.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")


def require_free(host: str, port: int) -> None:
    """Raise PortTaken if something listens at the host's port, or the host is not one of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            why = error.strerror or str(error)
            raise PortTaken(Starting.CANNOT_LISTEN(host=host, port=port, why=why)) from error


DEFAULT_PORT = 8480


def port_of(settings: Settings) -> int:
    """Return the port in GRANTS_PORTAL_URL, if it is one of this machine's."""
    address = urlsplit(settings.portal_url)
    return (address.port if address.hostname in (LOOPBACK, "localhost") else None) or DEFAULT_PORT


def said_of_addresses(engine: Engine, settings: Settings, prefect_port: int) -> str:
    """Return the text with all addresses; anybody who can read this terminal may sign in."""

    def enter(page: str) -> str:
        return login_address(engine, settings, None, datetime.now(UTC), page)

    letters = (
        f"  Mailbox   {enter('/mailbox')}\n            (letters are kept there, and none leaves)"
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
