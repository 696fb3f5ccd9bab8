"""Read what people said and moved of steps, as lines of the workbook that an import takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, exists, or_, select

from models.columns import table_of
from models.grant import GrantRole
from models.letter import Letter, Notice
from models.step import Answer, Figure, Step
from models.vocabulary import SETTLING, AnswerKind, LetterStatus, Role, StepKind
from tasks.store.database import AnyRow

_ROLE, _ANSWER, _STEP = table_of(GrantRole), table_of(Answer), table_of(Step)
_FIGURE, _NOTICE, _LETTER = table_of(Figure), table_of(Notice), table_of(Letter)
# A letter that is here and may still leave.
WAITING = (LetterStatus.QUEUED, LetterStatus.CLAIMED, LetterStatus.HANDING_OVER)

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


def told_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield whom letters told of the steps; what waits in a letter that has not left is not told yet."""
    names = ("due_on", "rung", "position", "kind", "person_id", "instead_of_id", "told_on", "dropped_at")
    query = (
        select(_STEP.c.grant_id, _STEP.c.key, *(_NOTICE.c[name] for name in names))
        .join(_NOTICE, _NOTICE.c.step_id == _STEP.c.id)
        .outerjoin(_LETTER, _LETTER.c.id == _NOTICE.c.letter_id)
        .where(
            or_(_LETTER.c.id.is_(None), _LETTER.c.status.not_in(WAITING), _NOTICE.c.dropped_at.is_not(None))
        )
        .order_by(_STEP.c.grant_id, _NOTICE.c.id)
    )
    for row in connection.execute(query):
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            "due_on": row.due_on,
            "rung": row.rung,
            "position": row.position or None,
            "notice": str(row.kind),
            "person": emails[row.person_id],
            "instead_of": emails.get(row.instead_of_id),
            "told_on": row.told_on,
            "dropped": True if row.dropped_at else None,
        }


def gathered_figures(connection: Connection, references: Mapping[int, str]) -> tuple[list[Line], list[Line]]:
    """Return the figures that were gathered for steps, and their parts by account."""
    query = (
        select(_STEP.c.grant_id, _STEP.c.key, _FIGURE)
        .join(_FIGURE, _FIGURE.c.step_id == _STEP.c.id)
        .order_by(_STEP.c.grant_id, _STEP.c.position, _FIGURE.c.id)
    )
    figures, accounts = [], []
    for row in connection.execute(query):
        known = {
            "reference": references[row.grant_id],
            "step": row.key,
            "question": row.question,
            "source": row.source,
        }
        figures.append(
            known
            | {
                "value": row.value,
                "gathered_at": row.gathered_at.isoformat(),
                "sha256": row.sha256,
                "about": row.period,
            }
        )
        accounts += [known | {"account": name, "part": part} for name, part in row.accounts.items()]
    return figures, accounts


def own_of_steps(
    connection: Connection, references: Mapping[int, str], emails: Mapping[int, str]
) -> Iterator[Line]:
    """Yield the steps: whose each is where its role does not say it, since when, and what no other sheet says."""
    holders = {(row.grant_id, row.role): row.person_id for row in connection.execute(select(_ROLE))}
    answered = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind.in_(SETTLING))
    given = exists().where(_ANSWER.c.step_id == _STEP.c.id, _ANSWER.c.kind == AnswerKind.NOT_ME)
    query = select(_STEP, answered.label("answered"), given.label("given"))
    for row in connection.execute(query.order_by(_STEP.c.grant_id, _STEP.c.position)):
        holder = holders.get((row.grant_id, row.owner_role)) or holders[row.grant_id, Role.COORDINATOR]
        recovery = row.kind == StepKind.RECOVERY
        source = (row.receipt.get("before") or row.receipt).get("source")
        told = row.answered or row.kind in (StepKind.CLAIM, StepKind.PAYMENT)
        yield {
            "reference": references[row.grant_id],
            "step": row.key,
            "owner": emails.get(row.owner_id) if row.owner_id != holder or row.given else None,
            "since_on": row.owner_since_on,
            "version": row.version,
            "done_by": None if told else emails.get(row.done_by_id),
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
