"""Serve an application from a thread of this process, on a socket that is already ours."""

from __future__ import annotations

import errno
import logging
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from deployments.up.prompt_heads import ACCEPTS_AT_ONCE, PromptHeads
from models.errors import PortTaken

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
# How long an open connection may hold up the stop.
GRACE_SECONDS = 3
# Longer than a proxy keeps an idle connection (nginx: 60): closed under its hands, a post on it would be lost.
KEEP_ALIVE_SECONDS = 75


def listen_on(port: int, host: str = LOOPBACK) -> socket.socket:
    """Return a socket that listens at the host's port; PortTaken if it is, or the host is none of this machine."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol said, asyncio sends at once what is written: a page's second part would wait for 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(ACCEPTS_AT_ONCE)
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE and host != LOOPBACK:
            raise PortTaken(f"cannot listen at {host}, port {port}: {error.strerror or error}") from error
        raise PortTaken(f"something else listens on {port}; choose another with --port") from error
    return listener


def server_config(app: ASGIApp) -> uvicorn.Config:
    """Return how an application is served: nothing of a request is logged, and a stop waits for answers under way."""
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def portal_config(app: ASGIApp) -> uvicorn.Config:
    """Return how the portal is served: as others, and nobody keeps it waiting for what they ask."""
    config = server_config(app)
    config.http, config.backlog = PromptHeads, ACCEPTS_AT_ONCE
    return config


class ServerThread(threading.Thread):
    """A web server in a thread; `started` once it answers, `died` when it ended without being asked to."""

    def __init__(self, name: str, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(name=name, daemon=True)
        self._listener = listener
        self._asked_to_stop = False
        self._server = uvicorn.Server(server_config(app))

    def run(self) -> None:
        """Serve until asked to stop."""
        try:
            self._server.run(sockets=[self._listener])
        except SystemExit:
            # uvicorn's way to say that the application did not start; it has logged why.
            log.error("%s did not start", self.name)
        finally:
            self._listener.close()

    @property
    def started(self) -> bool:
        """Whether it answers."""
        return self._server.started

    @property
    def died(self) -> bool:
        """Whether it ended by itself."""
        return not self.is_alive() and not self._asked_to_stop

    def ask_to_stop(self) -> None:
        """Ask it to stop; `join` waits for it."""
        self._asked_to_stop = True
        self._server.should_exit = True
