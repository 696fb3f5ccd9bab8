"""Sign what a form is for, so that a post acts only for the page, person and version that it was made for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

_SALT = "grantline.answer-form"


@dataclass(frozen=True, slots=True)
class FormFor:
    """What a form is about ("step", "part" for an instalment, ...), its id, and the state in which it was shown.

    The state of a step is its version, that of an instalment the id of who has asked for its release, or 0; with
    the sum that was shown.
    """

    about: str
    id: int
    state: int
    sum_minor: int = 0


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What a posted form was for, and its own random key: sent twice, it acts once."""

    about: FormFor
    key: str


def sign_form(form: FormFor, token: str, keys: tuple[str, ...]) -> str:
    """Return the form's nonce, good once and for the page, or the session, with that token only."""
    key = secrets.token_urlsafe(12)
    return _serializer(keys).dumps([_digest(token), form.about, form.id, form.state, form.sum_minor, key])


def read_form(nonce: str, token: str, keys: tuple[str, ...]) -> SignedForm | None:
    """Return what the form was about; None when the nonce is forged, or of another page."""
    try:
        digest, about, number, state, sum_minor, key = _serializer(keys).loads(nonce)
    except (BadData, ValueError, TypeError):
        return None
    if not hmac.compare_digest(str(digest), _digest(token)):
        return None
    return SignedForm(FormFor(about, number, state, sum_minor), key)


def _serializer(keys: tuple[str, ...]) -> URLSafeSerializer:
    # The signer takes the oldest key first and signs with the last.
    return URLSafeSerializer(
        list(reversed(keys)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]
