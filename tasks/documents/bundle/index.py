"""Put a whole grant into one zip for the registry: documents, letters, journal, and an index."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.errors import BadInput, UnknownReference
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.step import Document, MadeDocument
from models.vocabulary import StepKind, StepStatus
from tasks.commands.files.file_store import FileStore, is_whole, plain_name
from tasks.documents.bundle.entries import IndexEntry, headings, word_bundle
from tasks.documents.bundle.logs import journal_csv, letter_log
from tasks.documents.bundle.outgoing import sent_entries
from tasks.documents.bundle.secrecy import SecrecyMarks
from tasks.documents.document_faults import Printed
from tasks.files.table_writer import csv_of
from tasks.grant.records import Records
from tasks.store.database import reading
from tasks.store.queries import HANDED_IN
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_name, word_step_title

# Documents for the body that receives the report; the others go to the funder.
_FOR_THE_BODY = ("memo", "agenda-note")
# Documents that a grant has once per step: they are named after their step.
_ONE_OF_SEVERAL = ("follow-up", "claim")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written: the number of index lines, how many need review, and the files that were left out."""

    lines: int
    to_try: int
    left_out: tuple[str, ...]


def write_bundle(
    engine: Engine, file_store: FileStore, reference: str, target: Path, say: Translator
) -> Bundle:
    """Write the zip and return a summary of its index. Raises UnknownReference.

    The target is replaced by the finished zip in one step, or not at all. Raises BadInput for a
    target that is a folder or a device.
    """
    if target.exists() and not target.is_file():
        raise BadInput(Printed.NO_FILE(name=str(target)))
    part = target.with_name(f"{target.name}.part")
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).first()
        if grant is None:
            raise UnknownReference(reference)
        try:
            with ZipFile(part, "w", ZIP_DEFLATED) as archive:
                entries = _Writer(session, archive, file_store, grant, say).write()
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    left_out = tuple(entry.about for entry in entries if entry.lost)
    return Bundle(len(entries), sum(bool(entry.secrecy) for entry in entries), left_out)


