"""Read what a form posts, its files straight to the disk as they come, and stop early at what is too much."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from anyio import fail_after
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from deployments.portal.web.small_forms import read_fields
from tasks.commands.files.file_store import Receiver, StoredFile, Vault
from tasks.files.inspection import MOST_KEPT, MOST_KEPT_BYTES, FileRefused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

log = logging.getLogger(__name__)

LARGEST_TEXTS = 500_000  # bytes; room for a form's longest texts, six bytes a letter
LARGEST_POST = MOST_KEPT_BYTES + LARGEST_TEXTS
_MOST_FIELDS = 200
# Three files of the largest size need it on a line of half a megabit.
UPLOAD_SECONDS = 1_200


_FILE_FIELD = "file-"


def file_field(document: str | None) -> str:
    """Return the name of the field that takes a document by its key, or other files."""
    return "files" if document is None else f"{_FILE_FIELD}{document}"


@dataclass(frozen=True, slots=True)
class PostedForm:
    """A form's texts by field name, the files that are kept, and why others are not, by field name too."""

    texts: Mapping[str, str]
    files: tuple[StoredFile, ...] = ()
    refused: tuple[tuple[str, FileRefused], ...] = ()


async def read_posted_form(request: Request, vault: Vault) -> PostedForm:
    """Return what was posted.

    HTTPException for another kind of post (415), too much (413), what comes too slowly (408), nonsense (400), or
    files that the disk does not take (503).
    """
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    if media_type == b"application/x-www-form-urlencoded":
        return PostedForm(await read_fields(request, LARGEST_TEXTS, _MOST_FIELDS))
    if media_type != b"multipart/form-data" or not options.get(b"boundary"):
        raise HTTPException(415)
    # Said before the first byte of a body that will not be taken has come.
    if int(_length(request)) > LARGEST_POST:
        raise HTTPException(413)
    return await _read_parts(request, options[b"boundary"], vault)


def _length(request: Request) -> str:
    length = request.headers.get("content-length", "0")
    return length if length.isascii() and length.isdecimal() and len(length) < 20 else "0"


async def _read_parts(request: Request, boundary: bytes, vault: Vault) -> PostedForm:
    read = 0
    with ExitStack() as stack:
        parts = _Parts(vault, stack)
        try:
            parser = MultipartParser(boundary, parts.callbacks())
            with fail_after(UPLOAD_SECONDS):
                async for chunk in request.stream():
                    read += len(chunk)
                    if read > LARGEST_POST:
                        raise HTTPException(413)
                    # In a thread: the disk may be slow, and others are answered meanwhile.
                    await run_in_threadpool(parser.write, chunk)
            if not parts.ended:
                raise HTTPException(400)  # cut off: what came is not what was sent
            return await run_in_threadpool(parts.finish)
        except FormParserError as error:
            raise HTTPException(400) from error
        except TimeoutError as error:
            raise HTTPException(408) from error
        except OSError as error:
            log.error("a file that was handed in cannot be kept: %s", error.strerror)
            raise HTTPException(503) from error


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    name: str = ""
    text: bytearray | None = None
    receiver: Receiver | None = None


class _Parts:
    """Puts a form together from what the parser calls out."""

    def __init__(self, vault: Vault, stack: ExitStack) -> None:
        self._vault, self._stack = vault, stack
        self._part = _Part()
        self._header, self._value = b"", b""
        self._texts: dict[str, bytes] = {}
        self._receivers: list[tuple[str, Receiver]] = []
        self._text_bytes = 0
        self.ended = False

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_end,
            "on_end": self._on_form_end,
        }

    def finish(self) -> PostedForm:
        """Return the form, its files whole on the disk."""
        files, refused = [], []
        for name, receiver in self._receivers:
            document = name.removeprefix(_FILE_FIELD) if name.startswith(_FILE_FIELD) else None
            try:
                files.append(replace(receiver.finish(), document=document))
            except FileRefused as error:
                refused.append((name, error))
        texts = {name: text.decode("utf-8", "replace") for name, text in self._texts.items()}
        return PostedForm(texts, tuple(files), tuple(refused))

    def _begin(self) -> None:
        self._part = _Part()

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        self._part.headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._part.headers.get(b"content-disposition", b""))
        if b"name" not in options or len(self._texts) + len(self._receivers) >= _MOST_FIELDS:
            raise HTTPException(400)
        self._part.name = options[b"name"].decode("utf-8", "replace")
        named = options.get(b"filename")
        if named is None:
            self._part.text = bytearray()
        elif named:  # without a name nothing was chosen
            if len(self._receivers) >= MOST_KEPT:
                raise HTTPException(413)
            receiver = self._vault.receive(named.decode("utf-8", "replace"))
            self._part.receiver = self._stack.enter_context(receiver)
            self._receivers.append((self._part.name, receiver))

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.receiver is not None:
            self._part.receiver.write(data[start:end])
        elif self._part.text is not None:
            self._text_bytes += end - start
            if self._text_bytes > LARGEST_TEXTS:
                raise HTTPException(413)
            self._part.text += data[start:end]

    def _on_end(self) -> None:
        if self._part.text is not None:
            self._texts[self._part.name] = bytes(self._part.text)

    def _on_form_end(self) -> None:
        self.ended = True
