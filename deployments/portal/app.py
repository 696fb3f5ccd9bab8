"""Put the portal together: its routes and whom each is for, its headers, and a page for everything that goes wrong.

What a page shows is chosen so that it could be read over a colleague's shoulder: titles and roles, addresses only
in the mailbox.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from anyio import to_thread
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from deployments.portal.answer.pages import show_link_over, show_my_tasks, show_tasks, take_answer
from deployments.portal.desk.attention import show_attention, show_letters_to_come
from deployments.portal.desk.grants import show_programmes
from deployments.portal.desk.meetings import show_meetings
from deployments.portal.desk.turn import show_form, take_form
from deployments.portal.feed import give_feed
from deployments.portal.grant.page import show_grant
from deployments.portal.login.links import send_new_link, show_undo, undo
from deployments.portal.login.pages import (
    ask_for_login,
    show_login,
    show_login_link,
    sign_out,
    use_login_link,
)
from deployments.portal.login.provider import (
    cookie_of,
    go_to_provider,
    provider_of,
    provider_site,
    return_from_provider,
    sign_out_there,
)
from deployments.portal.login.reader import LinkOver, reader_by_link, reader_by_visit, speaker_of
from deployments.portal.mailbox import give_calendar, show_letter, show_letter_html, show_mailbox
from deployments.portal.month import show_month
from deployments.portal.overview import (
    change_lists,
    give_csv,
    give_xlsx,
    show_leadership,
    show_overview,
)
from deployments.portal.papers.files import give_grant_document, give_task_document
from deployments.portal.papers.pages import by_link, by_visit, give_paper, post_paper, show_papers
from deployments.portal.people import change_feed, settle_absence, show_people, show_person
from deployments.portal.web.guard import SafeHeaders, Who, find_visit, page, safe_headers, visit_of
from deployments.portal.web.metrics import Answered, CountAnswers, show_metrics
from deployments.portal.web.state import Pages, Portal, give_script, give_style, portal_of
from models.errors import DatabaseUnready, DiskFull
from tasks.settings import Settings
from tasks.store.database import require_schema
from tasks.store.secrets import load_or_make

log = logging.getLogger(__name__)

ROLES = ("coordinator", "manager", "secretary", "administrator")


def show_help(request: Request) -> Response:
    """Return the page of a role; 404 for one that there is not."""
    portal, role = portal_of(request), request.path_params["role"]
    if role not in ROLES:
        raise HTTPException(404)
    say = portal.translator(request)
    return portal.pages.show("help.html", say, visit=visit_of(request), role=role, roles=ROLES)


# Of each worker, which has 15 connections to the database: more threads only take the processor from each other.
THREADS = 10


@asynccontextmanager
async def few_threads(app: Starlette) -> AsyncIterator[None]:
    """Work on few requests at once, as Starlette's documentation of its thread pool says; others wait."""
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def utc_now() -> datetime:
    """Return the time; a test or a replay gives the portal another clock."""
    return datetime.now(UTC)


def make_app(
    settings: Settings,
    engine: Engine,
    clock: Callable[[], datetime] = utc_now,
) -> Starlette:
    """Return the portal as an ASGI application; `clock` gives aware times."""
    answered, keys = Answered(), load_or_make(settings)
    # A page elsewhere can make a browser resolve its own name to the loopback address; the Host header still tells.
    own = urlsplit(settings.portal_url).hostname or "localhost"
    hosts = ["127.0.0.1", "localhost", settings.portal_host, own]
    app = Starlette(
        routes=list(routes()),
        lifespan=few_threads,
        middleware=[
            Middleware(CountAnswers, answered=answered),
            Middleware(SafeHeaders, portal_url=settings.portal_url, leads_to=provider_site(settings)),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            *cookie_of(settings, keys),
        ],
        exception_handlers={
            HTTPException: show_error,
            DatabaseUnready: show_unready,
            LinkOver: show_link_over,
            ClientDisconnect: answer_nobody,
            Exception: show_failure,
        },
    )
    app.state.portal = Portal(
        settings=settings,
        engine=engine,
        clock=clock,
        pages=Pages(captures=settings.captures),
        keys=keys,
        provider=provider_of(settings),
    )
    app.state.answered = answered
    # It would make an address of what the request calls this host.
    app.router.redirect_slashes = False
    return app


