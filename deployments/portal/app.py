"""Put the portal together: its routes, its headers, and a page for everything that goes wrong.

There is no login yet, so `grants up` binds the portal to the loopback address; what a page shows is chosen so
that it could be read over a colleague's shoulder: titles and roles, addresses only in the mailbox.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from deployments.portal.answer_pages import show_tasks, take_answer
from deployments.portal.desk_state import Portal, portal_of
from deployments.portal.grant_page import show_grant
from deployments.portal.mailbox_pages import give_calendar, show_letter, show_letter_html, show_mailbox
from deployments.portal.overview_page import show_overview
from deployments.portal.page_render import Pages
from deployments.portal.web_headers import KnownHosts, SafeHeaders, keep_links_out_of_the_log, safe_headers
from models.errors import DatabaseUnready
from tasks.database import require_schema
from tasks.secret_keys import load_or_make
from tasks.settings import Settings

log = logging.getLogger(__name__)

_STATIC = Path(__file__).parents[2] / "templates" / "static"


def utc_now() -> datetime:
    """Return the time; a test or a replay gives the portal another clock."""
    return datetime.now(UTC)


def make_app(
    settings: Settings,
    engine: Engine,
    clock: Callable[[], datetime] = utc_now,
    *,
    on_loopback: bool = False,
) -> Starlette:
    """Return the portal as an ASGI application; `clock` gives aware times.

    The mailbox shows only where letters are captured, or where the caller vouches with `on_loopback` that nobody
    but this machine's users can reach it; elsewhere it is not found.
    """
    keep_links_out_of_the_log()
    app = Starlette(
        routes=[
            Route("/", show_overview),
            Route("/grants/{reference:path}", show_grant),
            Route("/mailbox", show_mailbox),
            Route("/mailbox/{letter_id:int}", show_letter),
            Route("/mailbox/{letter_id:int}/html", show_letter_html),
            Route("/mailbox/{letter_id:int}/calendar.ics", give_calendar),
            Route("/t/{token}", show_tasks),
            Route("/t/{token}", take_answer, methods=["POST"]),
            Route("/static/style.css", give_style),
            Route("/healthz", say_health),
        ],
        middleware=[
            Middleware(SafeHeaders, portal_url=settings.portal_url),
            Middleware(KnownHosts, portal_url=settings.portal_url),
        ],
        exception_handlers={
            HTTPException: show_error,
            DatabaseUnready: show_unready,
            Exception: show_failure,
        },
    )
    app.state.portal = Portal(
        settings=settings,
        engine=engine,
        clock=clock,
        pages=Pages(captures=settings.captures, mailbox=settings.captures or on_loopback),
        shows_mailbox=settings.captures or on_loopback,
        keys=load_or_make(settings),
    )
    return app


def give_style(request: Request) -> Response:
    """Return the style sheet; it is the only thing that a page loads."""
    return FileResponse(_STATIC / "style.css", media_type="text/css")


def say_health(request: Request) -> Response:
    """Return 200 while the database can be read and has this program's tables, else 503 with one line."""
    try:
        require_schema(portal_of(request).engine)
    except DatabaseUnready as error:
        log.warning("the portal's database is not ready: %s", error)
        return PlainTextResponse("The database is not ready.\n", 503)
    return PlainTextResponse("ok\n")


def show_error(request: Request, error: Exception) -> Response:
    """Return a page for what is not there (every unknown address alike), or not allowed."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = getattr(error, "headers", None)
    portal = portal_of(request)
    return portal.pages.show(
        "trouble.html", portal.speaker(request), status=status, headers=headers, code=status
    )


def show_unready(request: Request, error: Exception) -> Response:
    """Return a page that says that the database cannot be used now."""
    log.warning("the portal's database is not ready: %s", error)
    portal = portal_of(request)
    return portal.pages.show("trouble.html", portal.speaker(request), status=503, code=503)


def show_failure(request: Request, error: Exception) -> Response:
    """Return a page that says that something is wrong here; the error itself goes to the log."""
    portal = portal_of(request)
    # Starlette makes this answer outside all middleware.
    headers = safe_headers(portal.settings.portal_url)
    return portal.pages.show("trouble.html", portal.speaker(request), status=500, headers=headers, code=500)
