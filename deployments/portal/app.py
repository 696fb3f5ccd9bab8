"""Put the portal together: its routes and whom each is for, its headers, and a page for everything that goes wrong.

What a page shows is chosen so that it could be read over a colleague's shoulder: titles and roles, addresses only
in the mailbox.
"""

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
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from deployments.portal import feed, mailbox, money, month, overview, people
from deployments.portal.answer import pages as answers
from deployments.portal.answer import undo
from deployments.portal.desk import attention, form_page, grants, imports, meetings
from deployments.portal.grant.page import show_grant
from deployments.portal.login import links, provider
from deployments.portal.login import pages as login
from deployments.portal.login.reader import LinkOver
from deployments.portal.papers import pages as papers
from deployments.portal.papers import templates as paper_templates
from deployments.portal.papers import vouchers
from deployments.portal.papers.files import give_document
from deployments.portal.programme import page as programme
from deployments.portal.tasks.report import show_answer, show_copies
from deployments.portal.web.guard import Outermost, Who, find_visit, form, page, safe_headers, visit_of
from deployments.portal.web.metrics import ResponseCounts, show_metrics
from deployments.portal.web.state import STATIC, Pages, Portal, give_static, portal_of
from deployments.shipped_files import FIGURES_EXAMPLE
from models.errors import DatabaseUnready, DiskFull
from tasks.settings import Settings
from tasks.store.database import reading, require_schema
from tasks.store.foundation import DATABASE_HEADER, read_database_id
from tasks.store.secrets import load_or_make
from tasks.watch.last_findings import kept_findings

log = logging.getLogger(__name__)

ROLES = ("coordinator", "manager", "secretary", "controller", "administrator")


def show_help(request: Request) -> Response:
    """Return the page of a role; 404 for one that there is not."""
    portal = portal_of(request)
    role = request.path_params["role"]
    if role not in ROLES:
        raise HTTPException(404)
    say = portal.translator(request)
    return portal.pages.show("help.html", say, visit=visit_of(request), role=role, roles=ROLES)


def give_figures_example(request: Request) -> Response:
    """Return a file of figures as a grant can have one, to take and fill in."""
    return FileResponse(FIGURES_EXAMPLE, media_type="text/csv", filename="figures.csv")


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
    answered = ResponseCounts()
    keys = load_or_make(settings)
    headers = safe_headers(settings.portal_url, leads_to=provider.provider_site(settings))
    # A page elsewhere can make a browser resolve its own name to the loopback address; the Host header still tells.
    own = urlsplit(settings.portal_url).hostname or "localhost"
    hosts = ["127.0.0.1", "localhost", settings.portal_host, own]
    app = Starlette(
        routes=list(routes()),
        lifespan=few_threads,
        middleware=[
            Middleware(Outermost, headers=headers, answered=answered),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            *provider.cookie_of(settings, keys),
        ],
        exception_handlers={
            HTTPException: show_trouble,
            DatabaseUnready: show_trouble,
            LinkOver: answers.show_link_over,
            ClientDisconnect: answer_nobody,
            Exception: show_trouble,
        },
    )
    app.state.portal = Portal(
        settings=settings,
        engine=engine,
        clock=clock,
        pages=Pages(settings),
        keys=keys,
        provider=provider.provider_of(settings),
    )
    app.state.answered = answered
    # It would make an address of what the request calls this host.
    app.router.redirect_slashes = False
    return app


