"""Read small posted forms, and check that they come from a page of ours."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from anyio import fail_after
from starlette.exceptions import HTTPException
from starlette.requests import Request

from deployments.portal.web.nonce import SignedForm, read_form

LARGEST_SMALL_POST = 20_000  # bytes
_MOST_FIELDS = 20
# A phone on a bad line needs a second; who takes longer holds a connection, and does not mean to send.
FORM_SECONDS = 60


async def read_small_form(request: Request) -> dict[str, str]:
    """Return the fields of a form without files; HTTPException for anything else, or too much."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    return await read_fields(request, LARGEST_SMALL_POST, _MOST_FIELDS)


async def read_fields(request: Request, largest: int, most: int) -> dict[str, str]:
    """Return a form's fields; HTTPException for more than `largest` bytes or `most` fields, for no form, or late."""
    body = bytearray()
    try:
        with fail_after(FORM_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise HTTPException(413)
    except TimeoutError as error:
        raise HTTPException(408) from error
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=most, errors="replace")
    except ValueError as error:
        raise HTTPException(400) from error
    # No text column of PostgreSQL takes a NUL.
    return {name: value.replace("\x00", "") for name, value in pairs}


def check_nonce(
    posted: Mapping[str, str], about: str, number: int, token: str, keys: tuple[str, ...]
) -> SignedForm:
    """Return what the form was for; HTTPException when it was made for something else, or not by us."""
    signed = read_form(posted.get("nonce", ""), token, keys)
    if signed is None or (signed.about.about, signed.about.id) != (about, number):
        raise HTTPException(400)
    return signed
