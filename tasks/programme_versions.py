"""Keep programme versions and their ladders in the database, and read them back."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from models.columns import table_of
from models.grant import ProgrammeVersion, Rung
from models.programme import Programme
from models.rules.ladder import RungFacts

_VERSION = table_of(ProgrammeVersion)
_RUNG = table_of(Rung)

_parsed: dict[str, Programme] = {}
_SHA256 = select(_VERSION.c.sha256).where(_VERSION.c.id == bindparam("version_id"))
_RUNGS = (
    select(_RUNG)
    .where(_RUNG.c.programme_id == bindparam("version"))
    .order_by(_RUNG.c.ladder, _RUNG.c.position)
)

Ladders = dict[str, tuple[RungFacts, ...]]


def record_programme(connection: Connection, programme: Programme, now: datetime) -> int:
    """Return the id of the programme's version, recorded with its ladders if it is new."""
    digest = programme_hash(programme)
    same = (_VERSION.c.key == programme.programme) & (_VERSION.c.sha256 == digest)
    found = connection.execute(select(_VERSION.c.id).where(same)).scalar()
    if found is not None:
        return int(found)
    body = _body(programme)
    version = connection.execute(
        insert(_VERSION)
        .values(key=programme.programme, sha256=digest, body=body, recorded_at=now)
        .returning(_VERSION.c.id)
    ).scalar_one()
    rungs = [
        {
            "programme_id": version,
            "ladder": name,
            "position": position,
            "key": rung.key,
            "shift": rung.shift,
            "unit": rung.unit,
            "to_roles": [str(role) for role in rung.to],
        }
        for name, ladder in programme.ladders.items()
        for position, rung in enumerate(ladder, start=1)
    ]
    connection.execute(insert(_RUNG), rungs)
    return int(version)


def load_programme(connection: Connection, version_id: int) -> Programme:
    """Return a recorded programme. Versions never change, so each is parsed once a process."""
    known = connection.execute(_SHA256, {"version_id": version_id}).scalar_one()
    if known not in _parsed:
        body = connection.execute(select(_VERSION.c.body).where(_VERSION.c.id == version_id)).scalar_one()
        _parsed[known] = Programme.model_validate(body)
    return _parsed[known]


def load_ladders(connection: Connection, version_id: int) -> Ladders:
    """Return the ladders of a programme version, lowest rung first."""
    rows = connection.execute(_RUNGS, {"version": version_id})
    found: dict[str, list[RungFacts]] = {}
    for row in rows.mappings():
        rung = RungFacts(row["position"], row["key"], row["shift"], row["unit"], tuple(row["to_roles"]))
        found.setdefault(row["ladder"], []).append(rung)
    return {name: tuple(rungs) for name, rungs in found.items()}


def programme_hash(programme: Programme) -> str:
    """Return the version hash of a programme: of its content, whatever the file's spacing or order of keys."""
    body = json.dumps(_body(programme), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(body.encode()).hexdigest()


def _body(programme: Programme) -> dict[str, Any]:
    """Return what the file says, without defaults: a key that a later release adds makes no new version."""
    return programme.model_dump(mode="json", exclude_defaults=True)