def routes() -> Iterator[Route]:
    """Yield every address of the portal, with whom it is for."""
    yield page("/", show_overview, Who.VISITOR)
    yield page("/tasks", show_my_tasks, Who.VISITOR)
    yield page("/tasks", partial(take_answer, find=reader_by_visit), Who.VISITOR, "POST")
    yield page("/lists", change_lists, Who.VISITOR, "POST")
    yield page("/leadership", show_leadership, Who.VISITOR)
    yield page("/month", show_month, Who.VISITOR)
    yield page("/grants.csv", give_csv, Who.VISITOR)
    yield page("/grants.xlsx", give_xlsx, Who.VISITOR)
    yield page("/grants/{reference:path}", show_grant, Who.VISITOR)
    yield page("/documents/{document_id:int}", give_grant_document, Who.VISITOR)
    yield page("/papers/{grant_id:int}", partial(show_papers, find=by_visit), Who.VISITOR)
    yield page("/papers/{grant_id:int}", partial(post_paper, find=by_visit), Who.VISITOR, "POST")
    yield page("/made/{made_id:int}", partial(give_paper, find=by_visit), Who.VISITOR)
    yield page("/people", show_people, Who.VISITOR)
    yield page("/people/{person_id:int}", show_person, Who.VISITOR)
    yield page("/people/{person_id:int}/absence", settle_absence, Who.VISITOR, "POST")
    yield page("/people/{person_id:int}/feed", change_feed, Who.VISITOR, "POST")
    yield page("/meetings", show_meetings, Who.VISITOR)
    yield page("/attention", show_attention, Who.VISITOR)
    yield page("/desk/{form}/{about:int}", show_form, Who.VISITOR)
    yield page("/desk/{form}/{about:int}", take_form, Who.VISITOR, "POST")
    yield page("/new-grant", show_programmes, Who.ADMIN)
    yield page("/letters-to-come", show_letters_to_come, Who.ADMIN)
    yield page("/mailbox", show_mailbox, Who.ADMIN)
    yield page("/mailbox/{letter_id:int}", show_letter, Who.ADMIN)
    yield page("/mailbox/{letter_id:int}/html", show_letter_html, Who.ADMIN)
    yield page("/mailbox/{letter_id:int}/calendar.ics", give_calendar, Who.ADMIN)
    yield page("/help/{role}", show_help, Who.VISITOR)
    yield page("/logout", partial(sign_out, leave=sign_out_there), Who.VISITOR, "POST")
    yield page("/login", show_login, Who.ANYONE)
    yield page("/login", ask_for_login, Who.ANYONE, "POST")
    yield page("/login/provider", go_to_provider, Who.ANYONE)
    yield page("/login/provider/return", return_from_provider, Who.ANYONE)
    yield page("/login/{token}", show_login_link, Who.LINK_HOLDER)
    yield page("/login/{token}", use_login_link, Who.LINK_HOLDER, "POST")
    yield page("/t/{token}", partial(show_tasks, find=reader_by_link), Who.LINK_HOLDER)
    yield page("/t/{token}", partial(take_answer, find=reader_by_link), Who.LINK_HOLDER, "POST")
    yield page("/t/{token}/documents/{document_id:int}", give_task_document, Who.LINK_HOLDER)
    yield page("/t/{token}/papers/{grant_id:int}", partial(show_papers, find=by_link), Who.LINK_HOLDER)
    yield page("/t/{token}/papers/{grant_id:int}", partial(post_paper, find=by_link), Who.LINK_HOLDER, "POST")
    yield page("/t/{token}/made/{made_id:int}", partial(give_paper, find=by_link), Who.LINK_HOLDER)
    yield page("/t/{token}/new", send_new_link, Who.LINK_HOLDER, "POST")
    yield page("/undo/{token}", show_undo, Who.LINK_HOLDER)
    yield page("/undo/{token}", undo, Who.LINK_HOLDER, "POST")
    yield page("/c/{token}.ics", give_feed, Who.LINK_HOLDER)
    yield page("/static/style.css", give_style, Who.ANYONE)
    yield page("/static/keep.js", give_script, Who.ANYONE)
    yield page("/healthz", say_health, Who.ANYONE)
    yield page("/metrics", show_metrics, Who.MONITOR)


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
    if status == 404 and not hasattr(request.state, "visit"):
        with suppress(DatabaseUnready):  # for the menu alone
            find_visit(request)
    # What is not there looks the same behind every link, a forged one's too.
    say = portal.translator(request) if status == 404 else speaker_of(request)
    return portal.pages.show(
        "trouble.html",
        say,
        status=status,
        headers=headers,
        code=status,
        visit=getattr(request.state, "visit", None),
    )


def show_unready(request: Request, error: Exception) -> Response:
    """Return a page that says that the database cannot be used now, or that the disk is full."""
    log.warning("the portal's database is not ready: %s", error)
    portal = portal_of(request)
    status = 507 if isinstance(error, DiskFull) else 503
    return portal.pages.show("trouble.html", speaker_of(request), status=status, code=status)


def answer_nobody(request: Request, error: Exception) -> Response:
    """Return an answer that nobody gets: who asked hung up in the middle of a form, which is no fault of ours."""
    return Response(status_code=400)


def show_failure(request: Request, error: Exception) -> Response:
    """Return a page that says that something is wrong here; the error itself goes to the log."""
    portal = portal_of(request)
    # Starlette makes this answer outside all middleware.
    headers = safe_headers(portal.settings.portal_url)
    return portal.pages.show("trouble.html", speaker_of(request), status=500, headers=headers, code=500)
