"""Say in SQL what is unsettled and what is late, for lists of grants that load no models."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, and_, exists, func, literal_column, or_

from models.rules.steps.stand import FUNDER
from models.vocabulary import UNSETTLED


def written_out(value: StrEnum) -> ColumnElement[Any]:
    """Return a value as a literal in the statement: SQLite only then finds a partial index."""
    return literal_column(f"'{value}'")


def is_unsettled(step: FromClause) -> ColumnElement[bool]:
    """Return the condition on steps that something is left to do, as the index of unsettled steps has it."""
    return step.c.status.in_([written_out(status) for status in UNSETTLED])


def has_passed(late_after: ColumnElement[date], today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that a day is over, like models.facts.letter.has_passed."""
    return late_after < today


def late_steps_of_ours(step: FromClause, today: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition on the steps of awarded, open grants that they are ours and late."""
    is_ours = and_(step.c.with_funder.is_(False), is_unsettled(step))
    return and_(is_ours, has_passed(step.c.due_on, today))


def is_late_with_us(
    grant: FromClause, step: FromClause, today: date | BindParameter[date]
) -> ColumnElement[bool]:
    """Return the condition that an open grant has a step of ours for which models.rules.steps.lateness.is_late.

    A grant's next due date is stored whenever its steps change. Behind one of the funder's a step
    of ours may be late as well.
    """
    ours = exists().where(step.c.grant_id == grant.c.id, late_steps_of_ours(step, today))
    is_ours = func.coalesce(grant.c.ball_with, "") != FUNDER
    is_behind = or_(is_ours, and_(grant.c.awarded_on.is_not(None), ours))
    return and_(has_passed(grant.c.next_due_on, today), is_behind)
