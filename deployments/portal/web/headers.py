"""Guard every answer by strict headers, and tell a form of our own from another site's."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    found = _ALWAYS | {"Content-Security-Policy": content_policy(form_action=f"'self' {leads_to}")}
    if portal_url.startswith("https://"):
        found["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return found


class SafeHeaders:
    """Add the headers that every answer carries; one that an answer has set already stands."""

    def __init__(self, app: ASGIApp, *, portal_url: str, leads_to: str = "") -> None:
        self._app = app
        self._headers = safe_headers(portal_url, leads_to)

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
