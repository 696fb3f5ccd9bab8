"""Put all of a grant into one zip for the registry: documents, letters, journal, and an index of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine, select
from sqlmodel import select as select_models

from models.errors import UnknownReference
from models.tables.columns import table_of
from models.tables.grant import Decision, Grant
from models.tables.person import OrganisationName, Person
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import StepKind, StepStatus
from tasks.commands.files.file_store import Vault, plain_name
from tasks.documents.bundle.entries import Entry, headings, word_bundle
from tasks.documents.bundle.journal import journal_csv
from tasks.documents.bundle.letters import letter_log
from tasks.documents.bundle.secrecy import SecrecyMarks
from tasks.documents.bundle.sendings import sent_entries
from tasks.documents.bundle.unkept import Unkept, unkept_documents
from tasks.files.tables import csv_of
from tasks.store.database import reading
from tasks.store.programmes import load_programme
from tasks.store.queries import HOLDS, load_models
from tasks.words.names import word_name, word_step_title
from tasks.words.translator import Translator, capitalised

_STEP, _PERSON = table_of(Step), table_of(Person)
_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)
_NAME, _DECISION = table_of(OrganisationName), table_of(Decision)
# Documents for the body that takes the report; the others go to the funder.
_FOR_THE_BODY = ("memo", "agenda-note")
# Documents of which a grant has one for each of several steps: they are called as theirs.
_ONE_OF_SEVERAL = ("follow-up", "claim")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written: how many lines its index has, how many of them are to be tried, and what a left-out file is.

    `unkept` is what was sent or approved and of which there is no document.
    """

    lines: int
    to_try: int
    left_out: tuple[str, ...]
    unkept: tuple[Unkept, ...]


def write_bundle(engine: Engine, vault: Vault, reference: str, target: Path, say: Translator) -> Bundle:
    """Write the zip; return what its index came to. Nothing is left at the target when it fails.

    A device, a pipe or a link takes the bytes, and stays what it is. Raises UnknownReference.
    """
    special = target.is_symlink() or (target.exists() and not target.is_file())
    with TemporaryDirectory(dir=None if special else target.parent, prefix=".bundle-") as folder:
        whole = Path(folder) / "whole.zip"
        with reading(engine) as connection, ZipFile(whole, "w", ZIP_DEFLATED) as archive:
            found = load_models(connection, select_models(Grant).where(Grant.reference == reference))
            if not found:
                raise UnknownReference(reference)
            grant = found[0]
            funder = _name_of(connection, grant.funder_id, date.max)
            titles, marks = _titles(connection, grant, say), SecrecyMarks(connection, vault, grant, say)
            documents = [*_documents(connection, archive, vault, grant, say, titles, marks)]
            sent = sent_entries(connection, grant, say, titles, documents)
            entries = sorted(
                [
                    *_decisions(connection, grant, say, funder),
                    *documents,
                    *(_from_us(connection, grant, one, funder) for one in sent),
                ],
                key=lambda entry: (entry.on, entry.file),
            )
            entries += _history(connection, archive, grant, say, titles, marks)
            _write(archive, "index.csv", _index(say, funder, grant, entries))
            unkept = tuple(unkept_documents(connection, reference))
        if special:
            with whole.open("rb") as source, target.open("wb") as out:
                copyfileobj(source, out)
        else:
            whole.replace(target)
    left_out = tuple(entry.about for entry in entries if entry.lost)
    return Bundle(len(entries), sum(bool(entry.secrecy) for entry in entries), left_out, unkept)


def _from_us(connection: Connection, grant: Grant, entry: Entry, funder: str) -> Entry:
    return replace(entry, sender=_name_of(connection, grant.recipient_id, entry.on), receiver=funder)


def _titles(connection: Connection, grant: Grant, say: Translator) -> dict[int, str]:
    """Return what the grant's steps are called, by their ids."""
    rules = {rule.key: rule for rule in load_programme(connection, grant.programme_id).steps}
    rows = connection.execute(select(_STEP).where(_STEP.c.grant_id == grant.id))
    return {row.id: word_step_title(say, rules.get(row.template_key), row.kind, row.period) for row in rows}


def _write(archive: ZipFile, name: str, content: bytes) -> None:
    """Add a file, with the same date in every zip: the same grant gives the same bytes."""
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, content)


def _decisions(connection: Connection, grant: Grant, say: Translator, funder: str) -> Iterator[Entry]:
    """Yield the funder's decisions and approvals: what came with them lies elsewhere, found by its number here."""
    rows = select(_DECISION).where(_DECISION.c.grant_id == grant.id, HOLDS).order_by(_DECISION.c.id)
    for row in connection.execute(rows):
        about = word_name(say, "decision", row.kind)
        minor = row.amount_minor if row.amount_minor is not None else row.total_minor
        if minor is not None:
            about = f"{about}, {say.money(minor, grant.currency)}"
        if row.source:
            about = f"{about} ({row.source})"
        receiver = _name_of(connection, grant.recipient_id, row.decided_on)
        yield Entry(row.decided_on, word_bundle(say, "way", "in"), funder, receiver, about)
    titles = _titles(connection, grant, say)
    approved = select(_STEP).where(
        _STEP.c.grant_id == grant.id,
        _STEP.c.kind == StepKind.APPROVAL,
        _STEP.c.with_funder,
        _STEP.c.status == StepStatus.APPROVED,
    )
    for row in connection.execute(approved.order_by(_STEP.c.position)):
        receiver = _name_of(connection, grant.recipient_id, row.done_on)
        yield Entry(row.done_on, word_bundle(say, "way", "in"), funder, receiver, capitalised(titles[row.id]))


