"""Read a posted form: check its signature, keep its uploaded files, refuse what is too large."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

from anyio import fail_after
from itsdangerous import BadData, URLSafeSerializer
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from models.commands.steps import StoredFile
from models.errors import full_disk_named
from tasks.commands.files.file_store import FileStore
from tasks.files.inspection import MOST_KEPT, MOST_KEPT_BYTES, FileRefused

log = logging.getLogger(__name__)

_SALT = "grantline.answer-form"


NOBODY_ASKS = 0  # the state of an instalment whose release nobody has asked for: no person has this id


@dataclass(frozen=True, slots=True)
class FormTarget:
    """What a form is about ("step", "part" for an instalment, ...), its id, and the state in which it was shown.

    The state of a step is its version, that of an instalment the id of who has asked for its release, or NOBODY_ASKS;
    with the sum and the account that were shown. An approval is also of the version of the report that was shown, 0
    for none.
    """

    kind: str
    id: int
    state: int
    sum_minor: int = 0
    version: int = 0
    account: str = ""

    @property
    def is_unasked(self) -> bool:
        """Whether nobody had asked for the instalment's release yet when the form was shown."""
        return self.kind == "part" and self.state == NOBODY_ASKS


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What a posted form was for, and its own random key: sent twice, it acts once."""

    about: FormTarget
    key: str


def sign_form(form: FormTarget, token: str, keys: tuple[str, ...]) -> str:
    """Return the form's nonce, good once and for the page, or the session, with that token only."""
    key = secrets.token_urlsafe(12)
    return _serializer(keys).dumps([_digest(token), *astuple(form), key])


def read_form(nonce: str, token: str, keys: tuple[str, ...]) -> SignedForm | None:
    """Return what the form was about; None when the nonce is forged, or of another page."""
    try:
        digest, *about, key = _serializer(keys).loads(nonce)
        form = FormTarget(*about)
    except (BadData, ValueError, TypeError):
        return None
    if not hmac.compare_digest(str(digest), _digest(token)):
        return None
    return SignedForm(form, key)


def _serializer(keys: tuple[str, ...]) -> URLSafeSerializer:
    # The signer takes the oldest key first and signs with the last.
    return URLSafeSerializer(
        list(reversed(keys)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]


LARGEST_TEXTS = 500_000  # bytes; room for a form's longest texts, six bytes a letter
LARGEST_POST = MOST_KEPT_BYTES + LARGEST_TEXTS
_LARGEST_SMALL_POST = 20_000
MOST_FIELDS = 200
# A phone on a bad line needs a second; who takes longer holds a connection, and does not mean to send.
FORM_SECONDS = 60
# Three files of the largest size need it on a line of half a megabit.
UPLOAD_SECONDS = 1_200
_FILE_FIELD = "file-"
_URLENCODED = b"application/x-www-form-urlencoded"
_MULTIPART = b"multipart/form-data"


def file_field(document: str | None) -> str:
    """Return the name of the field that takes a document by its key, or other files."""
    return "files" if document is None else f"{_FILE_FIELD}{document}"


@dataclass(frozen=True, slots=True)
class PostedForm:
    """A form's texts by field name, the files that are kept, and why others are not, by field name too."""

    texts: Mapping[str, str]
    files: tuple[StoredFile, ...] = ()
    refused: tuple[tuple[str, FileRefused], ...] = ()


async def read_small_form(request: Request) -> dict[str, str]:
    """Return the fields of a form without files; HTTPException as `read_posted_form`."""
    return dict((await _read(request, {_URLENCODED: _LARGEST_SMALL_POST}, FORM_SECONDS, None)).texts)


async def read_posted_form(request: Request, file_store: FileStore) -> PostedForm:
    """Return what was posted.

    HTTPException for another kind of post (415), one that does not say how long it is (411), too much (413), what
    comes too slowly (408), nonsense (400), or files that the disk does not take (503).
    """
    largest = {_URLENCODED: LARGEST_TEXTS, _MULTIPART: LARGEST_POST}
    return await _read(request, largest, UPLOAD_SECONDS, file_store)


def check_nonce(
    posted: Mapping[str, str], about: str, number: int, token: str, keys: tuple[str, ...]
) -> SignedForm:
    """Return what the form was for; HTTPException when it was made for something else, or not by us."""
    signed = read_form(posted.get("nonce", ""), token, keys)
    if signed is None or (signed.about.kind, signed.about.id) != (about, number):
        raise HTTPException(400)
    return signed


async def _read(
    request: Request, largest: Mapping[bytes, int], seconds: int, file_store: FileStore | None
) -> PostedForm:
    media_type, _ = parse_options_header(request.headers.get("content-type", ""))
    if media_type not in largest:
        raise HTTPException(415)
    _check_length(request.headers.get("content-length", ""), largest[media_type])
    try:
        with full_disk_named(), fail_after(seconds):
            form = await request.form(
                max_files=MOST_FIELDS, max_fields=MOST_FIELDS, max_part_size=LARGEST_TEXTS
            )
            # In a thread: the disk may be slow, and others are answered meanwhile.
            return await run_in_threadpool(_take, form, file_store)
    except TimeoutError as error:
        raise HTTPException(408) from error
    except OSError as error:
        log.error("a file that was handed in cannot be kept: %s", error.strerror)
        raise HTTPException(503) from error
    finally:
        await request.close()


def _check_length(length: str, largest: int) -> None:
    """Refuse a body before its first byte has come; the server takes no more of it than it said."""
    if not (length.isascii() and length.isdecimal()):
        raise HTTPException(411)
    if len(length) > 19 or int(length) > largest:
        raise HTTPException(413)


def _take(form: FormData, file_store: FileStore | None) -> PostedForm:
    """Return the form, its files whole in the file store."""
    texts: dict[str, str] = {}
    files = list[StoredFile]()
    refused = list[tuple[str, FileRefused]]()
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            # No text column of PostgreSQL takes a NUL.
            texts[name] = value.replace("\x00", "")
        elif value.filename and file_store is not None:  # without a name nothing was chosen
            if len(files) + len(refused) >= MOST_KEPT:
                raise HTTPException(413)
            document = name.removeprefix(_FILE_FIELD) if name.startswith(_FILE_FIELD) else None
            try:
                files.append(replace(_store(value, file_store), document=document))
            except FileRefused as error:
                refused.append((name, error))
    return PostedForm(texts, tuple(files), tuple(refused))


def _store(upload: UploadFile, file_store: FileStore) -> StoredFile:
    with file_store.receive(upload.filename or "") as receiver:
        while chunk := upload.file.read(1_000_000):
            receiver.write(chunk)
        return receiver.finish()
