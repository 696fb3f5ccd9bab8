"""Look up what steps were last answered with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models.step import Answer
from models.vocabulary import AnswerKind

# Made once: making a query takes longer than asking it.
_DONE = (
    select(Answer.step_id, Answer.data)
    .where(col(Answer.step_id).in_(bindparam("steps", expanding=True)), Answer.kind == AnswerKind.DONE)
    .order_by(col(Answer.id))
)


def last_answers(session: Session, step_ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    """Return the data of each step's last answer of "done", by the step's id; none for a step without one."""
    given = {"steps": list(step_ids)}
    return {step_id: dict(data) for step_id, data in session.exec(_DONE, params=given)}
