"""Load the keys that sign links, or make one that only this user can read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from models.errors import SettingInvalid
from tasks.settings import Settings
from tasks.store.disk import full_disk_named
from tasks.store.messages import Stored

SHORTEST_KEY = 16


def load_or_make(settings: Settings) -> tuple[str, ...]:
    """Return the keys, newest first: GRANTS_SECRET_KEYS, else GRANTS_HOME/secret_keys, made on first use with SQLite.

    Raises SettingInvalid for a key that is too short to sign with, and with PostgreSQL where there is none: other
    machines could not make the same.
    """
    stated = settings.secret_keys.get_secret_value()
    if stated:
        return _checked(stated.split(","), "GRANTS_SECRET_KEYS")
    path = settings.home / "secret_keys"
    if settings.on_postgresql and not path.exists():
        raise SettingInvalid(Stored.UNMADE_KEY())
    with full_disk_named():
        _make(path)
    return _checked(path.read_text(encoding="ascii").splitlines(), str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if path.exists():
        return
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(32)}\n")
        # A link appears whole or not at all, and never replaces what another process has made meanwhile.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _checked(keys: list[str], where: str) -> tuple[str, ...]:
    found = tuple(key.strip() for key in keys if key.strip())
    if not found or any(len(key) < SHORTEST_KEY for key in found):
        raise SettingInvalid(Stored.SHORT_KEYS(place=where, least=SHORTEST_KEY))
    return found
