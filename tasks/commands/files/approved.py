"""Tie what a body approved to the version of the document that it saw, and let only that be sent, or say why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import col, select

from models.commands.steps import StoredFile
from models.errors import AnswerRefused, FileNotApproved
from models.message import Remark
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import Phase, StepKind, StepStatus
from tasks.commands.at_work.find import report_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.files.documents import answered_documents
from tasks.commands.messages import Answering

# The document that goes to the funder, and that the committee approves before.
SENT = "final-report"
# What the committee decides on, with the report as its annex.
MEMO = "memo"
# Made once: each answer to a final report asks for them.
_MADE = (
    select(MadeDocument)
    .where(MadeDocument.grant_id == bindparam("grant"), MadeDocument.kind == bindparam("kind"))
    .order_by(col(MadeDocument.version), col(MadeDocument.id))
)


@dataclass(frozen=True, slots=True)
class ApprovedVersion:
    """A version of the final report that a body approved, with the hash of its Word document."""

    version: int
    sha256: str


def made_versions(work: GrantAtWork, kind: str) -> list[MadeDocument]:
    """Return the versions of a kind of document that were made for the grant, oldest first."""
    return list(work.session.exec(_MADE, params={"grant": work.grant_id, "kind": kind}))


def newest_version(made: Sequence[MadeDocument]) -> list[MadeDocument]:
    """Return the newest version's files, Word first."""
    return [row for row in made if row.version == made[-1].version] if made else []


def approve_made(
    work: GrantAtWork, approval: Step, by_id: int, seen: int | None = None, *, is_last: bool = True
) -> ApprovedVersion | None:
    """Note that the newest version of the report is what the body approved; return it, None where there is none.

    Nothing is noted unless the approval `is_last`: others have still to read it. AnswerRefused where the version is not
    the one `seen` by who approves: it was made since.
    """
    if approval.with_funder or approval.phase is not Phase.FINAL_REPORT:
        return None
    newest = newest_version(made_versions(work, SENT))
    version = newest[-1].version if newest else 0
    if seen is not None and seen != version:
        raise AnswerRefused(Answering.REPORT_CHANGED(step=approval.key, made=version))
    if not is_last:
        return None
    for row in (*newest, *newest_version(made_versions(work, MEMO))):
        row.approved_on = approval.done_on
    if not newest:
        return None
    approved = ApprovedVersion(newest[0].version, newest[0].sha256)
    work.happened("document_approved", approval, by_id, version=approved.version, sha256=approved.sha256)
    return approved


def forget_approved(work: GrantAtWork, approval: Step) -> None:
    """Let no version count as approved: the report went back, or the approval was taken back."""
    if not approval.with_funder and approval.phase is Phase.FINAL_REPORT:
        for row in (*made_versions(work, SENT), *made_versions(work, MEMO)):
            row.approved_on = None


def _refuse_made_since_approval(work: GrantAtWork, step: Step) -> None:
    """Raise FileNotApproved where the report was made again, and otherwise, after it was approved."""
    made = made_versions(work, SENT)
    approved = [row for row in made if row.approved_on is not None]
    # By the Word document, from which the PDF is made.
    if not approved or newest_version(made)[0].sha256 in {row.sha256 for row in approved}:
        return
    raise FileNotApproved(
        Answering.OTHER_VERSION_MADE(
            step=step.key,
            version=approved[-1].version,
            day=approved[-1].approved_on,
            other=made[-1].version,
        )
    )


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
    approved = _approved_for(work, step)
    if approved is None:
        return
    ours, coming = _made_here(work), [*_coming(work, step, files, by_id)]
    if approved.hashes.isdisjoint(sha256 for _, sha256, _ in coming):
        _refuse_made_since_approval(work, step)
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
    approved = _approved_for(work, step)
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


def _approved_for(work: GrantAtWork, step: Step) -> Approved | None:
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
