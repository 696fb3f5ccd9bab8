"""Decide which version of a document may be sent: the one that was approved."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from models.commands.steps import StoredFile
from models.errors import AnswerRefused, FileNotApproved
from models.events import GrantEvent
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.command_faults import Answering
from tasks.store.queries import IN_DRAFT

# The document that goes to the funder, after the committee has approved it.
SENT = "final-report"
# The document on which the committee decides, with the report as its annex.
MEMO = "memo"
_MADE = (
    select(MadeDocument)
    .where(MadeDocument.grant_id == bindparam("grant"), MadeDocument.kind == bindparam("kind"))
    .order_by(col(MadeDocument.version), col(MadeDocument.id))
)


def made_versions(work: GrantAtWork, kind: str) -> list[MadeDocument]:
    """Return the grant's versions of a kind of document, oldest first."""
    return list(work.session.exec(_MADE, params={"grant": work.grant_id, "kind": kind}))


def newest_version(made: Sequence[MadeDocument]) -> list[MadeDocument]:
    """Return the newest version's files, Word first."""
    return [row for row in made if row.version == made[-1].version] if made else []


def approve_made(
    work: GrantAtWork, approval: Step, by_id: int, seen: int | None = None, *, is_last: bool = True
) -> None:
    """Note that the newest version of the report is what the body approved.

    Nothing is noted unless the approval `is_last`: others must still read it. AnswerRefused if a
    newer version was made since the approver saw it (`seen`).
    """
    if approval.with_funder or approval.phase is not Phase.FINAL_REPORT:
        return
    newest = newest_version(made_versions(work, SENT))
    version = newest[-1].version if newest else 0
    if seen is not None and seen != version:
        raise AnswerRefused(Answering.REPORT_CHANGED(step=approval.key, made=version))
    if not is_last:
        return
    for row in (*newest, *newest_version(made_versions(work, MEMO))):
        row.approved_on = approval.done_on
    if newest:
        work.add_event(
            GrantEvent.DOCUMENT_APPROVED, approval, by_id, version=version, sha256=newest[0].sha256
        )


def forget_approved(work: GrantAtWork, approval: Step) -> None:
    """Let no version count as approved: the report went back, or its approval was withdrawn."""
    if not approval.with_funder and approval.phase is Phase.FINAL_REPORT:
        for row in (*made_versions(work, SENT), *made_versions(work, MEMO)):
            row.approved_on = None


def refuse_other_version(work: GrantAtWork, step: Step, files: Iterable[StoredFile], by_id: int) -> None:
    """Raise FileNotApproved if the step would send another version of the report than the approved one.

    A newer version is not sent without the approved file itself. Any other file may be the signed
    copy or an annex.
    """
    made = made_versions(work, SENT) if _sends_report(step) else []
    approved = [row for row in made if row.approved_on is not None]
    if not approved:
        return
    hashes = {row.sha256 for row in approved}
    coming = [*_coming(work, step, files, by_id)]
    ours = {row.sha256: row.version for row in made if row.sha256 not in hashes}
    others = [(name, ours[sha256]) for name, sha256 in coming if sha256 in ours]
    newest = newest_version(made)[0]  # the Word document, from which the PDF is made
    if not others and newest.sha256 not in hashes and hashes.isdisjoint(sha256 for _, sha256 in coming):
        others = [("", newest.version)]
    for name, other in others:
        version = approved[-1].version
        day = approved[-1].approved_on
        remark = Answering.OTHER_VERSION(step=step.key, other=other, version=version, day=day)
        raise FileNotApproved(remark, name=name, other=other)


def note_sent(work: GrantAtWork, step: Step, by_id: int) -> None:
    """Record in the journal which approved version was sent."""
    made = made_versions(work, SENT) if _sends_report(step) else []
    for row in newest_version([row for row in made if row.approved_on is not None])[:1]:
        work.add_event(GrantEvent.DOCUMENT_SENT, step, by_id, version=row.version, sha256=row.sha256)


def _sends_report(step: Step) -> bool:
    return step.phase is Phase.FINAL_REPORT and step.kind is StepKind.REPORT


def _coming(
    work: GrantAtWork, step: Step, files: Iterable[StoredFile], by_id: int
) -> Iterator[tuple[str, str]]:
    """Yield the files of the answer and of the person's draft, as (name, hash)."""
    yield from ((file.name, file.sha256) for file in files)
    drafts = select(Document).where(Document.step_id == step.id, IN_DRAFT, Document.added_by_id == by_id)
    yield from ((row.name, row.sha256) for row in work.session.exec(drafts.order_by(col(Document.id))))
