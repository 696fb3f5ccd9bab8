"""Guard the portal: who may open a page, security headers, cookies, and forms posted from our own pages."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_urlsafe
from time import perf_counter
from typing import cast
from urllib.parse import quote, urlsplit

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.portal.web.metrics import ResponseCounts
from deployments.portal.web.posted_form import FormTarget, check_nonce, read_small_form, sign_form
from deployments.portal.web.state import Portal, portal_of
from models.rules.lifetimes import LOGIN_LINK_LIVES, SESSION_LIVES
from tasks.people.sign_in import Visitor, find_visitor
from tasks.store.database import reading
from tasks.store.form_keys import FormTaken, by_form, taken_at

_POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "data:",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_YEAR_SECONDS = 31_536_000


def content_policy(**changes: str) -> str:
    """Return the Content-Security-Policy, with directives replaced, or added, by their names in snake case."""
    policy = _POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}".strip() for name, value in policy.items())


def safe_headers(portal_url: str, leads_to: str = "") -> dict[str, str]:
    """Return the headers that every answer carries; forms may lead to another site, where signing out ends."""
    headers = _ALWAYS | {"Content-Security-Policy": content_policy(form_action=f"'self' {leads_to}")}
    if portal_url.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return headers


class Outermost:
    """Add the headers that every answer carries, unless it has set them already, and count the answer."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str], answered: ResponseCounts) -> None:
        self._app = app
        self._headers = headers
        self._answered = answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and its answer back."""
        began = perf_counter()

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                self._answered.add(message["status"], perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_safely)


def is_own(headers: Headers) -> bool:
    """Return whether a post comes from a page of ours, as far as the browser says.

    The cookie stays at home otherwise (SameSite), and forms have their nonces: this holds where nobody is signed in.
    """
    sent_from = headers.get("sec-fetch-site")
    if sent_from is not None:
        return sent_from in ("none", "same-origin")
    # What an older browser says instead; "null" from our own pages, which send no referrer.
    origin = headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == headers.get("host", "")


_LONGEST_COOKIE = 100


class Who(StrEnum):
    """Whom a page is for."""

    ANYONE = "anyone"
    LINK_HOLDER = "who has the link"
    VISITOR = "who is signed in"
    ADMIN = "an admin who is signed in"
    MONITOR = "a monitor on this machine"


_SIGNED_IN = (Who.VISITOR, Who.ADMIN)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is signed in in this browser; `token` is the cookie's value, to which forms are bound."""

    visitor: Visitor
    token: str
    keys: tuple[str, ...]

    def nonce(self, about: str, number: int = 0, state: int = 0) -> str:
        """Return the nonce of a form that acts for this visit only."""
        return sign_form(FormTarget(about, number, state), self.token, self.keys)


Endpoint = Callable[[Request], Response] | Callable[[Request], Awaitable[Response]]


def page(path: str, endpoint: Endpoint, who: Who, *methods: str) -> Route:
    """Return the route of a page that only those it is for can reach; GET (and HEAD) when no method is named."""
    is_open = not methods and who not in _SIGNED_IN
    route = Route(path, endpoint if is_open else _guarded(endpoint, who), methods=list(methods) or None)
    route.who = who  # type: ignore[attr-defined]
    return route


def form(path: str, take: Callable[[Request, dict[str, str]], Response], who: Who) -> Route:
    """Return the route of a form without files: it is read, and then taken in a thread."""

    async def endpoint(request: Request) -> Response:
        posted = await read_small_form(request)
        return await run_in_threadpool(take, request, posted)

    return page(path, endpoint, who, "POST")


def act_once(
    portal: Portal, posted: Mapping[str, str], about: FormTarget, token: str, act: Callable[[Engine], object]
) -> None:
    """Act by a posted form, unless the same form has acted; HTTPException when it was made for something else."""
    signed = check_nonce(posted, about.kind, about.id, token, portal.keys)
    with reading(portal.engine) as connection:
        done = taken_at(connection, signed.key) is not None
    if not done:
        with suppress(FormTaken):
            act(by_form(portal.engine, signed.key))


