"""Find the grants whose approvals the meetings of a body are to take."""

from __future__ import annotations

from sqlmodel import Session, col, select

from models.tables.grant import Grant, ProgrammeVersion
from models.tables.person import Organisation
from models.tables.step import Step
from models.vocabulary import UNSETTLED, GrantStatus, StepKind
from tasks.store.shared import SharedFacts


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
    shared = SharedFacts(session)
    for reference, programme_id, recipient_id in rows:
        bodies = shared.programme(programme_id).bodies.values()
        if any(
            body.organisation == key if body.organisation else recipient_id == organisation_id
            for body in bodies
        ):
            found.append(reference)
    return found
