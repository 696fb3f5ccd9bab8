"""Find what a release stands on: the approvals that were given, when, who recorded them, and their files."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from models.tables.money import InstalmentCondition
from models.tables.person import Person
from models.tables.step import Document, Step
from models.vocabulary import StepStatus


@dataclass(frozen=True, slots=True)
class Evidence:
    """An approval: its step, the day of its paper, who recorded it, and the files that came with it."""

    step: Step
    on: date
    by: str
    files: tuple[Document, ...]


def conditions_of(session: Session, instalment_id: int) -> list[Step]:
    """Return the steps that must stand approved before an instalment is released, in their order."""
    query = (
        select(Step)
        .join(InstalmentCondition, col(InstalmentCondition.step_id) == Step.id)
        .where(InstalmentCondition.instalment_id == instalment_id)
        .order_by(col(Step.position))
    )
    return list(session.exec(query))


def find_evidence(session: Session, instalment_id: int) -> list[Evidence]:
    """Return the approvals that were given of what an instalment waits for, the newest file of each first."""
    given = [
        step
        for step in conditions_of(session, instalment_id)
        if step.done_on is not None and step.status is not StepStatus.CANCELLED
    ]
    recorders = {step.done_by_id for step in given}
    names = dict(session.exec(select(Person.id, Person.name).where(col(Person.id).in_(recorders))).all())
    came = select(Document).where(
        col(Document.step_id).in_([step.id for step in given]), col(Document.answer_id).is_not(None)
    )
    files: dict[int | None, list[Document]] = defaultdict(list)
    for document in session.exec(came.order_by(col(Document.id).desc())):
        files[document.step_id].append(document)
    return [
        Evidence(step, step.done_on, names.get(step.done_by_id, ""), tuple(files[step.id]))
        for step in given
        if step.done_on is not None
    ]
