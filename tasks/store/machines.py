"""What all machines of an installation must have in common: the key that signs links, and the folder of files."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from sqlalchemy import Engine, select, update

from models.errors import SettingInvalid
from models.tables.columns import table_of
from models.tables.journal import Foundation
from tasks.settings import Settings
from tasks.store.database import reading, transaction
from tasks.store.messages import Stored
from tasks.store.secrets import load_or_make

_FOUNDATION = table_of(Foundation)
_MARK = "grantline-documents"


def share(engine: Engine, settings: Settings, *, adopt: bool = False) -> None:
    """Keep in the database by what other machines know that they have the same key and folder; once, unless `adopt`.

    A newest key comes after the one that is known where this machine has both. SQLite serves one machine: nothing is
    kept. Raises SettingInvalid, or OSError where the folder cannot be written.
    """
    marks = [_fingerprint(key) for key in load_or_make(settings)]
    if not settings.on_postgresql:
        return
    with transaction(engine) as connection:
        known = connection.execute(select(_FOUNDATION).with_for_update()).one()
        if adopt or known.key_mark in (None, *marks):
            connection.execute(update(_FOUNDATION).values(key_mark=marks[0]))
        if adopt or known.documents_mark is None:
            mark = _make_mark(settings.documents_folder)
            connection.execute(update(_FOUNDATION).values(documents_mark=mark))


def check_shared(engine: Engine, settings: Settings) -> None:
    """Raise SettingInvalid where this machine's key or folder is not the one of the others."""
    if not settings.on_postgresql:
        return
    marks = [_fingerprint(key) for key in load_or_make(settings)]
    with reading(engine) as connection:
        known = connection.execute(select(_FOUNDATION)).one()
    if known.key_mark not in marks:
        raise SettingInvalid(Stored.OTHER_KEY())
    file = settings.documents_folder / _MARK
    if not file.is_file() or file.read_text(encoding="ascii").strip() != known.documents_mark:
        raise SettingInvalid(Stored.OTHER_DOCUMENTS(place=settings.documents_folder))


def _fingerprint(key: str) -> str:
    """Return by what a key is known again: no more than each of its links gives away."""
    return hmac.digest(key.encode(), b"fingerprint of a key of Grantline", "sha256").hex()[:16]


def _make_mark(folder: Path) -> str:
    """Return the folder's mark, made where there is none."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / _MARK
    if not file.exists():
        file.write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()