def _documents(
    connection: Connection,
    archive: ZipFile,
    vault: Vault,
    grant: Grant,
    say: Translator,
    titles: Mapping[int, str],
    marks: SecrecyMarks,
) -> Iterator[Entry]:
    drawn_up = word_bundle(say, "way", "")
    handed_in = select_models(Document).where(
        Document.grant_id == grant.id, _DOCUMENT.c.answer_id.is_not(None)
    )
    people = {row.id: row.name for row in connection.execute(select(_PERSON.c.id, _PERSON.c.name))}
    for row in load_models(connection, handed_in.order_by(_DOCUMENT.c.id)):
        about = word_bundle(say, "handed_in", row.name, titles.get(row.step_id or 0, ""))
        on = row.added_at.date()
        receiver = _name_of(connection, grant.recipient_id, on)
        # The number is of the file's table: no two files have one name, whatever people call theirs.
        name = f"documents/{row.id:04}-{plain_name(row.name)}"
        entry = Entry(
            on, drawn_up, people.get(row.added_by_id, ""), receiver, about, secrecy=marks.of_file(row)
        )
        yield _file(archive, vault, row, name, entry, say)
    made = select_models(MadeDocument).where(MadeDocument.grant_id == grant.id).order_by(_MADE.c.id)
    for version in load_models(connection, made):
        kind = (
            titles.get(version.step_id or 0, "")
            if version.kind in _ONE_OF_SEVERAL
            else word_name(say, "paper", version.kind)
        )
        about = word_bundle(say, "version", kind, version.version, version.approved_on)
        addressee = grant.recipient_id if version.kind in _FOR_THE_BODY else grant.funder_id
        receiver = _name_of(connection, addressee, version.made_on)
        name = f"documents/made-{version.id:04}-{plain_name(version.name)}"
        entry = Entry(
            version.made_on,
            drawn_up,
            people.get(version.made_by_id, ""),
            receiver,
            about,
            secrecy=marks.of_made(version),
        )
        yield _file(archive, vault, version, name, entry, say)


def _file(
    archive: ZipFile, vault: Vault, row: Document | MadeDocument, name: str, entry: Entry, say: Translator
) -> Entry:
    """Add a kept file; one that is gone, or not what was kept, is told in the index and left out."""
    path = vault.path(row.stored_as)
    if not path.is_file():
        about = word_bundle(say, "lost", entry.about, True)
        return replace(entry, about=about, sha256=row.sha256, lost=True)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != row.sha256:
        about = word_bundle(say, "lost", entry.about, False)
        return replace(entry, about=about, sha256=row.sha256, lost=True)
    _write(archive, name, content)
    return replace(entry, file=name, sha256=row.sha256)


def _name_of(connection: Connection, organisation_id: int, on: date) -> str:
    """Return the organisation's name on the day, or its first one when that is still to come."""
    rows = connection.execute(
        select(_NAME.c.valid_from_on, _NAME.c.name)
        .where(_NAME.c.organisation_id == organisation_id)
        .order_by(_NAME.c.valid_from_on)
    ).all()
    valid = [row.name for row in rows if row.valid_from_on <= on]
    return str(valid[-1]) if valid else str(rows[0].name) if rows else ""


def _history(
    connection: Connection,
    archive: ZipFile,
    grant: Grant,
    say: Translator,
    titles: Mapping[int, str],
    marks: SecrecyMarks,
) -> Iterator[Entry]:
    """Yield the log of letters, where there is one, and the journal; each is of the day of its last line."""
    log = letter_log(connection, grant, say, titles)
    if log is not None:
        secrecy = marks.of_texts([{"text": text} for text in log.texts])
        yield _log(connection, archive, grant, say, "letters", log.last, log.content, secrecy)
    last, content = journal_csv(connection, grant, titles, say)
    yield _log(connection, archive, grant, say, "journal", last, content, marks.of_journal())


def _log(
    connection: Connection,
    archive: ZipFile,
    grant: Grant,
    say: Translator,
    name: str,
    last: date,
    content: bytes,
    secrecy: str,
) -> Entry:
    """Add a log of the house's own, and return its line."""
    _write(archive, f"{name}.csv", content)
    own = _name_of(connection, grant.recipient_id, last)
    about, sha256 = word_bundle(say, "whole", name), hashlib.sha256(content).hexdigest()
    return Entry(last, word_bundle(say, "way", ""), own, own, about, f"{name}.csv", sha256, secrecy)


def _index(say: Translator, funder: str, grant: Grant, entries: list[Entry]) -> bytes:
    head = headings(say, "index")
    lines = [
        (
            number,
            grant.reference,
            grant.funder_reference or "",
            funder,
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
    return csv_of([head, *lines])
