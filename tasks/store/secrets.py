"""Load or make the keys that sign links, and hold all machines to one key and one folder of files."""

import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, select, update

from models.errors import SettingInvalid, full_disk_named
from models.message import Remark
from models.tables.columns import table_of
from models.tables.journal import Foundation
from tasks.settings import Settings
from tasks.store.database import reading, transaction
from tasks.store.database_faults import Stored

SHORTEST_KEY = 16
_KEYS = "secret_keys"


def load_or_make(settings: Settings) -> tuple[str, ...]:
    """Return the keys, newest first: GRANTS_SECRET_KEYS, else GRANTS_HOME/secret_keys.

    With SQLite the file is made on first use. Raises SettingInvalid for a key that is too short to
    sign with. With PostgreSQL it is raised if no key is set: other machines could not make the same
    one.
    """
    stated = settings.secret_keys.get_secret_value()
    if stated:
        return _checked(stated.split(","), "GRANTS_SECRET_KEYS")
    path = _key_file(settings)
    if settings.on_postgresql and not path.exists():
        raise SettingInvalid(Stored.UNMADE_KEY())
    with full_disk_named():
        _make(path)
    return _read(path)


def backed_up_keys(settings: Settings, folder: Path) -> tuple[str, ...]:
    """Return the keys with which a backup would sign: GRANTS_SECRET_KEYS, else its own, if any.

    Raises SettingInvalid for a file that holds no key.
    """
    if settings.secret_keys.get_secret_value():
        return load_or_make(settings)
    path = folder / _KEYS
    return _read(path) if path.is_file() else ()


def _read(path: Path) -> tuple[str, ...]:
    return _checked(path.read_text(encoding="ascii", errors="replace").splitlines(), str(path))


def _key_file(settings: Settings) -> Path:
    return settings.home / _KEYS


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if path.exists():
        return
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_urlsafe(32)}\n")
        # A link appears whole or not at all, and never replaces a key that another process made at
        # the same time.
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _checked(keys: list[str], where: str) -> tuple[str, ...]:
    stripped = tuple(key.strip() for key in keys if key.strip())
    if not stripped or any(len(key) < SHORTEST_KEY for key in stripped):
        raise SettingInvalid(Stored.SHORT_KEYS(place=where, least=SHORTEST_KEY))
    return stripped


_FOUNDATION = table_of(Foundation)
_MARK = "grantline-documents"


def key_mark(settings: Settings) -> str:
    """Return the mark of the newest key; empty if none is set or made yet."""
    is_there = settings.secret_keys.get_secret_value() or _key_file(settings).exists()
    return _fingerprint(load_or_make(settings)[0]) if is_there else ""


def take_key(engine: Engine, settings: Settings, *, adopt: bool = False) -> Remark:
    """Call `share`, and return which key this machine took, or that it differs from the others' key."""
    file = _key_file(settings)
    was_there = file.exists()
    share(engine, settings, adopt=adopt)
    if settings.on_postgresql:
        with reading(engine) as connection:
            is_known = knows_key(connection, load_or_make(settings))
        if not is_known:
            return Stored.OTHER_KEY()
    if settings.secret_keys.get_secret_value():
        return Stored.KEY_SET()
    return (Stored.KEY_THERE if was_there else Stored.KEY_MADE)(place=file)


def share(engine: Engine, settings: Settings, *, adopt: bool = False) -> None:
    """Store the marks by which other machines know the same key and folder; once, unless `adopt`.

    A new newest key replaces the known one if this machine has both. SQLite serves one machine:
    only the key's mark is stored, to check a backup's keys. Raises SettingInvalid, or OSError if
    the folder cannot be written.
    """
    marks = [_fingerprint(key) for key in load_or_make(settings)]
    with transaction(engine) as connection:
        foundation = connection.execute(select(_FOUNDATION).with_for_update()).one()
        if adopt or foundation.key_mark in (None, *marks):
            connection.execute(update(_FOUNDATION).values(key_mark=marks[0]))
        if settings.on_postgresql and (adopt or foundation.documents_mark is None):
            mark = _make_mark(settings.documents_folder)
            connection.execute(update(_FOUNDATION).values(documents_mark=mark))


def check_shared(engine: Engine, settings: Settings) -> None:
    """Raise SettingInvalid if this machine's key or folder differs from the others', or its database's."""
    keys = load_or_make(settings)
    with reading(engine) as connection:
        foundation = connection.execute(select(_FOUNDATION)).one()
        is_known = knows_key(connection, keys)
    if not settings.on_postgresql:
        if is_known is False:
            raise SettingInvalid(Stored.LOST_KEY())
        return
    if not is_known:
        raise SettingInvalid(Stored.OTHER_KEY())
    file = settings.documents_folder / _MARK
    if not file.is_file() or file.read_text(encoding="ascii").strip() != foundation.documents_mark:
        raise SettingInvalid(Stored.OTHER_DOCUMENTS(place=settings.documents_folder))


def knows_key(connection: Connection, keys: Iterable[str]) -> bool | None:
    """Return whether one of the keys signed the database's links; None if the database has no mark."""
    mark = connection.execute(select(_FOUNDATION.c.key_mark)).scalar_one()
    return None if mark is None else mark in {_fingerprint(key) for key in keys}


def _fingerprint(key: str) -> str:
    """Return a key's mark, which gives away no more than each of its links does."""
    return hmac.digest(key.encode(), b"fingerprint of a key of Grantline", "sha256").hex()[:16]


def _make_mark(folder: Path) -> str:
    """Return the folder's mark, made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / _MARK
    if not file.exists():
        file.write_text(f"{secrets.token_hex(16)}\n", encoding="ascii")
    return file.read_text(encoding="ascii").strip()
