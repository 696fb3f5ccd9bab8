"""Find what was sent or approved of which no document was ever kept: the registry has nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlmodel import select as select_models

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.documents.word.templates import Kind
from tasks.store.queries import load_models

_GRANT, _STEP = table_of(Grant), table_of(Step)
_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)


@dataclass(frozen=True, slots=True)
class Unkept:
    """A step that is done, the kind of document that is missing, and of a claim the number of its instalment."""

    step_key: str
    kind: Kind
    instalment: int | None = None


def unkept_documents(connection: Connection, reference: str) -> list[Unkept]:
    """Return the final report, the memo and the claims of which neither a version nor a handed-in file is kept.

    Of those alone that were sent, or that a body here approved.
    """
    grant = select(_GRANT.c.id).where(_GRANT.c.reference == reference).scalar_subquery()
    rows = load_models(
        connection, select_models(Step).where(Step.grant_id == grant).order_by(_STEP.c.position)
    )
    made = connection.execute(select(_MADE.c.kind, _MADE.c.step_id).where(_MADE.c.grant_id == grant)).all()
    came = select(_DOCUMENT.c.step_id).where(
        _DOCUMENT.c.grant_id == grant, _DOCUMENT.c.answer_id.is_not(None)
    )
    handed_in = {*connection.execute(came).scalars()}
    ours = [row for row in rows if not row.with_funder]
    kinds = {row.kind for row in made}
    claims = {row.step_id for row in made if row.kind == "claim"}
    return [
        *(one for one, of in _of_the_end(ours) if one.kind not in kinds and not of & handed_in),
        *(
            Unkept(row.key, "claim", row.instalment)
            for row in ours
            if row.kind == StepKind.CLAIM
            and row.status == StepStatus.DONE
            and row.id not in claims | handed_in
        ),
    ]


def _of_the_end(ours: list[Step]) -> Iterator[tuple[Unkept, set[int | None]]]:
    """Yield the final report and the memo where they count, with the steps whose files may be theirs."""
    end = [row for row in ours if row.phase == Phase.FINAL_REPORT]
    reports = [row for row in end if row.kind == StepKind.REPORT]
    approved = [row for row in end if row.kind == StepKind.APPROVAL and row.status == StepStatus.APPROVED]
    if reports and (approved or reports[-1].status in (StepStatus.DONE, StepStatus.APPROVED)):
        yield Unkept(reports[-1].key, "final-report"), {row.id for row in reports}
    if approved:
        yield Unkept(approved[0].key, "memo"), {row.id for row in approved}
