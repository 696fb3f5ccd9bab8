"""Prefect's server behind one wrapper: a policy for browsers, and another try where its database was busy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from prefect.server.api.server import create_app
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Both interfaces ask third parties from the browser, and no setting stops them: this keeps them at home.
# 'unsafe-eval' is needed by the library that draws the timeline of runs.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# On SQLite the server answers 503, with nothing written, when two of its transactions meet. Its client tries again
# after seconds, its interface does not, and a person who pressed a button would see an error.
WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def create() -> ASGIApp:
    """Return Prefect's server, API and interface, with its services: uvicorn's factory."""
    return PrefectApp(create_app(ephemeral=False))


class PrefectApp:
    """An application whose answers carry the policy, and whose 503 is given another try, a little later each time."""

    def __init__(self, app: ASGIApp, waits: Sequence[float] = WAITS_SECONDS) -> None:
        self._app, self._waits = app, waits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; the last answer counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        for wait in (*self._waits, None):
            if await self._answers(scope, body, receive, send, may_refuse=wait is None):
                return
            await asyncio.sleep(wait or 0)

    async def _answers(
        self, scope: Scope, body: bytes, receive: Receive, send: Send, *, may_refuse: bool
    ) -> bool:
        """Pass the request on; return whether an answer was sent, which a 503 is only where it may be."""
        unread, refused = True, False

        async def read() -> Message:
            nonlocal unread
            if not unread:
                return await receive()
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}

        async def answer(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] == 503 and not may_refuse
                MutableHeaders(scope=message)["Content-Security-Policy"] = POLICY
            if not refused:
                await send(message)

        try:
            await self._app(dict(scope), read, answer)
        except Exception:
            # Starlette answers, and then raises what it answered about, for the server's log.
            if not refused:
                raise
        return not refused
