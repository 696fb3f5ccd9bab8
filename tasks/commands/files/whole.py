"""Refuse an answer that stands on a kept file which is gone from the disk, or is not what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from models.errors import FileNotWhole
from models.facts.stored_file import StoredFile
from models.reading.reference import as_argument
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import AnswerKind, Phase
from tasks.commands.at_work.find import report_of
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.files.approved import SENT, made_versions, newest_version
from tasks.commands.files.file_store import Vault, is_whole
from tasks.commands.files.sent import approved_for
from tasks.commands.messages import Answering

_HOW = {"made": Answering.MAKE_AGAIN, "kept": Answering.PUT_BACK, "added": Answering.ADD_AGAIN}


def refuse_harmed_files(
    work: GrantAtWork, step: Step, kind: AnswerKind, files: Sequence[StoredFile], by_id: int, vault: Vault
) -> None:
    """Raise FileNotWhole, with how to put it right, for a file that the answer approves, sends or brings along.

    An approved file that comes with the answer itself needs no kept one.
    """
    if kind is AnswerKind.APPROVED and not step.with_funder:
        relied = [*_looked_at(work, step)]
    elif kind is AnswerKind.DONE:
        drafts = select(Document).where(
            Document.step_id == step.id, col(Document.answer_id).is_(None), Document.added_by_id == by_id
        )
        added = list(work.session.exec(drafts.order_by(col(Document.id))))
        relied = [
            *((row, "added") for row in added),
            *_sent(work, step, {*(file.sha256 for file in files), *(row.sha256 for row in added)}),
        ]
    else:
        return
    for row, mend in relied:
        if not is_whole(vault.path(row.stored_as), row.sha256):
            how = _HOW[mend](grant=as_argument(work.grant.reference), kind=SENT)
            raise FileNotWhole(Answering.FILE_HARMED(step=step.key, name=row.name, how=how), mend=mend)


def _looked_at(work: GrantAtWork, approval: Step) -> Iterator[tuple[MadeDocument | Document, str]]:
    """Yield what a body here approves: the report's newest version, and the files that came with the report."""
    if approval.phase is Phase.FINAL_REPORT and (made := made_versions(work, SENT)):
        yield from ((row, "made") for row in newest_version(made))
    report = report_of(work, approval)
    if report is not None:
        kept = select(Document).where(Document.step_id == report.id, col(Document.answer_id).is_not(None))
        yield from ((row, "kept") for row in work.session.exec(kept.order_by(col(Document.id))))


def _sent(work: GrantAtWork, step: Step, coming: set[str]) -> Iterator[tuple[MadeDocument | Document, str]]:
    """Yield what was approved and is sent with the step; nothing where one of its files comes with the answer."""
    approved = approved_for(work, step)
    if approved is None or not approved.hashes.isdisjoint(coming):
        return
    if approved.made:
        yield from ((row, "made") for row in approved.made)
        return
    kept = select(Document).where(
        Document.grant_id == work.grant_id,
        col(Document.sha256).in_(approved.files),
        col(Document.answer_id).is_not(None),
    )
    yield from ((row, "kept") for row in work.session.exec(kept.order_by(col(Document.id))))
