"""Ask a web server on this machine, with the standard library alone: the supervisor stays small."""

from __future__ import annotations

import errno
import json
import socket
from base64 import b64encode
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from models.errors import PortTaken
from models.message import Message


class Starting(Message):
    """Why Grantline does not start here."""

    HOME_IN_USE = (
        "Grantline runs from %(home)s already (process %(process)s); stop it, or set another GRANTS_HOME"
    )
    PORT_TAKEN = "something else listens on %(port)s; choose another with --port"
    CANNOT_LISTEN = "cannot listen at %(host)s, port %(port)s: %(why)s"


LOOPBACK = "127.0.0.1"


def find_status(url: str) -> int | None:
    """Return the status that the address answers with, None where it does not answer within two seconds."""
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310  (an address of our own)
            status: int = answer.status
            return status
    except HTTPError as error:
        error.close()
        return error.code
    except (OSError, HTTPException):
        return None


def ask_json(url: str, body: object = None, *, auth: str = "") -> object:
    """Return what the address answers, to a body if there is one; HTTPError (an OSError) where it refuses.

    `auth` is "name:password", if the server has one.
    """
    headers = {"content-type": "application/json"}
    if auth:
        headers["authorization"] = f"Basic {b64encode(auth.encode()).decode()}"
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers), timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def require_free(host: str, port: int) -> None:
    """Raise PortTaken if something listens at the host's port, or the host is not one of this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(Starting.PORT_TAKEN(port=port)) from error
            why = error.strerror or str(error)
            raise PortTaken(Starting.CANNOT_LISTEN(host=host, port=port, why=why)) from error
