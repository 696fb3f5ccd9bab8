"""Keep the funder's letter with the grant, as evidence of a change."""

from collections.abc import Iterable, Sequence

from models.commands.steps import StoredFile
from models.events import GrantEvent
from models.tables.columns import id_of
from models.tables.step import Step
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.record import step_of_decision
from tasks.commands.files.drafts import add_document


def keep_letter(work: GrantAtWork, files: Sequence[StoredFile], acting: Acting) -> None:
    """Keep the letter of a decision with the step by which the funder decides."""
    step = step_of_decision(work)
    if step is not None:
        keep_evidence(work, step, files, acting)


def keep_evidence(work: GrantAtWork, step: Step, files: Iterable[StoredFile], acting: Acting) -> None:
    """Keep the files with the step; they came today, and are in no draft."""
    for file in files:
        connection = work.session.connection()
        added = add_document(connection, id_of(step), file, acting.by_id, acting.now, evidence_on=work.today)
        work.add_event(GrantEvent.DOCUMENT_ADDED, step, acting.by_id, sha256=file.sha256, document=added)
