"""Render pages in the reader's language, every value escaped, and give the style and the script that they use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, partial
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_precision
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tasks.words.reasons import word_reason
from tasks.words.templates import TEMPLATES, words_environment
from tasks.words.translator import LANGUAGES, Translator, translator

_KINDS = {"style.css": "text/css", "keep.js": "text/javascript"}
_FILES = {name: (TEMPLATES / "static" / name).read_bytes() for name in _KINDS}
_VERSIONS = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _FILES.items()}
# Nothing in them is anybody's: pages themselves are never kept.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

# No HTML page may hold these; a note or a letter's text can.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _without_controls(value: object) -> object:
    if not isinstance(value, str) or not _CONTROLS.search(value):
        return value
    # The same kind of text: what was escaped before stays so.
    return type(value)(_CONTROLS.sub("\ufffd", value))


@cache
def page_environment(language: str) -> Environment:
    """Return the environment of the pages in a language: that of the plain texts, with every value escaped."""
    environment = words_environment(language).overlay(
        loader=FileSystemLoader([TEMPLATES / "pages", TEMPLATES]),
        autoescape=True,
        finalize=_without_controls,
    )
    say = translator(language)
    environment.filters = {
        **environment.filters,
        "figure": partial(_figure, say),
        "remark": partial(word_reason, say),
        "file_size": partial(_size, say),
        "grant_path": grant_path,
        "iso": _iso,
        "month_name": lambda day: format_date(day, "LLL", locale=say.locale).rstrip("."),
    }
    environment.globals = {**environment.globals, "say": say, "static": static_address}
    return environment


class Pages:
    """The templates; `captures` puts the banner on every page.

    A page for who is signed in is given their `visit`, for the menu and its forms.
    """

    def __init__(self, *, captures: bool) -> None:
        self._always = {"captures": captures, "visit": None}
        self._environments = {language: page_environment(language) for language in LANGUAGES}

    def show(
        self,
        template: str,
        say: Translator,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """Return the page in a language."""
        found = self._environments[say.language].get_template(template)
        return HTMLResponse(found.render(self._always | values), status, headers=dict(headers or {}))


def grant_path(reference: str) -> str:
    """Return a grant's address within the portal."""
    return f"/grants/{quote(reference, safe='/')}"


def _figure(say: Translator, value: Decimal | None, currency: str) -> str:
    """Return a number as people write it; a sum in whole units where there is a currency."""
    if currency and value is not None:
        return say.money(int(value.scaleb(get_currency_precision(currency))), currency)
    return str(format_decimal(value or 0, locale=say.locale))


def _size(say: Translator, size: int) -> str:
    """Return a file's size in bytes as people say it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1_000))} kB"
    return f"{format_decimal(round(size / 1_000_000, 1), locale=say.locale)} MB"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def static_address(name: str) -> str:
    """Return the address of a file as it is now."""
    return f"/static/{name}?v={_VERSIONS[name]}"


async def give_style(request: Request) -> Response:
    """Return the style sheet."""
    return _give(request, "style.css")


async def give_script(request: Request) -> Response:
    """Return the script that keeps what is typed; only the page with answers loads it, and works without."""
    return _give(request, "keep.js")


def _give(request: Request, name: str) -> Response:
    current = request.query_params.get("v") == _VERSIONS[name]
    return Response(_FILES[name], media_type=_KINDS[name], headers=_KEPT if current else None)
