"""Pass drafts on with the steps that they are of: what somebody began is there for who goes on with it."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from models.tables.columns import table_of
from models.tables.step import Document, Draft
from tasks.store.queries import IN_DRAFT

_DRAFT, _DOCUMENT = table_of(Draft), table_of(Document)


def pass_drafts(connection: Connection, from_id: int, step_ids: Sequence[int], to_id: int) -> None:
    """Give the drafts and draft files of steps to another, inside the open transaction; a draft that is there holds."""
    if from_id == to_id:
        return
    theirs = (_DRAFT.c.step_id, _DRAFT.c.act)
    there = connection.execute(
        select(*theirs).where(_DRAFT.c.person_id == to_id, _DRAFT.c.step_id.in_(step_ids))
    ).all()
    for step_id, act in there:
        same = (_DRAFT.c.step_id == step_id, _DRAFT.c.act == act)
        connection.execute(delete(_DRAFT).where(_DRAFT.c.person_id == from_id, *same))
    of_steps = (_DRAFT.c.person_id == from_id, _DRAFT.c.step_id.in_(step_ids))
    connection.execute(update(_DRAFT).where(*of_steps).values(person_id=to_id))
    files = (_DOCUMENT.c.added_by_id == from_id, _DOCUMENT.c.step_id.in_(step_ids), IN_DRAFT)
    connection.execute(update(_DOCUMENT).where(*files).values(added_by_id=to_id))
