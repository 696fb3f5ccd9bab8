"""Sign the link that a letter carries, and read it back."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from itsdangerous import BadSignature, Signer

from models.errors import LinkInvalid, SettingInvalid

_SALT = "grantline.letter-link"


def sign_link(link_key: str, secret_keys: tuple[str, ...]) -> str:
    """Return the token that stands for a letter's `link_key`, signed with the first, newest of the keys."""
    return _signer(secret_keys).sign(link_key).decode("ascii")


def read_link(token: str, secret_keys: tuple[str, ...]) -> str:
    """Return the link key that a token stands for, whichever of the keys signed it.

    Raises LinkInvalid for anything else. Whether the link still acts is the letter's and the step's to say.
    """
    try:
        return _signer(secret_keys).unsign(token).decode("ascii")
    except (BadSignature, UnicodeError) as error:
        raise LinkInvalid from error


@lru_cache(maxsize=8)
def _signer(secret_keys: tuple[str, ...]) -> Signer:
    if not all(secret_keys) or not secret_keys:
        raise SettingInvalid("GRANTS_SECRET_KEYS holds no key, or an empty one; a link cannot be signed")
    # The signer takes the oldest key first and signs with the last.
    oldest_first = list(reversed(secret_keys))
    return Signer(oldest_first, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)