def _guarded(endpoint: Endpoint, who: Who) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        refusal = await run_in_threadpool(_refuse, request, who)
        if refusal is not None:
            return refusal
        if inspect.iscoroutinefunction(endpoint):
            response: Response = await endpoint(request)
            return response
        return await run_in_threadpool(cast("Callable[[Request], Response]", endpoint), request)

    return guarded


def _refuse(request: Request, who: Who) -> Response | None:
    """Return where to sign in; None when the page is the visitor's. What is not for them is not there.

    HTTPException (403) for a form of another site's page.
    """
    if request.method == "POST" and not is_own(request.headers):
        raise HTTPException(403)
    if who not in _SIGNED_IN:
        return None
    visit = find_visit(request)
    if visit is None:
        path = request.url.path if request.method in ("GET", "HEAD") else "/tasks"
        query = f"?{request.url.query}" if request.url.query and path == request.url.path else ""
        return RedirectResponse(f"/login?next={quote(path + query, safe='')}", 303)
    if who is Who.ADMIN and not visit.visitor.is_admin:
        raise HTTPException(404)
    return None


def find_visit(request: Request) -> Visit | None:
    """Return who is signed in in the browser that asks, and keep it for the page; None when nobody is."""
    portal = portal_of(request)
    token = request.cookies.get(cookie_name(portal), "")
    if not 0 < len(token) <= _LONGEST_COOKIE:
        return None
    now = portal.clock()
    with reading(portal.engine) as connection:
        visitor = find_visitor(connection, token, today=portal.local_date(now), now=now)
    if visitor is None:
        return None
    request.state.visit = visit = Visit(visitor, token, portal.keys)
    return visit


def visit_of(request: Request) -> Visit:
    """Return who is signed in; only for pages that are guarded."""
    visit: Visit = request.state.visit
    return visit


def cookie_name(portal: Portal) -> str:
    """Return the session cookie's name; over TLS a browser holds `__Host-` to this host, without a domain."""
    return "__Host-grants" if _secure(portal) else "grants"


def _secure(portal: Portal) -> bool:
    return portal.settings.portal_url.startswith("https://")


def set_cookie(portal: Portal, response: Response, token: str) -> None:
    """Sign a browser in."""
    lives = int(SESSION_LIVES.total_seconds())
    response.set_cookie(
        cookie_name(portal),
        token,
        max_age=lives,
        path="/",
        secure=_secure(portal),
        httponly=True,
        samesite="lax",
    )


def drop_cookie(portal: Portal, response: Response) -> None:
    """Sign a browser out."""
    response.delete_cookie(
        cookie_name(portal), path="/", secure=_secure(portal), httponly=True, samesite="lax"
    )


def remember_asking(portal: Portal, request: Request, response: Response) -> str:
    """Return a new secret that the browser keeps while the login link lives that it asks for; empty if it keeps none.

    Only a browser that says that a page of ours asks keeps one: another site could ask for a link of its own.
    """
    if request.headers.get("sec-fetch-site") != "same-origin":
        return ""
    secret = token_urlsafe(18)
    response.set_cookie(
        _asking_name(portal),
        secret,
        max_age=int(LOGIN_LINK_LIVES.total_seconds()),
        path="/",
        secure=_secure(portal),
        httponly=True,
        samesite="lax",
    )
    return secret


def secret_of_asking(request: Request) -> str:
    """Return the secret of a browser that asked for a login link of late; empty for another."""
    return request.cookies.get(_asking_name(portal_of(request)), "")


def forget_asking(portal: Portal, response: Response) -> None:
    """Forget that a browser asked for a login link."""
    response.delete_cookie(
        _asking_name(portal), path="/", secure=_secure(portal), httponly=True, samesite="lax"
    )


def _asking_name(portal: Portal) -> str:
    return f"{cookie_name(portal)}-asking"
