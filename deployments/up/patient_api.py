"""Try a request again that a web application could not serve for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Prefect's server on SQLite answers 503, with nothing written, when two of its own transactions meet. Its client
# tries again, after seconds; its interface does not, and a person who pressed a button would see an error.
WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
UNAVAILABLE = 503
LARGEST_BODY_BYTES = 1_000_000


class PatientApi:
    """An application whose 503 is given another try, a little later each time."""

    def __init__(self, app: ASGIApp, waits: Sequence[float] = WAITS_SECONDS) -> None:
        self._app, self._waits = app, waits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; the last answer counts."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _whole_body(receive)
        if len(body) > LARGEST_BODY_BYTES:
            await self._app(scope, _Replay(body, receive), send)
            return
        for wait in self._waits:
            attempt = _Attempt(send)
            try:
                await self._app(dict(scope), _Replay(body, receive), attempt)
            except Exception:
                # Starlette answers, and then raises what it answered about, for the server's log.
                if not attempt.unavailable:
                    raise
            if not attempt.unavailable:
                return
            await asyncio.sleep(wait)
        await self._app(scope, _Replay(body, receive), send)


class _Attempt:
    """Passes an answer on, unless it is that the application cannot serve now."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.unavailable = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.unavailable = message["status"] == UNAVAILABLE
        if not self.unavailable:
            await self._send(message)


class _Replay:
    """Gives the request's body once more, and then whatever else comes: the client that goes away."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


async def _whole_body(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
