"""Tie what a body approved to the version of the document that it saw, and let only that be sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam
from sqlmodel import col, select

from models.errors import AnswerRefused, FileNotApproved
from models.tables.step import MadeDocument, Step
from models.vocabulary import Phase
from tasks.commands.at_work.grant import GrantAtWork
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
    work: GrantAtWork, approval: Step, by_id: int, seen: int | None = None
) -> ApprovedVersion | None:
    """Note that the newest version of the report is what the body approved; return it, None where there is none.

    AnswerRefused where that is not the one `seen` by who approves: it was made since.
    """
    if approval.with_funder or approval.phase is not Phase.FINAL_REPORT:
        return None
    newest = newest_version(made_versions(work, SENT))
    version = newest[-1].version if newest else 0
    if seen is not None and seen != version:
        raise AnswerRefused(Answering.REPORT_CHANGED(step=approval.key, made=version))
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


def refuse_made_since_approval(work: GrantAtWork, step: Step) -> None:
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
