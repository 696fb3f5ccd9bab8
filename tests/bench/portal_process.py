"""Serve the portal, or a bare application that answers as many bytes, as `grants up` serves its own; a process."""

from __future__ import annotations

import signal
import sys
import threading

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deployments.portal_crew import PortalCrew
from deployments.server_thread import ServerThread, listen_on
from tasks.settings import load_settings


def bare(size: int) -> Starlette:
    """Return an application that answers everything with a page of so many bytes."""
    body = "x" * size

    def answer(request: Request) -> Response:
        return HTMLResponse(body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def main(port: int, size: int | None) -> None:
    """Serve at the port until SIGTERM: the portal of the settings, or a bare application."""
    listener = listen_on(port)
    server: PortalCrew | ServerThread
    if size is None:
        server = PortalCrew(listener, load_settings().portal_workers)
    else:
        server = ServerThread("the bare application", bare(size), listener)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server.start()
    while not server.started and not server.died:
        stop.wait(0.1)
    print("ready", flush=True)
    stop.wait()
    server.ask_to_stop()
    server.join(10)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
