"""Serve the portal, or a bare application that answers as many bytes, as `grants up` serves its own; a process."""

from __future__ import annotations

import signal
import sys
import threading

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from deployments.portal.app import make_app
from deployments.server_thread import ServerThread, listen_on
from tasks.database import open_engine
from tasks.settings import load_settings


def bare(size: int) -> Starlette:
    """Return an application that answers everything with a page of so many bytes."""
    body = "x" * size

    def answer(request: Request) -> Response:
        return HTMLResponse(body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def main(port: int, size: int | None) -> None:
    """Serve at the port until SIGTERM: the portal of the settings, or a bare application."""
    settings = load_settings()
    app = make_app(settings, open_engine(settings.database)) if size is None else bare(size)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    thread = ServerThread("the portal", app, listen_on(port))
    thread.start()
    stop.wait()
    thread.ask_to_stop()
    thread.join()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
