"""Send away at once whoever comes while too many wait already: a page that comes too late helps nobody."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.portal.web.premade import PremadePage

# Of each worker: what it does in about a second. Whoever sends an answer has had more trouble than who looks.
MOST_LOOKING = 200
MOST_IN_ALL = 300
COME_BACK_SECONDS = 5
# They cost nearly nothing: the style sheet of a page that has been given, and whether the portal lives.
_ALWAYS = ("/static/", "/healthz")


class NotTooMany:
    """Answers with a page of its own when as many requests are under way as may be."""

    def __init__(self, app: ASGIApp, *, page: PremadePage) -> None:
        self._app = app
        self._page = page
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or send it away."""
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        if self._under_way >= (MOST_LOOKING if scope["method"] in ("GET", "HEAD") else MOST_IN_ALL):
            answer = self._page.answer(scope, 503, {"Retry-After": str(COME_BACK_SECONDS)})
            await answer(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, self._uncounted(receive), send)
        finally:
            self._under_way -= 1

    def _uncounted(self, receive: Receive) -> Receive:
        """Return what receives a body without its request being counted meanwhile: it may be long in coming."""
        ended = False

        async def wait() -> Message:
            nonlocal ended
            if ended:
                return await receive()
            self._under_way -= 1
            try:
                message = await receive()
            finally:
                self._under_way += 1
            ended = not message.get("more_body", False)
            return message

        return wait
