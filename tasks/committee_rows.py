"""Read the meetings of the bodies that a grant's approvals are taken by, and when these sent reports back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlmodel import Session, col, func, select

from models.grant import Grant, ProgrammeVersion
from models.people import Organisation
from models.programme import Programme
from models.rules.committee import MeetingFacts
from models.step import Answer, Meeting, Step
from models.vocabulary import UNSETTLED, AnswerKind, GrantStatus, StepKind
from tasks.grant_at_work import GrantAtWork
from tasks.programme_versions import load_programme


def load_meetings(
    session: Session, programme: Programme, recipient_id: int
) -> Mapping[str, tuple[MeetingFacts, ...]]:
    """Return the meetings that each of the programme's bodies holds, by the body's name there."""
    found: dict[str, tuple[MeetingFacts, ...]] = {}
    for name, body in programme.bodies.items():
        query = select(Meeting).where(col(Meeting.cancelled).is_(False)).order_by(col(Meeting.held_on))
        if body.organisation is None:
            query = query.where(Meeting.organisation_id == recipient_id)
        else:
            query = query.join(Organisation).where(Organisation.key == body.organisation)
        found[name] = tuple(
            MeetingFacts(row.held_on, row.agenda_on, row.documents_on, row.adjustment_days, row.choice)
            for row in session.exec(query)
        )
    return found


def load_returns(work: GrantAtWork) -> Mapping[str, date]:
    """Return the last day on which each of the grant's approvals that bodies take sent its report back."""
    taken = {rule.key for rule in work.programme.steps if rule.body}
    ids = [step.id for step in work.steps.values() if step.template_key in taken]
    if not ids:
        return {}
    last = func.max(Answer.answered_on)
    rows = work.session.exec(
        select(Step.key, last)
        .join(Answer, col(Answer.step_id) == col(Step.id))
        .where(col(Step.id).in_(ids), Answer.kind == AnswerKind.RETURNED)
        .group_by(col(Step.key))
    )
    return dict(rows.all())


def grants_before(session: Session, organisation_id: int) -> list[str]:
    """Return the references of running grants with an approval that the organisation's meetings are to take."""
    key = session.exec(select(Organisation.key).where(Organisation.id == organisation_id)).one()
    open_approval = (
        select(Step.id)
        .where(Step.grant_id == Grant.id, Step.kind == StepKind.APPROVAL, col(Step.status).in_(UNSETTLED))
        .exists()
    )
    rows = session.exec(
        select(Grant.reference, Grant.programme_id, Grant.recipient_id)
        .join(ProgrammeVersion)
        .where(Grant.status == GrantStatus.OPEN, open_approval)
        .order_by(col(Grant.id))
    )
    found = []
    for reference, programme_id, recipient_id in rows:
        bodies = load_programme(session.connection(), programme_id).bodies.values()
        if any(
            body.organisation == key if body.organisation else recipient_id == organisation_id
            for body in bodies
        ):
            found.append(reference)
    return found
