"""Know which rules of programmes were wrong, and which running grants still have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ConfigDict, Field
from sqlalchemy import Engine, select

from models.errors import ImportInvalid
from models.programme.written.fields import Text, Title
from models.reading.fields import IsoDate, Key, Strict
from models.rules.steps.differences import programme_differences
from models.tables.columns import table_of
from models.tables.grant import Grant, ProgrammeVersion
from models.vocabulary import GrantStatus
from tasks.programmes.files import read_shape
from tasks.programmes.registry import ProgrammeRegistry
from tasks.store.database import reading
from tasks.store.programmes import load_programmes

_GRANT, _VERSION = table_of(Grant), table_of(ProgrammeVersion)


class Advisory(Strict):
    """A rule that was wrong until a day: a step's, an event's as `final-report.approved`, or a payment's."""

    programme: Key
    rule: Text
    on: IsoDate
    says: Title
    source: Text


class Advisories(Strict):
    """A file of advisories, the newest first."""

    model_config = ConfigDict(title="advisories")

    advisories: tuple[Advisory, ...] = Field(default=())


def read_advisories(*files: Path) -> Iterator[Advisory]:
    """Yield the advisories of the files that are there."""
    for path in files:
        if path.exists():
            yield from read_shape(path, Advisories, ImportInvalid).advisories


def find_touched(engine: Engine, advisory: Advisory, *folders: Path) -> list[str]:
    """Return the running grants whose rule is not what the programme's file says now, by their references."""
    now = ProgrammeRegistry(*folders).get(advisory.programme)
    of_it = (
        select(_GRANT.c.reference, _GRANT.c.programme_id)
        .join(_VERSION, _VERSION.c.id == _GRANT.c.programme_id)
        .where(_VERSION.c.key == advisory.programme, _GRANT.c.status == GrantStatus.OPEN)
        .order_by(_GRANT.c.reference_key)
    )
    with reading(engine) as connection:
        rows = connection.execute(of_it).all()
        versions = load_programmes(connection, {row.programme_id for row in rows})
    wrong = {
        key
        for key, one in versions.items()
        for other in programme_differences(one, now)
        if f"{other.key}.".startswith(f"{advisory.rule}.")
    }
    return [row.reference for row in rows if row.programme_id in wrong]
