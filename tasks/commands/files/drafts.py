"""Keep what a person has typed and not sent, until their answer, or another's, settles the step or takes it away."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, insert, or_, select
from sqlmodel import select as select_models

from models.tables.columns import table_of
from models.tables.step import Document, Draft, Step
from models.vocabulary import SETTLED
from tasks.store.database import reading, transaction
from tasks.store.queries import load_models

# How long the draft of a step that is not, or no longer, its writer's own waits for them to go on with it.
STRANDED_AFTER = timedelta(days=30)
_DRAFT, _DOCUMENT, _STEP = table_of(Draft), table_of(Document), table_of(Step)
_OWN = select_models(Draft).where(
    _DRAFT.c.person_id == bindparam("reader"), _DRAFT.c.step_id.in_(bindparam("steps", expanding=True))
)

_DROP = delete(_DRAFT).where(_DRAFT.c.step_id == bindparam("step"))

_IN_DRAFT = _DOCUMENT.c.answer_id.is_(None)
_TYPED_LATELY = (
    select(_DRAFT.c.id)
    .where(
        _DRAFT.c.step_id == _DOCUMENT.c.step_id,
        _DRAFT.c.person_id == _DOCUMENT.c.added_by_id,
        _DRAFT.c.saved_at >= bindparam("before"),
    )
    .exists()
)


def _stranded(
    step_id: ColumnElement[int], writer_id: ColumnElement[int], left_alone: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return whether nobody will send it: its step is settled, or is another's and the writer left it alone."""
    anothers = _STEP.c.owner_id.is_distinct_from(writer_id) & left_alone
    over = select(_STEP.c.id).where(_STEP.c.id == step_id, or_(_STEP.c.status.in_(SETTLED), anothers))
    return over.exists()


# Made once: on a quiet morning making them would take longer than asking them.
_STRANDED_FILES = _IN_DRAFT & _stranded(
    _DOCUMENT.c.step_id,
    _DOCUMENT.c.added_by_id,
    (_DOCUMENT.c.added_at < bindparam("before")) & ~_TYPED_LATELY,
)
_STRANDED_TEXTS = _stranded(_DRAFT.c.step_id, _DRAFT.c.person_id, _DRAFT.c.saved_at < bindparam("before"))
_ANY_STRANDED = select(
    or_(
        select(_DOCUMENT.c.id).where(_STRANDED_FILES).exists(),
        select(_DRAFT.c.id).where(_STRANDED_TEXTS).exists(),
    )
)


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


def drop_stranded(engine: Engine, now: datetime) -> None:
    """Forget the drafts, texts and files, that nobody will send any more; the files' bytes go when they are swept."""
    given = {"before": now - STRANDED_AFTER}
    with reading(engine) as connection:
        if not connection.execute(_ANY_STRANDED, given).scalar():
            return
    with transaction(engine) as connection:
        # Files first: a text that is younger keeps its files.
        connection.execute(delete(_DOCUMENT).where(_STRANDED_FILES), given)
        connection.execute(delete(_DRAFT).where(_STRANDED_TEXTS), given)


def _same(step_id: int, person_id: int) -> ColumnElement[bool]:
    return (_DRAFT.c.step_id == step_id) & (_DRAFT.c.person_id == person_id)
