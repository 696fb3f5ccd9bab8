"""Hold the files that come with the sending of a report against what was approved: the same bytes, or a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import col, select

from models.commands.steps import StoredFile
from models.errors import FileNotApproved
from models.message import Remark
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.commands.at_work.find import report_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.files.approved import SENT, made_versions, refuse_made_since_approval
from tasks.commands.files.documents import answered_documents
from tasks.commands.messages import Answering


@dataclass(frozen=True, slots=True)
class Approved:
    """What was approved, by hash: the report's version (its rows), and the files that came with the report."""

    made: tuple[MadeDocument, ...]
    files: frozenset[str]

    @property
    def version(self) -> int | None:
        """The approved version's number; None where only files were approved."""
        return self.made[-1].version if self.made else None

    @property
    def hashes(self) -> frozenset[str]:
        """The hashes of all that was approved."""
        return self.files | {row.sha256 for row in self.made}


def refuse_other_files(
    work: GrantAtWork, step: Step, files: Iterable[StoredFile], by_id: int, why: str
) -> None:
    """Raise FileNotApproved where a file that the step is done with is not what was approved.

    Another version of the report is never taken; without the approved file itself, nothing is sent once the report was
    made again. Anything else may be the signed copy or an annex, and needs a
    reason; a document that the step asks for by name says itself what it is.
    """
    approved = approved_for(work, step)
    if approved is None:
        return
    ours, coming = _made_here(work), [*_coming(work, step, files, by_id)]
    if approved.hashes.isdisjoint(sha256 for _, sha256, _ in coming):
        refuse_made_since_approval(work, step)
    for name, sha256, asked in coming:
        known = ours.get(sha256)
        if sha256 in approved.hashes or (known is not None and known.kind != SENT):
            continue
        if known is not None:
            raise FileNotApproved(
                Answering.OTHER_VERSION(
                    step=step.key, name=name, other=known.version, approved=_named(approved)
                ),
                version=approved.version,
            )
        if asked is None and not why.strip():
            raise FileNotApproved(
                Answering.OTHER_FILE(step=step.key, name=name, approved=_named(approved)),
                version=approved.version,
            )


def note_sent(work: GrantAtWork, step: Step, by_id: int, why: str) -> None:
    """Write into the journal what was sent: the approved version, and each other file with the reason."""
    approved = approved_for(work, step)
    if approved is None:
        return
    for row in approved.made[:1]:
        work.happened("document_sent", step, by_id, version=row.version, sha256=row.sha256)
    ours = _made_here(work).keys()
    for document in answered_documents(work.session, col(Document.step_id) == step.id):
        if document.sha256 not in approved.hashes | ours and document.document is None:
            work.happened("document_sent", step, by_id, sha256=document.sha256, reason=why.strip())


def _named(approved: Approved) -> Remark:
    if approved.version is None:
        return Answering.ONE_OF_THE_FILES()
    return Answering.A_VERSION(version=approved.version)


def approved_for(work: GrantAtWork, step: Step) -> Approved | None:
    """Return what was approved of the report that the step sends; None for a step that sends nothing approved."""
    if step.phase is not Phase.FINAL_REPORT or step.kind is not StepKind.REPORT:
        return None
    made = tuple(row for row in made_versions(work, SENT) if row.approved_on is not None)
    approved_reports = [
        report.id
        for one in work.steps.values()
        if one.kind is StepKind.APPROVAL and not one.with_funder and one.status is StepStatus.APPROVED
        if (report := report_of(work, one)) is not None
        and report.phase is step.phase
        and report.id != step.id
    ]
    files = answered_documents(work.session, col(Document.step_id).in_(approved_reports))
    found = Approved(made, frozenset(one.sha256 for one in files))
    return found if found.hashes else None


def _coming(
    work: GrantAtWork, step: Step, files: Iterable[StoredFile], by_id: int
) -> Iterator[tuple[str, str, str | None]]:
    """Yield the files of the answer and of the person's draft, as (name, hash, what it was asked for as)."""
    for file in files:
        yield file.name, file.sha256, file.document
    drafts = select(Document).where(
        Document.step_id == step.id, col(Document.answer_id).is_(None), Document.added_by_id == by_id
    )
    for row in work.session.exec(drafts.order_by(col(Document.id))):
        yield row.name, row.sha256, row.document


def _made_here(work: GrantAtWork) -> dict[str, MadeDocument]:
    """Return every document that was made for the grant, by hash."""
    rows = select(MadeDocument).where(MadeDocument.grant_id == work.grant_id)
    return {row.sha256: row for row in work.session.exec(rows.order_by(col(MadeDocument.id)))}
