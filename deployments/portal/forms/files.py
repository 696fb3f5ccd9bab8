"""Carry a form's files to the page on which it is checked, signed; and say what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import TypeVar

from itsdangerous import BadData, URLSafeSerializer
from starlette.exceptions import HTTPException

from deployments.portal.forms.form import Form
from deployments.portal.web.posted_form import PostedForm
from models.commands.steps import StoredFile
from models.forms.faults import Fault
from models.forms.field import Kind
from models.message import Common, Remark
from tasks.files.inspection import FileRefused

_Form = TypeVar("_Form", bound=Form)
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


def with_file_errors(form: _Form, posted: PostedForm) -> _Form:
    """Return the form with what is wrong with the files, or missing among them, at their fields."""
    errors: dict[str, Remark] = {}
    for field in form.fields:
        if field.kind is not Kind.FILE:
            continue
        if refused := [one for name, one in posted.refused if name == field.name]:
            errors[field.name] = _not_kept(refused)
        elif field.required and not form.files_at(field.name):
            errors[field.name] = Fault.NO_FILE()
        elif field.single and len(form.files_at(field.name)) > 1:
            errors[field.name] = Fault.ONE_FILE()
    return form.with_errors(errors)


def _not_kept(refused: Sequence[FileRefused]) -> Remark:
    """Return which files are not kept, and why."""
    sentences = [Fault.NOT_KEPT(name=one.name, why=one.fault()) for one in refused]
    return Common.AS_IS(why=(sentences[0], *(Fault.ALSO(why=one) for one in sentences[1:])))
