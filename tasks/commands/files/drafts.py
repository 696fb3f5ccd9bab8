"""Keep what a person has typed and not sent, until their answer, or another's, settles the step or takes it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, insert
from sqlmodel import select as select_models

from models.tables.columns import table_of
from models.tables.step import Document, Draft
from tasks.store.database import transaction
from tasks.store.queries import load_models

# How long a draft waits for its writer to go on with it: longer than from one report to the next.
KEPT_FOR = timedelta(days=180)
_DRAFT, _DOCUMENT = table_of(Draft), table_of(Document)
_OWN = select_models(Draft).where(
    _DRAFT.c.person_id == bindparam("reader"), _DRAFT.c.step_id.in_(bindparam("steps", expanding=True))
)

_DROP = delete(_DRAFT).where(_DRAFT.c.step_id == bindparam("step"))

_IN_DRAFT = _DOCUMENT.c.answer_id.is_(None)


def save_draft(
    connection: Connection, step_id: int, person_id: int, act: str, fields: Mapping[str, str], now: datetime
) -> None:
    """Keep a form's fields as they were typed, in place of what was kept before, inside the open transaction."""
    connection.execute(delete(_DRAFT).where(_same(step_id, person_id), _DRAFT.c.act == act))
    values = {"step_id": step_id, "person_id": person_id, "act": act, "fields": dict(fields), "saved_at": now}
    connection.execute(insert(_DRAFT).values(values))


def load_drafts(
    connection: Connection, person_id: int, step_ids: Collection[int]
) -> dict[tuple[int, str], Draft]:
    """Return the person's drafts by step id and act."""
    rows = load_models(connection, _OWN, {"reader": person_id, "steps": list(step_ids)})
    return {(row.step_id, row.act): row for row in rows}


def drop_drafts(connection: Connection, step_id: int) -> None:
    """Forget what everybody had typed about a step."""
    connection.execute(_DROP, {"step": step_id})


def drop_own_draft(connection: Connection, step_id: int, person_id: int) -> None:
    """Forget what a person had typed about a step, and the files that they had not handed in yet."""
    connection.execute(delete(_DRAFT).where(_same(step_id, person_id)))
    mine = (_DOCUMENT.c.step_id == step_id) & (_DOCUMENT.c.added_by_id == person_id)
    connection.execute(delete(_DOCUMENT).where(mine, _IN_DRAFT))


def drop_old_drafts(engine: Engine, now: datetime) -> None:
    """Forget the drafts, texts and files, that nobody went on with; the files' bytes go when they are swept."""
    before = now - KEPT_FOR
    with transaction(engine) as connection:
        connection.execute(delete(_DOCUMENT).where(_IN_DRAFT, _DOCUMENT.c.added_at < before))
        connection.execute(delete(_DRAFT).where(_DRAFT.c.saved_at < before))


def _same(step_id: int, person_id: int) -> ColumnElement[bool]:
    return (_DRAFT.c.step_id == step_id) & (_DRAFT.c.person_id == person_id)
