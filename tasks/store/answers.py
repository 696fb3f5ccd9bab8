"""Look up what steps were last answered with."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam
from sqlmodel import Session, col, select

from models.tables.step import Answer
from models.vocabulary import AnswerKind

# Made once: making a query takes longer than asking it.
_DONE = (
    select(Answer.step_id, Answer.data)
    .where(col(Answer.step_id).in_(bindparam("steps", expanding=True)), Answer.kind == AnswerKind.DONE)
    .order_by(col(Answer.id))
)


_DECIDED = select(col(Answer.step_id)).where(
    col(Answer.step_id).in_(bindparam("steps", expanding=True)),
    col(Answer.kind).in_((AnswerKind.APPROVED, AnswerKind.RETURNED, AnswerKind.WITHDRAWN)),
)


def decided_before(connection: Connection, step_ids: Iterable[int | None]) -> set[int]:
    """Return those of the approvals that somebody ever approved, returned or withdrew."""
    return set(connection.execute(_DECIDED, {"steps": list(step_ids)}).scalars())


def last_answers(session: Session, step_ids: Iterable[int | None]) -> dict[int, dict[str, object]]:
    """Return the data of each step's last answer of "done", by the step's id; none for a step without one."""
    given = {"steps": list(step_ids)}
    return {step_id: dict(data) for step_id, data in session.exec(_DONE, params=given)}
