"""Look up what steps were last answered with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select

from models.step import Answer
from models.vocabulary import AnswerKind


def last_answers(session: Session, step_ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    """Return the data of each step's last answer of "done", by the step's id; none for a step without one."""
    done = select(Answer).where(col(Answer.step_id).in_(list(step_ids)), Answer.kind == AnswerKind.DONE)
    return {answer.step_id: answer.data for answer in session.exec(done.order_by(col(Answer.id)))}
