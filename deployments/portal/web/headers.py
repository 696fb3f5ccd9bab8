"""Guard every answer: strict headers, known hosts only, forms of our own only, and no private link in a log."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.portal.web.premade import PremadePage

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
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# A health check may come by any name; so may the style of the page that says that the name is wrong.
_ANY_HOST = ("/healthz", "/static/")


def content_policy(**changes: str) -> str:
    """Return the Content-Security-Policy, with directives replaced, or added, by their names in snake case."""
    policy = _POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}".strip() for name, value in policy.items())


def safe_headers(portal_url: str) -> dict[str, str]:
    """Return the headers that every answer carries."""
    found = _ALWAYS | {"Content-Security-Policy": content_policy()}
    if portal_url.startswith("https://"):
        found["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return found


class SafeHeaders:
    """Add the headers that every answer carries; one that an answer has set already stands."""

    def __init__(self, app: ASGIApp, *, portal_url: str) -> None:
        self._app = app
        self._headers = safe_headers(portal_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and its answer back, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_safely)


class KnownHosts:
    """Refuse requests for another host than the portal's own.

    A page elsewhere can make a browser resolve its own name to the loopback address; the Host header still tells.
    """

    def __init__(self, app: ASGIApp, *, portal_url: str, page: PremadePage) -> None:
        self._app = app
        self._page = page
        self._known = _LOOPBACK | {urlsplit(portal_url).hostname or ""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its host is known, or need not be."""
        if scope["type"] == "http" and not scope["path"].startswith(_ANY_HOST):
            host = Headers(scope=scope).get("host", "")
            if _hostname(host) not in self._known:
                await self._page.answer(scope, 400)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class OneLength:
    """Refuse a body whose length is said twice: a proxy that believes the other one would see another request in it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless its length is said twice; the connection ends then (RFC 9112, 6.3)."""
        said = set(Headers(scope=scope).keys()) if scope["type"] == "http" else set()
        if said >= {"content-length", "transfer-encoding"}:
            answer = PlainTextResponse("The length is said twice.\n", 400, {"Connection": "close"})
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class OwnPosts:
    """Refuse what another site's page makes a browser send here.

    The cookie stays at home then (SameSite), and forms have their nonces: this holds where nobody is signed in yet.
    """

    def __init__(self, app: ASGIApp, *, page: PremadePage) -> None:
        self._app = app
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on unless the browser says that another site is behind it."""
        looks = scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS")
        if not looks and not _is_own(Headers(scope=scope)):
            await self._page.answer(scope, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    sent_from = headers.get("sec-fetch-site")
    if sent_from is not None:
        return sent_from in ("none", "same-origin")
    # What an older browser says instead; "null" from our own pages, which send no referrer.
    origin = headers.get("origin", "null")
    return origin == "null" or _hostname(origin.partition("://")[2]) == _hostname(headers.get("host", ""))


def _hostname(host: str) -> str:
    """Return the name of a Host header, without its port; empty for more than that (RFC 9110, 7.2)."""
    if any(mark in host for mark in "@/?#"):
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


_SECRET_PATHS = ("/t/", "/login/", "/undo/", "/c/")


class _NoLinks(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        return not any(path in said for path in _SECRET_PATHS)


_NO_LINKS = _NoLinks()


def keep_links_out_of_the_log() -> None:
    """Leave requests for private addresses out of the server's logs: whoever has one can act."""
    # addFilter adds a filter once only.
    for name in ("uvicorn.access", "uvicorn.error"):
        logging.getLogger(name).addFilter(_NO_LINKS)
