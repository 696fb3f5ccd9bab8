"""Put all of a grant into one zip for the registry: documents, letters, journal, and an index of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Engine, select

from models.columns import table_of
from models.errors import UnknownReference
from models.grant import Grant
from models.journal import JournalEvent
from models.letter import Letter, Notice
from models.people import OrganisationName, Person
from models.step import Document, MadeDocument, Step
from tasks.database import AnyRow, reading
from tasks.document_vault import Vault, plain_name
from tasks.table_files import csv_of
from tasks.words import Speaker

_GRANT, _STEP, _PERSON = table_of(Grant), table_of(Step), table_of(Person)
_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)
_LETTER, _NOTICE, _EVENT = table_of(Letter), table_of(Notice), table_of(JournalEvent)
_NAME = table_of(OrganisationName)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index: when, from whom, to whom, what, and the file in the zip (empty for one that is gone)."""

    on: date
    sender: str
    receiver: str
    about: str
    file: str
    sha256: str


def write_bundle(engine: Engine, vault: Vault, reference: str, target: Path, say: Speaker) -> int:
    """Write the zip; return how many entries its index has. Nothing is left at the target when it fails."""
    partial = target.with_name(target.name + ".part")
    try:
        with reading(engine) as connection, ZipFile(partial, "w", ZIP_DEFLATED) as archive:
            grant = connection.execute(select(_GRANT).where(_GRANT.c.reference == reference)).first()
            if grant is None:
                raise UnknownReference(reference)
            entries = sorted(
                [
                    *_documents(connection, archive, vault, grant, say),
                    *_letters(connection, archive, grant, say),
                ],
                key=lambda entry: (entry.on, entry.file),
            )
            _write(archive, "journal.csv", _journal(connection, grant))
            _write(archive, "index.csv", _index(say, connection, grant, entries))
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return len(entries)


def _write(archive: ZipFile, name: str, content: bytes) -> None:
    """Add a file, with the same date in every zip: the same grant gives the same bytes."""
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    archive.writestr(info, content)


def _documents(
    connection: Connection, archive: ZipFile, vault: Vault, grant: AnyRow, say: Speaker
) -> Iterator[Entry]:
    handed_in = (
        select(_DOCUMENT, _PERSON.c.name.label("who"), _STEP.c.key.label("step"))
        .outerjoin(_PERSON, _PERSON.c.id == _DOCUMENT.c.added_by_id)
        .outerjoin(_STEP, _STEP.c.id == _DOCUMENT.c.step_id)
        .where(_DOCUMENT.c.grant_id == grant.id, _DOCUMENT.c.answer_id.is_not(None))
        .order_by(_DOCUMENT.c.id)
    )
    for row in connection.execute(handed_in):
        about = say.gettext("%(name)s, handed in with %(step)s", name=row.name, step=row.step or "")
        file = _file(archive, vault, f"documents/{row.id:04}-{plain_name(row.name)}", row.stored_as)
        yield Entry(row.added_at.date(), row.who or "", "", about, file, row.sha256)
    made = (
        select(_MADE, _PERSON.c.name.label("who"))
        .outerjoin(_PERSON, _PERSON.c.id == _MADE.c.made_by_id)
        .where(_MADE.c.grant_id == grant.id)
        .order_by(_MADE.c.id)
    )
    for row in connection.execute(made):
        about = say.gettext("%(kind)s, version %(version)s", kind=row.kind, version=row.version)
        if row.approved_on is not None:
            about = say.gettext(
                "%(about)s, approved on %(day)s", about=about, day=row.approved_on.isoformat()
            )
        file = _file(archive, vault, f"documents/{plain_name(row.name)}", row.stored_as)
        yield Entry(row.made_on, row.who or "", "", about, file, row.sha256)


def _file(archive: ZipFile, vault: Vault, name: str, stored_as: str) -> str:
    path = vault.path(stored_as)
    if not path.is_file():
        return ""
    with path.open("rb") as source, archive.open(ZipInfo(name), "w") as copy:
        while chunk := source.read(65_536):
            copy.write(chunk)
    return name


def _letters(connection: Connection, archive: ZipFile, grant: AnyRow, say: Speaker) -> Iterator[Entry]:
    """Yield the letters that tell of this grant alone; one that tells of others too is named without its text."""
    about_grant = (
        select(_NOTICE.c.letter_id)
        .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
        .where(_STEP.c.grant_id == grant.id)
        .distinct()
    )
    shared = set(
        connection.execute(
            select(_NOTICE.c.letter_id)
            .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
            .where(_NOTICE.c.letter_id.in_(about_grant), _STEP.c.grant_id != grant.id)
        ).scalars()
    )
    rows = connection.execute(
        select(_LETTER, _PERSON.c.name.label("who"))
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_LETTER.c.id.in_(about_grant), _LETTER.c.content.is_not(None))
        .order_by(_LETTER.c.letter_on, _LETTER.c.id)
    )
    for row in rows:
        name = ""
        if row.id not in shared:
            name = f"letters/{row.letter_on.isoformat()}-{row.id:06}.eml"
            _write(archive, name, row.content)
        about = row.subject or ""
        if not name:
            about = say.gettext("%(subject)s (it tells of other grants too: not included)", subject=about)
        yield Entry(row.letter_on, "", row.who, about, name, "")


def _journal(connection: Connection, grant: AnyRow) -> bytes:
    rows = connection.execute(
        select(_EVENT, _STEP.c.key.label("step"), _PERSON.c.name.label("who"))
        .outerjoin(_STEP, _STEP.c.id == _EVENT.c.step_id)
        .outerjoin(_PERSON, _PERSON.c.id == _EVENT.c.person_id)
        .where(_EVENT.c.grant_id == grant.id)
        .order_by(_EVENT.c.id)
    )
    lines = [
        (
            row.on.isoformat(),
            row.at.isoformat(),
            row.event,
            row.step or "",
            row.who or "",
            json.dumps(row.detail, ensure_ascii=False, sort_keys=True),
            row.sha256,
        )
        for row in rows
    ]
    return csv_of([("on", "at", "event", "step", "person", "detail", "sha256"), *lines])


def _index(say: Speaker, connection: Connection, grant: AnyRow, entries: list[Entry]) -> bytes:
    names = connection.execute(
        select(_NAME.c.name)
        .where(_NAME.c.organisation_id == grant.funder_id)
        .order_by(_NAME.c.valid_from_on.desc())
    ).scalars()
    head = (
        say.gettext("Reference"),
        say.gettext("The funder's reference"),
        say.gettext("Funder"),
        say.gettext("Date"),
        say.gettext("From"),
        say.gettext("To"),
        say.gettext("Description"),
        say.gettext("File"),
        "SHA-256",
    )
    funder = next(iter(names), "")
    lines = [
        (
            grant.reference,
            grant.funder_reference or "",
            funder,
            entry.on.isoformat(),
            entry.sender,
            entry.receiver,
            entry.about,
            entry.file,
            entry.sha256,
        )
        for entry in entries
    ]
    return csv_of([head, *lines])
