"""Sign what a form is for, so that a post acts only for the page, person and version that it was made for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from itsdangerous import BadData, URLSafeSerializer

_SALT = "grantline.answer-form"
OPEN_FORM_LIVES = timedelta(hours=1)
_ANYONE = ""  # no page's token, nor a session's
_CLOCKS_DIFFER = 60  # seconds


@dataclass(frozen=True, slots=True)
class FormFor:
    """What a form is about ("step", "part" for an instalment, ...), its id, and the state in which it was shown.

    The state of a step is its version, that of an instalment the id of who has asked for its release, or 0; with
    the sum and the account that were shown. An approval is also of the version of the report that was shown, 0 for
    none. A form that anyone may have is good for a while: its state is when it was shown.
    """

    about: str
    id: int
    state: int
    sum_minor: int = 0
    version: int = 0
    account: str = ""


@dataclass(frozen=True, slots=True)
class SignedForm:
    """What a posted form was for, and its own random key: sent twice, it acts once."""

    about: FormFor
    key: str


def sign_form(form: FormFor, token: str, keys: tuple[str, ...]) -> str:
    """Return the form's nonce, good once and for the page, or the session, with that token only."""
    key = secrets.token_urlsafe(12)
    return _serializer(keys).dumps([_digest(token), *astuple(form), key])


def read_form(nonce: str, token: str, keys: tuple[str, ...]) -> SignedForm | None:
    """Return what the form was about; None when the nonce is forged, or of another page."""
    try:
        digest, *about, key = _serializer(keys).loads(nonce)
        form = FormFor(*about)
    except (BadData, ValueError, TypeError):
        return None
    if not hmac.compare_digest(str(digest), _digest(token)):
        return None
    return SignedForm(form, key)


def sign_open_form(about: str, now: datetime, keys: tuple[str, ...]) -> str:
    """Return the nonce of a form on a page that is nobody's, good for OPEN_FORM_LIVES."""
    return sign_form(FormFor(about, 0, int(now.timestamp())), _ANYONE, keys)


def read_open_form(nonce: str, about: str, now: datetime, keys: tuple[str, ...]) -> SignedForm | None:
    """Return the form; None when the nonce is forged, too old, or of another form."""
    signed = read_form(nonce, _ANYONE, keys)
    if signed is None or signed.about.about != about:
        return None
    age = int(now.timestamp()) - signed.about.state
    return signed if -_CLOCKS_DIFFER <= age <= OPEN_FORM_LIVES.total_seconds() else None


@lru_cache(maxsize=4)
def _serializer(keys: tuple[str, ...]) -> URLSafeSerializer:
    # The signer takes the oldest key first and signs with the last.
    return URLSafeSerializer(
        list(reversed(keys)), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256}
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:32]