class _Writer:
    """Writes one grant's files into a zip, and a line of the index for each."""

    def __init__(
        self, session: Session, archive: ZipFile, file_store: FileStore, grant: Grant, say: Translator
    ) -> None:
        self._session = session
        self._grant = grant
        self._say = say
        self._archive = archive
        self._file_store = file_store
        self._record = next(iter(Records(session, [grant])))
        self._titles = {
            id_of(step): word_step_title(say, self._record.rule_of(step), step.kind, step.period)
            for step in self._record.steps
        }
        self._marks = SecrecyMarks(session.connection(), file_store, self._record, say)

    def write(self) -> list[IndexEntry]:
        """Write the documents, the logs and the index; return the index's lines."""
        grant = self._grant
        connection = self._session.connection()
        documents = [*self._handed_in(), *self._made()]
        sent = sent_entries(connection, self._record, self._say, self._titles, documents)
        from_us = (
            replace(paper, sender=self._us(paper.on), receiver=self._funder(paper.on)) for paper in sent
        )
        entries = [*self._received(), *documents, *from_us]
        log = letter_log(connection, grant, self._say, self._titles)
        if log is not None:
            secrecy = self._marks.of_replies(log.texts)
            entries.append(self._log("letters", log.last, log.content, secrecy))
        last, content = journal_csv(connection, grant, self._titles, self._say)
        entries.append(self._log("journal", last, content, self._marks.of_journal()))
        entries.sort(key=lambda entry: (entry.on, entry.file))
        self._put("index.csv", self._index(entries))
        return entries

    def _us(self, on: date) -> str:
        """Return the recipient's name on a day."""
        return self._record.called(self._grant.recipient_id, on)

    def _funder(self, on: date) -> str:
        """Return the funder's name on a day."""
        return self._record.called(self._grant.funder_id, on)

    def _put(self, name: str, content: bytes) -> None:
        """Add a file, with the same date in every zip, so that the same grant gives the same bytes."""
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED
        self._archive.writestr(info, content)

    def _received(self) -> Iterator[IndexEntry]:
        """Yield the funder's decisions and approvals: their papers are kept elsewhere, under this number."""
        say = self._say
        way = word_bundle(self._say, "way", "in")
        for row in self._record.decisions:
            about = word_name(say, "decision", row.kind)
            minor = row.amount_minor if row.amount_minor is not None else row.total_minor
            if minor is not None:
                about = f"{about}, {say.money(minor, self._grant.currency)}"
            if row.source:
                about = f"{about} ({row.source})"
            yield IndexEntry(
                row.decided_on, way, self._funder(row.decided_on), self._us(row.decided_on), about
            )
        for step in self._record.steps:
            approved = step.kind is StepKind.APPROVAL and step.status is StepStatus.APPROVED
            if approved and step.with_funder and step.done_on:
                about = capitalised(self._titles[id_of(step)])
                funder = self._funder(step.done_on)
                recipient = self._us(step.done_on)
                yield IndexEntry(step.done_on, way, funder, recipient, about)

    def _handed_in(self) -> Iterator[IndexEntry]:
        """Yield the files that came with answers, and the letters that moved a date."""
        answers = {
            answer.id: answer for step in self._record.steps for answer in self._record.answers_of(step)
        }
        handed_in = select(Document).where(Document.grant_id == self._grant.id, HANDED_IN)
        for row in self._session.exec(handed_in.order_by(col(Document.id))):
            on = row.evidence_on if row.answer_id is None else answers[row.answer_id].answered_on
            if on is None:
                raise ValueError(f"a file of no day: document {row.id}")
            title = self._titles.get(row.step_id or 0, "")
            about = word_bundle(self._say, "handed_in", row.name, title, self._evidence_of(row))
            # The number is the file's id: no two files get the same name, whatever people call them.
            name = f"documents/{row.id:04}-{plain_name(row.name)}"
            yield self._file(
                row,
                on,
                by_id=row.added_by_id,
                receiver=self._us(on),
                about=about,
                name=name,
                secrecy=self._marks.of_file(row),
                from_funder=row.evidence_on is not None,
            )

    def _evidence_of(self, row: Document) -> str:
        """Return what the funder's letter is about, a decision or a moved date; empty for a file of an answer."""
        if row.evidence_on is None:
            return ""
        step = self._record.batch.steps_by_id.get(row.step_id or 0)
        return "decision" if step is None or step.kind is StepKind.FUNDER else "date"

    def _made(self) -> Iterator[IndexEntry]:
        """Yield the documents that were made here."""
        made = select(MadeDocument).where(MadeDocument.grant_id == self._grant.id)
        for row in self._session.exec(made.order_by(col(MadeDocument.id))):
            several = row.kind in _ONE_OF_SEVERAL
            what = (
                self._titles.get(row.step_id or 0, "") if several else word_name(self._say, "paper", row.kind)
            )
            about = word_bundle(self._say, "version", what, row.version, row.approved_on)
            called = self._us if row.kind in _FOR_THE_BODY else self._funder
            receiver = called(row.made_on)
            name = f"documents/made-{row.id:04}-{plain_name(row.name)}"
            secrecy = self._marks.of_made[row.sha256]
            yield self._file(
                row,
                row.made_on,
                by_id=row.made_by_id,
                receiver=receiver,
                about=about,
                name=name,
                secrecy=secrecy,
            )

    def _file(
        self,
        row: Document | MadeDocument,
        on: date,
        by_id: int | None,
        receiver: str,
        about: str,
        name: str,
        secrecy: str,
        from_funder: bool = False,
    ) -> IndexEntry:
        """Add a kept file; one that is gone or damaged is noted in the index and left out."""
        path = self._file_store.path(row.stored_as)
        way = word_bundle(self._say, "way", "in" if from_funder else "")
        lost = not is_whole(path, row.sha256)
        if lost:
            about = word_bundle(self._say, "lost", about)
        else:
            self._put(name, path.read_bytes())
        file = "" if lost else name
        return IndexEntry(
            on=on,
            way=way,
            sender=self._funder(on) if from_funder else self._record.person(by_id),
            receiver=receiver,
            about=about,
            file=file,
            sha256=row.sha256,
            secrecy=secrecy,
            lost=lost,
        )

    def _log(self, name: str, last: date, content: bytes, secrecy: str) -> IndexEntry:
        """Add a log of our own, and return its index line, with the day of its last entry."""
        self._put(f"{name}.csv", content)
        own = self._us(last)
        way = word_bundle(self._say, "way", "")
        about = word_bundle(self._say, "whole", name)
        sha256 = hashlib.sha256(content).hexdigest()
        return IndexEntry(
            on=last,
            way=way,
            sender=own,
            receiver=own,
            about=about,
            file=f"{name}.csv",
            sha256=sha256,
            secrecy=secrecy,
        )

    def _index(self, entries: list[IndexEntry]) -> bytes:
        grant = self._grant
        lines = [
            (
                number,
                grant.reference,
                grant.funder_reference or "",
                self._funder(entry.on),
                entry.on.isoformat(),
                entry.way,
                entry.sender,
                entry.receiver,
                entry.about,
                entry.secrecy,
                entry.file,
                entry.sha256,
            )
            for number, entry in enumerate(entries, start=1)
        ]
        return csv_of([headings(self._say, "index"), *lines])
