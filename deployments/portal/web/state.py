"""What every page works with: settings, database, clock, keys that sign, and the templates that render it."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from sqlalchemy import Engine
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from models.currency import whole_units
from models.errors import SettingInvalid
from models.message import Remark
from models.reading.value_faults import Setting
from models.rules.lifetimes import LOGIN_LINK_LIVES
from models.rules.steps.lateness import is_held_up
from models.rules.steps.stand import HANGS_AHEAD
from tasks.files.table_writer import Cell, SheetOut, xlsx_of
from tasks.settings import Settings
from tasks.words.reasons import word_fault
from tasks.words.templates import TEMPLATES, words_environment
from tasks.words.translator import LANGUAGES, Translator, as_sentence, translator, whole_days

STATIC = {"style.css": "text/css", "keep.js": "text/javascript", "sign-in.js": "text/javascript"}
_FILES = {name: (TEMPLATES / "static" / name).read_bytes() for name in STATIC}
_VERSIONS = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _FILES.items()}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOGOS = {".svg": "image/svg+xml", ".png": "image/png"}
LARGEST_LOGO = 16_000  # bytes: it is in every page
# Nothing in them is anybody's: pages themselves are never kept.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}

# No HTML page may hold these; a note or a letter's text can.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def _without_controls(value: object) -> object:
    if not isinstance(value, str) or not _CONTROLS.search(value):
        return value
    # The same kind of text: what was escaped before stays so.
    return type(value)(_CONTROLS.sub("\ufffd", value))


# Kept, with its templates: to compile those of one page takes a tenth of a second.
@lru_cache(maxsize=8)
def page_environment(language: str) -> Environment:
    """Return the environment of the pages in a language: that of the plain texts, with every value escaped."""
    environment = words_environment(language).overlay(
        loader=FileSystemLoader([TEMPLATES / "pages", TEMPLATES]),
        autoescape=True,
        finalize=_without_controls,
    )
    say = translator(language)

    @pass_context
    def worded(context: Context, remark: Remark) -> str:
        """Return a remark as a page of today says it."""
        return word_fault(say, remark, context.get("today"))

    environment.filters = {
        **environment.filters,
        "fault": lambda remark: as_sentence(word_fault(say, remark)),
        "worded": worded,
        "file_size": partial(_size, say),
        "grant_path": grant_path,
        "iso": lambda day: day.isoformat() if day else "",
        "plain_sum": lambda minor, currency: say.number(whole_units(minor, currency)),
        "month_name": lambda day: format_date(day, "LLL", locale=say.locale).rstrip("."),
    }
    environment.tests = {**environment.tests, "held_up": is_held_up}
    environment.globals = {
        **environment.globals,
        "say": say,
        "static": static_address,
        "login_minutes": LOGIN_LINK_LIVES // timedelta(minutes=1),
        "hangs_ahead": HANGS_AHEAD.days,
        "version": version("grantline"),
    }
    return environment


class Pages:
    """The templates, which every page gives whose portal it is, from the settings.

    A page for who is signed in is given their `visit`, for the menu and its forms.
    """

    def __init__(self, settings: Settings) -> None:
        name, _, second = settings.organisation.partition(",")
        self._always = {
            "captures": settings.captures,
            "logo": logo_address(settings.logo),
            "organisation": (name.strip() or "Grantline", second.strip()),
            "visit": None,
        }

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
        found = page_environment(say.language).get_template(template)
        page = whole_days(found.render(self._always | values), say.language)
        return HTMLResponse(page, status, headers=dict(headers or {}))


def logo_address(file: str) -> str:
    """Return a picture as an address that holds it whole, "" for none: a page loads nothing else for it.

    Raises SettingInvalid where the file is not there, is no SVG or PNG, or is larger than `LARGEST_LOGO` bytes.
    """
    if not file:
        return ""
    path = Path(file)
    kind = LOGOS.get(path.suffix.lower())
    try:
        content = path.read_bytes()
    except OSError:
        content = b""
    if kind is None or not 0 < len(content) <= LARGEST_LOGO:
        raise SettingInvalid(Setting.NOT_A_LOGO(file=file, kilobytes=LARGEST_LOGO // 1000))
    return f"data:{kind};base64,{b64encode(content).decode()}"


def grant_path(reference: str) -> str:
    """Return a grant's address within the portal."""
    return f"/grants/{quote(reference, safe='/')}"


def _size(say: Translator, size: int) -> str:
    """Return a file's size in bytes as people say it."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1_000))} kB"
    return f"{format_decimal(round(size / 1_000_000, 1), locale=say.locale)} MB"


def static_address(name: str) -> str:
    """Return the address of a file as it is now."""
    return f"/static/{name}?v={_VERSIONS[name]}"


async def give_static(request: Request, name: str) -> Response:
    """Return the style sheet, or the script that keeps what is typed; a page works without it."""
    current = request.query_params.get("v") == _VERSIONS[name]
    return Response(_FILES[name], media_type=STATIC[name], headers=_KEPT if current else None)


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
        return self.settings.local_date(now)

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
    wanted = (part.strip()[:2].lower() for part in accept_language[:_LONGEST_HEADER].split(","))
    return next((language for language in wanted if language in LANGUAGES), default)


def give_spreadsheet(name: str, table: list[list[Cell]], widths: Sequence[int]) -> Response:
    """Return a table as a workbook to save, called by its name and the day."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(xlsx_of(SheetOut("Grantline", table, widths)), media_type=XLSX, headers=headers)


def id_asked(text: str | None) -> int | None:
    """Return the id, or another number from 1 on, that is asked for; None for what can be none."""
    if not text or not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID))):
        return None
    return int(text) if 0 < int(text) <= LARGEST_ID else None


def page_asked(text: str | None) -> int:
    """Return the page that is asked for; the first for what is no page's number."""
    return id_asked(text) or 1
