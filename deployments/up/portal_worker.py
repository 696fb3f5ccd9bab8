"""Serve the portal in a process of its own, beside others on the same socket, for as long as its crew lives."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import IO

import uvicorn
from starlette.applications import Starlette

from deployments.portal.app import make_app
from deployments.portal.web.state import Portal
from deployments.up.portal_crew import READY
from deployments.up.server_thread import portal_config
from models.errors import DatabaseUnready
from tasks.settings import load_settings
from tasks.store.database import open_engine, require_schema


class Worker(uvicorn.Server):
    """A server that tells its crew when it answers."""

    def __init__(self, config: uvicorn.Config, told: IO[bytes]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        with self._told:
            self._told.write(READY)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; but Ctrl-C in a terminal reaches the workers too, and when to stop is then the crew's to say."""
        if sig != signal.SIGINT:
            super().handle_exit(sig, frame)

    def stop_after(self, crew: IO[bytes]) -> None:
        """Stop when the crew's end of a pipe closes: it closes with the crew, also when that is killed."""
        crew.read()
        self.should_exit = True


def get_ready(app: Starlette) -> None:
    """Read what many pages need before the first is asked for: whoever asks waits no longer than the next."""
    portal: Portal = app.state.portal
    portal.pages.read_all()
    # Whoever comes while the database is not ready is told so.
    with suppress(DatabaseUnready):
        require_schema(portal.engine)


def main(descriptor: int) -> None:
    """Serve at the socket until SIGTERM, or until the crew is gone."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load_settings()
    app = make_app(settings, open_engine(settings.database))
    get_ready(app)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints belongs to the log
    # What is here now stays: the collector need not look at it again and again, while requests wait.
    gc.collect()
    gc.freeze()
    worker = Worker(portal_config(app), told)
    threading.Thread(target=worker.stop_after, args=(sys.stdin.buffer,), daemon=True).start()
    worker.run([socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
