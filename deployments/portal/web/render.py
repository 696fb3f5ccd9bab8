"""Render pages: one set of templates, every value escaped, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from deployments.portal.web.static import static_address
from tasks.words.translator import Speaker, capitalised

_TEMPLATES = Path(__file__).parents[3] / "templates" / "pages"


# No HTML page may hold these; a note or a letter's text can.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _without_controls(value: object) -> object:
    if not isinstance(value, str) or not _CONTROLS.search(value):
        return value
    # The same kind of text: what was escaped before stays so.
    return type(value)(_CONTROLS.sub("\ufffd", value))


class Pages:
    """The templates; `captures` puts the banner on every page.

    A page for who is signed in is given their `visit`, for the menu and its forms.
    """

    def __init__(self, *, captures: bool) -> None:
        self._always = {"captures": captures, "visit": None}
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            auto_reload=False,  # else every page looks at the date of each of its files
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_without_controls,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"capitalised": capitalised, "grant_path": grant_path, "iso": _iso}
        self._environment.globals["static"] = static_address

    def read_all(self) -> None:
        """Read every template now, instead of when the first page needs it."""
        for name in self._environment.list_templates(["html"]):
            self._environment.get_template(name)

    def show(
        self,
        template: str,
        say: Speaker,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> HTMLResponse:
        """Return the page. The templates say their own words with `_` and `ngettext`."""
        body = self._environment.get_template(template).render(
            say=say, _=say.gettext, ngettext=say.ngettext, **(self._always | values)
        )
        return HTMLResponse(body, status, headers=dict(headers or {}))


def grant_path(reference: str) -> str:
    """Return a grant's address within the portal."""
    return f"/grants/{quote(reference, safe='/')}"


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
