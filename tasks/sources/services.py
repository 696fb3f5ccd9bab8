"""Ask web services for figures: with limits of time and size, over one client a batch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from tasks.sources.outside import (
    MOST_ANSWER,
    TIMEOUT_SECONDS,
    SecretWrong,
    SourceFailed,
    secret_of,
    variable_of,
)


def _token(name: str) -> str:
    """Return a secret that is sent in a header; SecretWrong where it is none, as with a line break in it."""
    token = secret_of(name)
    if not (token.isascii() and token.isprintable()):
        raise SecretWrong(
            "%(variable)s holds a sign that no token has: copy it anew", variable=variable_of(name)
        )
    return token


@dataclass(slots=True)
class OutsideServices:
    """Web services that answer with JSON, over one client; an answer has so many seconds from the first to the last."""

    _client: Any = field(default=None)
    _runner: asyncio.Runner | None = field(default=None)

    def fetch(self, name: str, url: str, secret: str | None) -> bytes:
        """Return the answer's body; SourceFailed when there is none, or too much of it."""
        import httpx

        self._runner = self._runner or asyncio.Runner()
        try:
            return self._runner.run(self._answer(name, url, secret))
        except TimeoutError as error:
            raise SourceFailed(
                "%(name)s: the service's answer is too slow", name=name, may_pass=True
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = type(error).__name__
            raise SourceFailed(
                "%(name)s: the service did not answer (%(kind)s)", name=name, kind=kind, may_pass=True
            ) from error

    async def _answer(self, name: str, url: str, secret: str | None) -> bytes:
        import httpx

        # What is compressed could be any size once it is opened.
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if secret is not None:
            headers["Authorization"] = f"Bearer {_token(secret)}"
        if self._client is None:
            # Redirects are not followed: they would take the token elsewhere.
            self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)
        body = bytearray()
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            self._client.stream("GET", url, headers=headers) as answer,
        ):
            code = answer.status_code
            if code != httpx.codes.OK:
                passing = code >= 500 or code == httpx.codes.TOO_MANY_REQUESTS
                raise SourceFailed(
                    "%(name)s: the service answered %(code)s", name=name, code=code, may_pass=passing
                )
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise SourceFailed(
                    "%(name)s: the service's answer is compressed, which nobody asked for", name=name
                )
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > MOST_ANSWER:
                    raise SourceFailed("%(name)s: the service's answer is too large", name=name)
        return bytes(body)

    def close(self) -> None:
        """Close the client."""
        if self._runner is not None:
            if self._client is not None:
                self._runner.run(self._client.aclose())
            self._runner.close()
        self._client = self._runner = None
