"""A page that says the same to everybody: made once, for what is refused before the portal looks at it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import Scope

from deployments.portal.web.language import preferred_language
from deployments.portal.web.render import Pages
from tasks.words.translator import LANGUAGES, speaker


class PremadePage:
    """The page about a kind of trouble, in the language that the browser asks for, else in the house's."""

    def __init__(self, pages: Pages, code: str, language: str) -> None:
        self._said = {
            spoken: bytes(pages.show("trouble.html", speaker(spoken), code=code).body) for spoken in LANGUAGES
        }
        self._language = language

    def answer(self, scope: Scope, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """Return the page as the answer to a request; all that is looked at is the language that it asks for."""
        asked = Headers(scope=scope).get("accept-language", "")
        return HTMLResponse(self._said[preferred_language(asked, self._language)], status, headers)
