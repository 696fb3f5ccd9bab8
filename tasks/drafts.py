"""Keep what a person has typed and not sent, until their answer, or another's, settles the step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select

from models.columns import table_of
from models.step import Draft
from tasks.database import AnyRow

_DRAFT = table_of(Draft)
# Made once: making a query takes longer than asking it.
_OWN = select(_DRAFT).where(
    _DRAFT.c.person_id == bindparam("reader"), _DRAFT.c.step_id.in_(bindparam("steps", expanding=True))
)

_DROP = delete(_DRAFT).where(_DRAFT.c.step_id == bindparam("step"))


def save_draft(
    connection: Connection, step_id: int, person_id: int, act: str, fields: Mapping[str, str], now: datetime
) -> None:
    """Keep a form's fields as they were typed, in place of what was kept before, inside the open transaction."""
    connection.execute(delete(_DRAFT).where(_same(step_id, person_id), _DRAFT.c.act == act))
    values = {"step_id": step_id, "person_id": person_id, "act": act, "fields": dict(fields), "saved_at": now}
    connection.execute(insert(_DRAFT).values(values))


def load_drafts(
    connection: Connection, person_id: int, step_ids: Collection[int]
) -> dict[tuple[int, str], AnyRow]:
    """Return the person's drafts by step id and act."""
    rows = connection.execute(_OWN, {"reader": person_id, "steps": list(step_ids)})
    return {(row.step_id, row.act): row for row in rows}


def drop_drafts(connection: Connection, step_id: int, person_id: int | None = None) -> None:
    """Forget what a person had typed about a step; what everybody had when no person is named."""
    if person_id is None:
        connection.execute(_DROP, {"step": step_id})
    else:
        connection.execute(delete(_DRAFT).where(_same(step_id, person_id)))


def _same(step_id: int, person_id: int) -> ColumnElement[bool]:
    return (_DRAFT.c.step_id == step_id) & (_DRAFT.c.person_id == person_id)
