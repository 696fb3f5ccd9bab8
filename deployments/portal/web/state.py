"""What every page works with: settings, database, clock, templates, keys that sign; and what an address asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from starlette.requests import Request

from deployments.portal.web.render import Pages
from tasks.settings import Settings
from tasks.words.translator import LANGUAGES, Translator, translator

# Page numbers beyond this are nobody's question.
_MOST_DIGITS = 6
# An id that no database holds would be an error in the driver.
LARGEST_ID = 2**31 - 1
# A header longer than this is no browser's.
_LONGEST_HEADER = 200


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts that the pages share; `keys` sign links and forms, newest first.

    `provider` is the office's own for sign-ins, as authlib speaks with it; None where there is none.
    """

    settings: Settings
    engine: Engine
    clock: Callable[[], datetime]
    pages: Pages
    keys: tuple[str, ...]
    provider: Any = None

    def local_date(self, now: datetime) -> date:
        """Return the day that it is at a time, where the office is."""
        return now.astimezone(self.settings.zone).date()

    @property
    def today(self) -> date:
        """The local date."""
        return self.local_date(self.clock())

    def translator(self, request: Request) -> Translator:
        """Return the language of who is signed in, else the one that the browser asks for, else the house's."""
        visit = getattr(request.state, "visit", None)
        if visit is not None and visit.visitor.language:
            return translator(visit.visitor.language)
        accepted = request.headers.get("accept-language", "")
        return translator(preferred_language(accepted, self.settings.language))


def portal_of(request: Request) -> Portal:
    """Return the portal that the request came to."""
    portal: Portal = request.app.state.portal
    return portal


def preferred_language(accept_language: str, default: str) -> str:
    """Return the first language of an Accept-Language header that is spoken here, else the default.

    Browsers name the languages in the order in which their users want them.
    """
    asked = (part.strip()[:2].lower() for part in accept_language[:_LONGEST_HEADER].split(","))
    return next((language for language in asked if language in LANGUAGES), default)


def page_asked(asked: str | None) -> int:
    """Return the page that is asked for; the first for what is no page's number."""
    if asked is None or not (asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS):
        return 1
    return max(1, int(asked))


def id_asked(asked: str) -> int | None:
    """Return the id that is asked for; None for what can be no row's."""
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= len(str(LARGEST_ID))):
        return None
    return int(asked) if int(asked) <= LARGEST_ID else None
