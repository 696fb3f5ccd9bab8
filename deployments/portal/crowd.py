"""Send away at once whoever comes while too many wait already: a page that comes too late helps nobody."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.portal.page_language import preferred_language

# Of each worker: what it does in about a second. Whoever sends an answer has had more trouble than who looks.
MOST_LOOKING = 200
MOST_IN_ALL = 300
COME_BACK_SECONDS = 5
# They cost nearly nothing: the style sheet of a page that has been given, and whether the portal lives.
_ALWAYS = ("/static/", "/healthz")


class NotTooMany:
    """Answers with its own page, in the browser's language, when as many requests are under way as may be."""

    def __init__(self, app: ASGIApp, *, pages: Mapping[str, bytes], language: str) -> None:
        self._app = app
        self._pages, self._language = pages, language
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or send it away."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        if self._under_way >= (MOST_LOOKING if scope["method"] in ("GET", "HEAD") else MOST_IN_ALL):
            asked = Headers(scope=scope).get("accept-language", "")
            page = self._pages[preferred_language(asked, self._language)]
            await HTMLResponse(page, 503, {"Retry-After": str(COME_BACK_SECONDS)})(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1
