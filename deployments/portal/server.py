"""Serve the portal with uvicorn."""

import logging

import uvicorn
from starlette.applications import Starlette

from deployments.portal.app import make_app
from tasks.log_format import set_up_logs
from tasks.settings import Settings, load_settings
from tasks.store.database import open_engine

# How long an open connection may hold up the stop.
GRACE_SECONDS = 3
# Longer than a proxy keeps an idle connection (nginx: 60): closed under its hands, a post on it would be lost.
KEEP_ALIVE_SECONDS = 75
# Connections and requests of each worker; one more is answered with 503 at once.
MOST_AT_ONCE = 600


def create() -> Starlette:
    """Return the portal of the settings: uvicorn's factory, called in each worker."""
    settings = load_settings()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    set_up_logs(settings)
    return make_app(settings, open_engine(settings.database))


def serve_portal(settings: Settings, port: int) -> None:
    """Serve the portal until SIGINT or SIGTERM; nothing of a request is logged."""
    uvicorn.run(
        "deployments.portal.server:create",
        factory=True,
        host=settings.portal_host,
        port=port,
        workers=settings.portal_workers,
        http="h11",
        ws="none",
        log_config=None,
        log_level="warning",
        access_log=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
