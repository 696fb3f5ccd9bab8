"""Keep programme versions in the database, and load them."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from models.errors import DatabaseUnready
from models.programme.plan import LANGUAGE, Programme
from models.reading.number import shown
from models.tables.columns import table_of
from models.tables.grant import ProgrammeVersion
from tasks.store.database_faults import Stored

_VERSION = table_of(ProgrammeVersion)
# The key of a stored plan with the version of its sentences' language.
LANGUAGE_KEY = "language"

# Versions never change: each is read once a process, by its hash.
_known: dict[str, Programme] = {}
_DIGESTS = select(_VERSION.c.id, _VERSION.c.sha256).where(
    _VERSION.c.id.in_(bindparam("version_ids", expanding=True))
)


def record_programme(connection: Connection, programme: Programme, now: datetime) -> int:
    """Return the id of the programme's version, recorded if it is new."""
    digest = programme_hash(programme)
    same = (_VERSION.c.key == programme.programme) & (_VERSION.c.sha256 == digest)
    version_id = connection.execute(select(_VERSION.c.id).where(same)).scalar()
    if version_id is not None:
        return int(version_id)
    row = {"key": programme.programme, "sha256": digest, "body": _body(programme), "recorded_at": now}
    return int(connection.execute(insert(_VERSION).values(row).returning(_VERSION.c.id)).scalar_one())


def load_programme(connection: Connection, version_id: int) -> Programme:
    """Return a recorded programme."""
    return load_programmes(connection, [version_id])[version_id]


def load_programmes(connection: Connection, version_ids: Iterable[int]) -> dict[int, Programme]:
    """Return recorded programmes, by their versions' ids."""
    programmes = {}
    for version_id, digest in connection.execute(_DIGESTS, {"version_ids": list(version_ids)}).all():
        if digest not in _known:
            _known[digest] = _read(connection, version_id)
        programmes[version_id] = _known[digest]
    return programmes


def _read(connection: Connection, version_id: int) -> Programme:
    body = connection.execute(select(_VERSION.c.body).where(_VERSION.c.id == version_id)).scalar_one()
    language = body.get(LANGUAGE_KEY, 1)
    kept = {key: value for key, value in body.items() if key != LANGUAGE_KEY}
    if language != LANGUAGE:
        raise DatabaseUnready(Stored.OTHER_LANGUAGE(programme=shown(kept.get("programme")), found=language))
    return Programme.model_validate(kept)


def programme_hash(programme: Programme) -> str:
    """Return the version hash of a programme's content, independent of spacing and order of keys."""
    body = json.dumps(_body(programme), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()


def _body(programme: Programme) -> dict[str, object]:
    """Return the file's content, and the version of its sentences' language.

    Defaults are left out: a key that a later release adds makes no new version.
    """
    return {LANGUAGE_KEY: LANGUAGE, **programme.model_dump(mode="json", exclude_defaults=True)}
