"""Mark which papers of a grant may need secrecy review, because they describe few people."""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

from docx.api import Document as WordDocument
from sqlalchemy import Connection, select
from sqlmodel import select as select_models

from models.reading.personal_number import holds_personal_number
from models.rules.answers.small_numbers import SmallNumbers, is_small
from models.tables.columns import table_of
from models.tables.journal import JournalEvent
from models.tables.step import Document, MadeDocument
from models.vocabulary import Phase, StepKind
from tasks.commands.at_work.load import load_grant
from tasks.commands.files.file_store import FileStore, is_whole
from tasks.documents.bundle.entries import word_bundle
from tasks.documents.facts.figures import make_figures, people_in
from tasks.documents.facts.reports import load_reports
from tasks.documents.papers import WORD
from tasks.grant.records import GrantRecord
from tasks.store.queries import load_models
from tasks.words.translator import Translator

_EVENT = table_of(JournalEvent)
_MADE = table_of(MadeDocument)


class SecrecyMarks:
    """What must be reviewed in each paper of a grant: a text for the index, empty if nothing is known.

    A paper needs review for numbers below the programme's threshold, even if somebody chose to send
    them or they were public before. So do texts that hold a personal identity number, answers by
    mail, which nobody here has read for numbers, and in a grant with small numbers the files of such
    a report and the journal with its notes.
    """

    def __init__(
        self, connection: Connection, file_store: FileStore, record: GrantRecord, say: Translator
    ) -> None:
        self._connection = connection
        self._file_store = file_store
        self._record = record
        self._say = say
        self._threshold = record.programme.small_numbers
        made = select_models(MadeDocument).where(MadeDocument.grant_id == record.id)
        rows = load_models(connection, made.order_by(_MADE.c.id))
        texts = {_version(row): self._text_of(row) for row in rows if row.media_type == WORD}
        self.of_made = {row.sha256: self._of_version(row, texts.get(_version(row), "")) for row in rows}
        self._small = self._small_periods()

    def of_file(self, row: Document) -> str:
        """Return the mark of a file that came with an answer: of the same document made here, or its report's."""
        step = self._record.batch.steps_by_id.get(row.step_id or 0)
        if row.sha256 in self.of_made:
            return self.of_made[row.sha256]
        if step is None or step.kind != StepKind.REPORT:
            return ""
        if step.key in self._small or (step.phase == Phase.FINAL_REPORT and self._small):
            return self._mark("came_with_numbers")
        return ""

    def of_replies(self, texts: Sequence[str]) -> str:
        """Return the mark of a log with these answers by mail."""
        return self._of_texts(texts) or (self._mark("free_text") if texts else "")

    def of_journal(self) -> str:
        """Return the mark of the grant's journal."""
        query = select(_EVENT.c.detail).where(_EVENT.c.grant_id == self._record.id)
        details = self._connection.execute(query).scalars()
        texts = [text for detail in details for text in detail.values() if isinstance(text, str)]
        return self._of_texts(texts) or (self._mark("free_text") if self._small else "")

    def _of_texts(self, texts: Iterable[str]) -> str:
        return self._mark("identity_number") if any(map(holds_personal_number, texts)) else ""

    def _mark(self, why: str) -> str:
        return word_bundle(self._say, "to_be_tried", why)

    def _of_version(self, row: MadeDocument, text: str) -> str:
        if row.small_numbers == SmallNumbers.SHOW:
            return self._mark("shows_numbers")
        return self._of_texts([text])

    def _text_of(self, row: MadeDocument) -> str:
        """Return the paragraphs of a kept Word document; none for one that is damaged."""
        path = self._file_store.path(row.stored_as)
        if not is_whole(path, row.sha256):
            return ""
        return "\n".join(paragraph.text for paragraph in WordDocument(BytesIO(path.read_bytes())).paragraphs)

    def _small_periods(self) -> set[str]:
        """Return the keys of the steps whose reports have small numbers of people in their answers now."""
        work = load_grant(self._record.batch.session, self._record.grant, date.max)
        figures = make_figures(self._say, load_reports(work))
        people = people_in(figures.numbers)
        return {
            key
            for row in figures.numbers
            if row.key in people
            for key, number in zip(figures.period_keys, row.values, strict=True)
            if is_small(number, self._threshold)
        }


def _version(row: MadeDocument) -> tuple[str, int | None, int]:
    return row.kind, row.step_id, row.version
