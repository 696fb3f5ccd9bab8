"""Wrap Prefect's server: security headers, a second try when its database is busy, short addresses."""

import asyncio
from collections.abc import Sequence

import httpx
from prefect.server.api.server import create_app
from prefect.settings import PREFECT_SERVER_API_AUTH_STRING
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks.overview.pages import OVERVIEW_KEY, STUCK_KEY, WAITING_KEY

# Both interfaces load from third parties in the browser, and no setting stops them: this policy
# does. 'unsafe-eval' is needed by the library that draws the timeline of runs.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# On SQLite the server answers 503, with nothing written, when two of its transactions collide. Its
# client tries again after seconds; its interface does not, and a person who pressed a button would
# see an error.
WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)


def create() -> ASGIApp:
    """Return Prefect's server, API and interface, with its services: uvicorn's factory."""
    return PrefectApp(Answers(create_app(ephemeral=False)))


def create_api() -> ASGIApp:
    """Return the same without the services, which run once if there are several servers."""
    return PrefectApp(Answers(create_app(ephemeral=False, webserver_only=True)))


# The newest version of an artifact has no address of its own in Prefect's interface.
ANSWERS = {"/due": OVERVIEW_KEY, "/stuck": STUCK_KEY, "/waiting": WAITING_KEY}


class Answers:
    """An application that leads from a short address to the newest page for an administrator's question."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lead to the page, or to the list of all if it is not written yet; otherwise serve the request."""
        key = ANSWERS.get(scope["path"]) if scope["type"] == "http" else None
        if key is None:
            await self._app(scope, receive, send)
            return
        user, _, password = (PREFECT_SERVER_API_AUTH_STRING.value() or "").partition(":")
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            newest = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC", "limit": 1}
            answer = await client.post("/api/artifacts/filter", json=newest, auth=(user, password))
        artifacts = answer.json() if answer.is_success else []
        page = f"/artifacts/artifact/{artifacts[0]['id']}" if artifacts else "/artifacts"
        await RedirectResponse(page, headers={"Cache-Control": "no-store"})(scope, receive, send)


class PrefectApp:
    """An application that adds the policy to its answers, and retries after a 503, each time a little later."""

    def __init__(self, app: ASGIApp, waits: Sequence[float] = WAITS_SECONDS) -> None:
        self._app = app
        self._waits = waits

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
        """Pass the request on; return whether an answer was sent: a 503 is sent only if it may be."""
        unread = True
        refused = False

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
            # Starlette answers an error, and then raises it again, for the server's log.
            if not refused:
                raise
        return not refused
