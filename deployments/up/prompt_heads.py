"""Wait for a request's head only so long, and for so many requests: whoever says nothing shuts nobody out."""

from __future__ import annotations

import asyncio
from operator import itemgetter
from time import monotonic

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from deployments.portal.web.headers import safe_headers

HEAD_SECONDS = 30.0
# Of each worker, which may have 1,024 files open where nobody set more. At most 300 of them are being answered.
MOST_OPEN = 600
# How many the server takes at once, before any of them is looked at.
ACCEPTS_AT_ONCE = 128
_NO_REQUEST = "\r\n".join(
    (
        "HTTP/1.1 400 Bad Request",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Length: 21",
        "Connection: close",
        *(f"{name}: {value}" for name, value in safe_headers("").items()),
        "",
        "This is no request.\r\n",
    )
).encode("ascii")


class PromptHeads(H11Protocol):
    """A connection that is closed when it takes too long to ask for something.

    Where too many are open, the one that has said nothing for longest makes room: whoever comes now is answered.
    """

    waits_since: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > MOST_OPEN:
            open_ones = [one for one in self.connections if isinstance(one, PromptHeads)]
            idle = [(one.waits_since, one) for one in open_ones if one.waits_since and not one.is_closing]
            min(idle, key=itemgetter(0))[1]._make_room()  # this one at least is idle

    def _make_room(self) -> None:
        if self._is_asked:
            self.transport.abort()  # in the middle of its body there is nothing to say
        else:
            self.timeout_keep_alive_handler()

    @property
    def _is_asked(self) -> bool:
        """Whether a request is under way."""
        cycle: RequestResponseCycle | None = self.cycle  # there is none before the first request
        return cycle is not None and not cycle.response_complete

    @property
    def is_closing(self) -> bool:
        """Whether the connection ends already."""
        return bool(self.transport.is_closing())

    def data_received(self, data: bytes) -> None:
        """Take what came: it may begin a head, or end it, or be a part of a body."""
        super().data_received(data)
        if self._is_asked:
            self._stop_waiting()
            if self.cycle.more_body:
                self.waits_since = monotonic()
        elif self._timer is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request, unless an answer has begun already, and close."""
        if not self._is_asked or not self.cycle.response_started:
            self.transport.write(_NO_REQUEST)
        self.transport.close()

    def _should_upgrade(self) -> bool:
        return False  # whoever asks for WebSockets gets the page

    def on_response_complete(self) -> None:
        """Begin to wait for another request, without a head so far: uvicorn keeps the connection for a while."""
        self.waits_since = monotonic()
        super().on_response_complete()
        if self._is_asked:
            self.waits_since = None  # the next one had come already

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self.waits_since = monotonic()
        self._timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _stop_waiting(self) -> None:
        self.waits_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
