"""Sign and read the links in letters."""

import hashlib
import re
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from models.errors import LinkInvalid, SettingInvalid
from tasks.store.database_faults import Stored


class LinkUse(StrEnum):
    """The use of a link: its salt, so that a link for one use does not work for another."""

    TASKS = "grantline.letter-link"
    UNDO = "grantline.undo-link"
    LOGIN = "grantline.login-link"
    CALENDAR = "grantline.calendar-link"


# The parts of a link that act for its reader.
_ACTING = re.compile(r"(/(?:t|login|undo|c)/)[A-Za-z0-9_.-]+")


def hide_links(text: str) -> str:
    """Return a letter's text for anybody but its reader: without a link that acts."""
    return _ACTING.sub(r"\1...", text)


def sign_link(link_key: str, secret_keys: tuple[str, ...], use: LinkUse = LinkUse.TASKS) -> str:
    """Return the token for a random `link_key`, signed with the first, newest of the keys."""
    return _signer(secret_keys, use).sign(link_key).decode("ascii")


def read_link(token: str, secret_keys: tuple[str, ...], use: LinkUse = LinkUse.TASKS) -> str:
    """Return the link key in a token, whichever of the keys signed it.

    Raises LinkInvalid for anything else. Whether the link still acts depends on the database.
    """
    try:
        return _signer(secret_keys, use).unsign(token).decode("ascii")
    except (BadSignature, UnicodeError) as error:
        raise LinkInvalid from error


def _signer(secret_keys: tuple[str, ...], use: LinkUse) -> Signer:
    if not all(secret_keys) or not secret_keys:
        raise SettingInvalid(Stored.NO_KEYS())
    # The signer takes the oldest key first and signs with the last.
    oldest_first = list(reversed(secret_keys))
    return Signer(oldest_first, salt=use.value, key_derivation="hmac", digest_method=hashlib.sha256)
