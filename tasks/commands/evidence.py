"""Keep the funder's letter with the grant, as evidence of a change."""

from collections.abc import Iterable, Sequence

from models.commands.steps import StoredFile
from models.events import GrantEvent
from models.tables.columns import id_of
from models.tables.step import Step
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.awards.record import step_of_decision
from tasks.commands.files.drafts import add_evidence


def keep_letter(work: GrantAtWork, files: Sequence[StoredFile], acting: Acting) -> None:
    """Keep the letter of a decision with the step by which the funder decides, else with the grant alone."""
    keep_evidence(work, step_of_decision(work), files, acting)


def keep_evidence(work: GrantAtWork, step: Step | None, files: Iterable[StoredFile], acting: Acting) -> None:
    """Keep the files with the step, or with the grant alone; they came today, and are in no draft."""
    for file in files:
        added = add_evidence(
            work.session.connection(),
            {"grant_id": work.grant_id, "step_id": id_of(step) if step is not None else None},
            file,
            by_id=acting.by_id,
            now=acting.now,
            came_on=work.today,
        )
        work.add_event(GrantEvent.DOCUMENT_ADDED, step, acting.by_id, sha256=file.sha256, document=added)
