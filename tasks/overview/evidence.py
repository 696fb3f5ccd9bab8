"""List the evidence of a release: the approvals, when and by whom they were recorded, and their files."""

from dataclasses import dataclass
from datetime import date

from models.tables.money import Instalment
from models.tables.step import Document, Step
from models.vocabulary import StepStatus
from tasks.grant.records import GrantRecord


@dataclass(frozen=True, slots=True)
class Evidence:
    """An approval: its step, the day of its paper, who recorded it, and the files that came with it."""

    step: Step
    on: date
    by: str
    files: tuple[Document, ...]


def find_evidence(record: GrantRecord, part: Instalment) -> list[Evidence]:
    """Return the approvals already given of those an instalment waits for, the newest file of each first."""
    evidence = []
    for step in record.conditions_of(part):
        if step.done_on is not None and step.status is not StepStatus.CANCELLED:
            came = [document for document in record.documents_of(step) if document.answer_id is not None]
            evidence.append(
                Evidence(step, step.done_on, record.person(step.done_by_id), tuple(reversed(came)))
            )
    return evidence
