"""Undo what a person recorded, within a day and before the next step has acted on it."""

from datetime import date, datetime

from sqlalchemy import Connection, select, update
from sqlmodel import Session

from models.errors import Refused
from models.events import GrantEvent
from models.rules.steps.undo import UndoableAct, UndoReason, decide_undo
from models.tables.columns import id_of, table_of
from models.tables.grant import Grant
from models.tables.letter import Confirmation
from models.tables.step import Answer, Step
from models.vocabulary import FULFILLED, GrantStatus, NoticeKind, StepKind, StepStatus
from tasks.commands.answers.act_notices import take_notices_back
from tasks.commands.at_work.grant import GrantAtWork, add_notice
from tasks.commands.at_work.load import load_grant
from tasks.commands.at_work.step_state import reopen
from tasks.commands.command_faults import Undoing
from tasks.commands.files.drafts import take_documents_back
from tasks.commands.replan.confirmation_letters import Confirmed, find_confirmed

_CONFIRMATION = table_of(Confirmation)
_ANSWER = table_of(Answer)


class UndoRefused(Refused):
    """It cannot be undone."""


def may_undo(connection: Connection, row: Confirmed, *, today: date, now: datetime) -> UndoReason:
    """Return whether the act of the confirmation `row` can be undone; nothing is written."""
    with Session(connection) as session:
        grant = session.get_one(Grant, row.grant.id)
        return _judge(load_grant(session, grant, today), row, now)


def undo_answer(work: GrantAtWork, link_key: str, now: datetime) -> None:
    """Undo the act of the letter with that link key; UndoRefused, with the reason, if it cannot be."""
    row = find_confirmed(work.session.connection(), link_key)
    if row is None or row.grant.id != work.grant_id:
        raise UndoRefused(Undoing.NEVER(), reason=UndoReason.NEVER)
    reason = _judge(work, row, now)
    if not reason.accepted:
        raise UndoRefused(Undoing[reason.name](), reason=reason)
    _undo(work, row, now)


def _judge(work: GrantAtWork, row: Confirmed, now: datetime) -> UndoReason:
    step = _step_of(work, row)
    following = _following(work, step)
    ids = [step.id for step in following]
    connection = work.session.connection()
    answered = connection.execute(select(_ANSWER.c.answered_at).where(_ANSWER.c.step_id.in_(ids))).scalars()
    settled = [now for step in following if step.status in FULFILLED]
    act = UndoableAct(row.act.step_version, row.act.acted_at, row.act.undo_until_at, row.act.undone_at)
    grant_open = work.grant.status is GrantStatus.OPEN
    return decide_undo(act, step.version, [*answered, *settled], grant_open=grant_open, now=now)


def _undo(work: GrantAtWork, row: Confirmed, now: datetime) -> None:
    """Reopen the step with its answer's files in the form, and tell the people who were told that it was done.

    Replanning puts the steps that wait for it back to waiting.
    """
    step = _step_of(work, row)
    following = _following(work, step)
    people = take_notices_back(work, row.act, [step.id for step in following], now)
    for follower in following:
        if follower.status is StepStatus.OPEN:
            follower.version += 1  # a page that was opened meanwhile is stale
    answer = work.record.answers_of(step)[-1]  # nothing has happened to the step since
    take_documents_back(work.session, id_of(answer), now)
    reopen(step, StepStatus.OPEN)
    mine = update(_CONFIRMATION).where(_CONFIRMATION.c.id == row.act.id)
    work.session.connection().execute(mine.values(undone_at=now))
    work.add_event(GrantEvent.ANSWER_UNDONE, step, row.act.person_id)
    rung = f"undone-{step.version}"
    for person_id in people:
        add_notice(work, step, NoticeKind.WITHDRAWN, rung, person_id, by=row.act.person_id)


def _step_of(work: GrantAtWork, row: Confirmed) -> Step:
    return next(step for step in work.steps.values() if step.id == row.step.id)


def _following(work: GrantAtWork, step: Step) -> list[Step]:
    """Return the steps that can be answered because this one was."""
    return [
        other
        for other in work.steps.values()
        if other.kind is not StepKind.RECOVERY and any(need.id == step.id for need in work.needs_of(other))
    ]
