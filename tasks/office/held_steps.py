"""Read what people said and moved of steps, as lines of the workbook that an import takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, exists, select

from models.columns import table_of
from models.grant import Decision, GrantRole
from models.step import Answer, Step
from models.vocabulary import SETTLING, AnswerKind, Role, StepKind
from tasks.store.database import AnyRow

_ROLE, _DECISION, _ANSWER, _STEP = table_of(GrantRole), table_of(Decision), table_of(Answer), table_of(Step)

Line = dict[str, Any]


def answers(connection: Connection, references: Mapping[int, str]) -> Iterator[Line]:
    """Yield what steps were answered with, a question a line; of earlier times with which of them it was."""
    query = (
        select(_STEP.c.id, _STEP.c.grant_id, _STEP.c.key, _ANSWER.c.data)
        .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
        .where(_ANSWER.c.kind == AnswerKind.DONE)
        .order_by(_STEP.c.grant_id, _STEP.c.position, _ANSWER.c.id)
    )
    given: dict[int, list[AnyRow]] = {}
    for row in connection.execute(query):
        given.setdefault(row.id, []).append(row)
    for rows in given.values():
        for turn, row in enumerate(rows, start=1):
            for question, value in row.data.items():
                yield {
                    "reference": references[row.grant_id],
                    "step": row.key,
                    "question": question,
                    "answer": "yes" if value is True else "no" if value is False else value,
                    "turn": turn if row is not rows[-1] else None,
                }


def said_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield what people said about steps, in its order."""
    names = ("kind", "answered_on", "answered_at", "by_id", "note", "expected_on", "colleague_id")
    query = (
        select(_STEP.c.grant_id, _STEP.c.key, *(_ANSWER.c[name] for name in names))
        .join(_ANSWER, _ANSWER.c.step_id == _STEP.c.id)
        .order_by(_STEP.c.grant_id, _ANSWER.c.id)
    )
    for row in connection.execute(query):
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            "said": str(row.kind),
            "said_on": row.answered_on,
            "by": emails[row.by_id],
            "note": row.note,
            "expected_on": row.expected_on,
            "colleague": emails.get(row.colleague_id),
            "said_at": row.answered_at.isoformat(),
        }


def own_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield steps that are, or were, another's than their role says, that were undecided or fell, and recoveries."""
    holders = {(row.grant_id, row.role): row.person_id for row in connection.execute(select(_ROLE))}
    columns = (_DECISION.c.grant_id, _DECISION.c.corrects_id)
    corrected = {row.grant_id for row in connection.execute(select(*columns)) if row.corrects_id is not None}
    answered = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind.in_(SETTLING))
    given = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind == AnswerKind.NOT_ME)
    query = select(_STEP, answered.label("answered"), given.label("given")).where(
        _STEP.c.owner_id.is_not(None)
    )
    for row in connection.execute(query.order_by(_STEP.c.grant_id, _STEP.c.position)):
        holder = holders.get((row.grant_id, row.owner_role)) or holders[row.grant_id, Role.COORDINATOR]
        recovery = row.kind == StepKind.RECOVERY
        source = (row.receipt.get("before") or row.receipt).get("source")
        told = row.answered or row.kind in (StepKind.CLAIM, StepKind.PAYMENT)
        by_id = (
            None
            if told or (row.done_by_id == row.owner_id and row.grant_id not in corrected)
            else row.done_by_id
        )
        if row.owner_id != holder or row.given or row.undecided_on or row.fell_on or recovery or by_id:
            yield {
                "reference": references[row.grant_id],
                "step": row.key,
                "owner": emails[row.owner_id],
                "since_on": row.owner_since_on,
                "done_by": emails[by_id] if by_id else None,
                "undecided_on": row.undecided_on,
                "fell_on": row.fell_on,
                "recovers": row.instalment if recovery else None,
                "opened_on": row.opens_on if recovery else None,
                "reason": source if recovery else None,
            }


def set_dates(
    connection: Connection, column: str, field: str, references: Mapping[int, str]
) -> Iterator[Line]:
    """Yield the due dates that a person set in that column of a step, the day as that field."""
    on, source = _STEP.c[f"{column}_on"], _STEP.c[f"{column}_source"]
    query = select(_STEP.c.grant_id, _STEP.c.key, on.label("day"), source.label("reason"))
    for row in connection.execute(query.where(on.is_not(None)).order_by(_STEP.c.grant_id, _STEP.c.position)):
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            field: row.day,
            "reason": row.reason or "-",
        }