def routes() -> Iterator[Route]:
    """Yield every address of the portal, with whom it is for."""
    yield page("/", overview.show_overview, Who.VISITOR)
    yield page("/tasks", answers.show_my_tasks, Who.VISITOR)
    yield page("/t/{token}", answers.show_tasks, Who.LINK_HOLDER)
    for root, who, address in (("", Who.VISITOR, "/tasks"), ("/t/{token}", Who.LINK_HOLDER, "/t/{token}")):
        yield page(address, answers.take_answer, who, "POST")
        yield page(f"{root}/documents/{{document_id:int}}", give_document, who)
        yield page(f"{root}/papers/{{grant_id:int}}", papers.show_papers, who)
        yield form(f"{root}/papers/{{grant_id:int}}", papers.make_paper, who)
        yield page(f"{root}/made/{{made_id:int}}", papers.give_paper, who)
    yield form("/t/{token}/new", links.send_new_link, Who.LINK_HOLDER)
    yield form("/t/{token}/login", links.send_login_link, Who.LINK_HOLDER)
    yield page("/leadership", overview.show_leadership, Who.VISITOR)
    yield page("/money", money.show_money, Who.VISITOR)
    yield page("/money.xlsx", money.give_money, Who.VISITOR)
    yield page("/month", month.show_month, Who.VISITOR)
    yield page("/grants.xlsx", overview.give_table, Who.VISITOR)
    yield page("/grants/{reference:path}", show_grant, Who.VISITOR)
    yield page("/answers/{step_id:int}", show_answer, Who.VISITOR)
    yield page("/answers/{step_id:int}/copy", show_copies, Who.VISITOR)
    yield page("/answers/{step_id:int}/vouchers.xlsx", vouchers.give_vouchers, Who.VISITOR)
    yield page("/people", people.show_people, Who.VISITOR)
    yield page("/people/{person_id:int}", people.show_person, Who.VISITOR)
    yield form("/people/{person_id:int}/absence", people.settle_absence, Who.VISITOR)
    yield form("/people/{person_id:int}/feed", people.change_feed, Who.VISITOR)
    yield page("/meetings", meetings.show_meetings, Who.VISITOR)
    yield page("/attention", attention.show_attention, Who.ADMIN)
    yield page("/desk/{form}/{about:int}", form_page.show_form, Who.VISITOR)
    yield page("/desk/{form}/{about:int}", form_page.take_form, Who.VISITOR, "POST")
    yield page("/programme", programme.show_programme, Who.VISITOR)
    yield page("/programme", programme.take_programme, Who.VISITOR, "POST")
    yield page("/new-grant", grants.show_programmes, Who.VISITOR)
    yield page("/import.xlsx", imports.give_workbook, Who.ADMIN)
    yield page("/letters-to-come", attention.show_letters_to_come, Who.ADMIN)
    yield page("/mailbox", mailbox.show_mailbox, Who.ADMIN)
    yield page("/mailbox/{letter_id:int}", mailbox.show_letter, Who.ADMIN)
    yield page("/mailbox/{letter_id:int}/html", mailbox.show_letter_html, Who.ADMIN)
    yield page("/templates", paper_templates.show_fields, Who.VISITOR)
    yield page("/templates/{name}.docx", paper_templates.give_template, Who.VISITOR)
    yield page("/figures.csv", give_figures_example, Who.VISITOR)
    yield page("/help/{role}", show_help, Who.VISITOR)
    yield page("/logout", partial(login.sign_out, leave=provider.sign_out_there), Who.VISITOR, "POST")
    yield page("/login", login.show_login, Who.ANYONE)
    yield form("/login", login.ask_for_login, Who.ANYONE)
    yield page("/login/provider", provider.go_to_provider, Who.ANYONE)
    yield page("/login/provider/return", provider.return_from_provider, Who.ANYONE)
    yield page("/login/{token}", login.show_login_link, Who.LINK_HOLDER)
    yield form("/login/{token}", login.use_login_link, Who.LINK_HOLDER)
    yield page("/undo/{token}", undo.show_undo, Who.LINK_HOLDER)
    yield form("/undo/{token}", undo.undo, Who.LINK_HOLDER)
    yield page("/c/{token}.ics", feed.give_feed, Who.LINK_HOLDER)
    for name in STATIC:
        yield page(f"/static/{name}", partial(give_static, name=name), Who.ANYONE)
    yield page("/healthz", say_health, Who.ANYONE)
    yield page("/metrics", show_metrics, Who.MONITOR)


def say_health(request: Request) -> Response:
    """Return 200 while the database can be read and has this program's tables, else 503 with one line.

    Where letters cannot leave, as the watch found in the last hour, the second line says so: the code stays 200.
    By the header `grants doctor` sees whose portal answers at the address: a database's id opens nothing.
    """
    engine = portal_of(request).engine
    try:
        require_schema(engine)
        with reading(engine) as connection:
            headers = {DATABASE_HEADER: read_database_id(connection)}
    except DatabaseUnready as error:
        log.warning("the portal's database is not ready: %s", error)
        return PlainTextResponse("The database is not ready.\n", 503)
    text = "ok\n"
    findings = kept_findings(portal_of(request).settings.watch_folder)
    if findings and findings.mail_down_since:
        # The pages work: a load balancer goes on, and who reads this sees to the mail server.
        text += f"The mail server has not worked since {findings.mail_down_since}.\n"
    return PlainTextResponse(text, headers=headers)


def show_trouble(request: Request, error: Exception) -> Response:
    """Return a page for what is not there (every unknown address alike), not allowed, or broken here."""
    portal = portal_of(request)
    headers = None
    status = 500
    if isinstance(error, HTTPException):
        status = error.status_code
        headers = error.headers
    elif isinstance(error, DatabaseUnready):
        log.warning("the portal's database is not ready: %s", error)
        status = 507 if isinstance(error, DiskFull) else 503
    else:  # Starlette makes this answer outside all middleware, and logs the error itself
        headers = safe_headers(portal.settings.portal_url)
    if status == 404 and not hasattr(request.state, "visit"):
        with suppress(DatabaseUnready):  # for the menu alone
            find_visit(request)
    return portal.pages.show(
        "trouble.html",
        portal.translator(request),
        status=status,
        headers=headers,
        code=status,
        visit=getattr(request.state, "visit", None),
    )


def answer_nobody(request: Request, error: Exception) -> Response:
    """Return an answer that nobody gets: who asked hung up in the middle of a form, which is no fault of ours."""
    return Response(status_code=400)
