"""List the evidence of a release: the approvals, when and by whom they were recorded, and their files."""

from dataclasses import dataclass
from datetime import date

from models.facts.letter import Contact
from models.tables.money import Instalment
from models.tables.step import Document, Step
from models.vocabulary import AnswerKind, Role, StepStatus
from tasks.grant.records import GrantRecord


@dataclass(frozen=True, slots=True)
class Evidence:
    """An approval: its step, the day of its paper, who recorded it, and the files and the comment that came with it.

    Where no file came, `ask` is who knows of it: who recorded it, else the coordinator.
    """

    step: Step
    on: date
    by: str
    files: tuple[Document, ...]
    note: str
    ask: Contact


def find_evidence(record: GrantRecord, part: Instalment) -> list[Evidence]:
    """Return the approvals already given of those an instalment waits for, the newest file of each first."""
    evidence = []
    for step in record.conditions_of(part):
        if step.done_on is not None and step.status is not StepStatus.CANCELLED:
            came = [document for document in record.documents_of(step) if not document.in_draft]
            given = [one.note for one in record.answers_of(step) if one.kind is AnswerKind.APPROVED]
            knows = step.done_by_id or record.batch.roles[record.id].get(Role.COORDINATOR)
            evidence.append(
                Evidence(
                    step=step,
                    on=step.done_on,
                    by=record.person(step.done_by_id),
                    files=tuple(reversed(came)),
                    note=(given[-1] if given else None) or "",
                    ask=record.contact_of(knows),
                )
            )
    return evidence
