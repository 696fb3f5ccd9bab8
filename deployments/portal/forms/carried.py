"""Carry the files of a form from its page to the one on which it is looked at: signed, as they lie in the store."""

from collections.abc import Mapping
from dataclasses import astuple

from itsdangerous import BadData, URLSafeSerializer
from starlette.exceptions import HTTPException

from deployments.portal.web.posted_form import PostedForm
from models.commands.steps import StoredFile

_SALT = "grantline.form-files"
_FIELD = "carried"


def carried_files(files: tuple[StoredFile, ...], keys: tuple[str, ...]) -> str:
    """Return what a page keeps of the files; empty for none."""
    return str(_serializer(keys).dumps([astuple(one) for one in files])) if files else ""


def files_of(posted: PostedForm, keys: tuple[str, ...]) -> tuple[StoredFile, ...]:
    """Return the files that came with a form now, or before; HTTPException for what no page of ours keeps."""
    if posted.files:
        return posted.files
    return _read(posted.texts, keys)


def _read(texts: Mapping[str, str], keys: tuple[str, ...]) -> tuple[StoredFile, ...]:
    if not texts.get(_FIELD):
        return ()
    try:
        return tuple(StoredFile(*one) for one in _serializer(keys).loads(texts[_FIELD]))
    except (BadData, TypeError) as error:
        raise HTTPException(400) from error


def _serializer(keys: tuple[str, ...]) -> URLSafeSerializer:
    # The signer takes the oldest key first and signs with the last.
    return URLSafeSerializer(list(reversed(keys)), salt=_SALT)
