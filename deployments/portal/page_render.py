"""Render pages: one set of templates, every value escaped, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from tasks.words import Speaker, capitalised

_TEMPLATES = Path(__file__).parents[2] / "templates" / "pages"


class Pages:
    """The templates; `captures` puts the banner on every page, `mailbox` its place in the menu."""

    def __init__(self, *, captures: bool, mailbox: bool) -> None:
        self._always = {"captures": captures, "mailbox": mailbox}
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"capitalised": capitalised, "grant_path": grant_path, "iso": _iso}

    def show(
        self,
        template: str,
        say: Speaker,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """Return the page. The templates say their own words with `_` and `ngettext`."""
        body = self._environment.get_template(template).render(
            say=say, _=say.gettext, ngettext=say.ngettext, **self._always, **values
        )
        return HTMLResponse(body, status, headers=dict(headers or {}))


def grant_path(reference: str) -> str:
    """Return a grant's address within the portal."""
    return f"/grants/{quote(reference, safe='/')}"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
