"""Serve the portal, or a bare application that answers as many bytes, as `grants up` serves its own; a process."""

from __future__ import annotations

import signal
import sys
import threading

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deployments.up.portal_crew import PortalCrew
from deployments.up.server_thread import ServerThread, listen_on
from tasks.settings import load_settings


def bare(size: int) -> Starlette:
    """Return an application that answers everything with a page of so many bytes."""
    body = "x" * size

    def answer(request: Request) -> Response:
        return HTMLResponse(body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def main(port: int, size: int | None) -> int:
    """Serve at the port until SIGTERM: the portal of the settings, or a bare application; 1 if it does not live."""
    listener = listen_on(port)
    server: PortalCrew | ServerThread
    if size is None:
        server = PortalCrew(listener, load_settings().portal_workers)
    else:
        server = ServerThread("the bare application", bare(size), listener)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    server.start()
    while not server.started and not server.died and not stop.is_set():
        stop.wait(0.1)
    if server.started:
        print("ready", flush=True)
    while not server.died and not stop.wait(1):
        pass
    died = server.died
    server.ask_to_stop()
    server.join(10)
    return 1 if died else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None))
