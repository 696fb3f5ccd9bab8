"""Hold back whoever asks for links again and again: a bucket of requests a client, filled slowly."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

MOST_REQUESTS = 20
REFILL_SECONDS = 30.0  # for one request more
_MOST_CLIENTS = 10_000


class RequestLimit:
    """Counts a worker's requests by client; what a restart forgets, the limits on letters still hold."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def allows(self, client: str, now: datetime) -> bool:
        """Return whether the client may ask once more, and count it."""
        with self._lock:
            left, since = self._left.pop(client, (float(MOST_REQUESTS), now))
            left = min(MOST_REQUESTS, left + max(0.0, (now - since).total_seconds()) / REFILL_SECONDS)
            allowed = left >= 1
            self._left[client] = (left - 1 if allowed else left, now)
            if len(self._left) > _MOST_CLIENTS:
                self._left.popitem(last=False)
        return allowed
