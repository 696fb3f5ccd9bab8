"""Give the style sheet and the script: held in memory, and kept by browsers until their content is another."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parents[3] / "templates" / "static"
_KINDS = {"style.css": "text/css", "keep.js": "text/javascript"}
_FILES = {name: (_FOLDER / name).read_bytes() for name in _KINDS}
_VERSIONS = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _FILES.items()}
# Nothing in them is anybody's: pages themselves are never kept.
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


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
