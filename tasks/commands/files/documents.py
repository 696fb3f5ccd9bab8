"""Keep documents with their steps: rows for files that lie in the vault, first in a draft and then in an answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, func, insert, select, union_all
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.commands.steps import StoredFile
from models.tables.columns import table_of
from models.tables.step import Document, MadeDocument, Step
from tasks.commands.files.file_store import Vault, is_whole
from tasks.settings import Settings
from tasks.store.database import reading
from tasks.store.queries import load_models

_DOCUMENT, _STEP, _MADE = table_of(Document), table_of(Step), table_of(MadeDocument)
# Made once: each answer asks for its drafts.
_DRAFTS = (
    select_rows(Document)
    .where(Document.step_id == bindparam("step"), col(Document.answer_id).is_(None))
    .order_by(col(Document.id))
)
# A file's row comes within seconds; by then even a slow answer has written it.
_ROW_COMES_WITHIN = timedelta(hours=1)


def vault_of(settings: Settings) -> Vault:
    """Return the folder of the files that people hand in and of the documents that are kept."""
    return Vault(settings.documents_folder)


def add_document(connection: Connection, step_id: int, file: StoredFile, by_id: int, now: datetime) -> None:
    """Add a file to a person's draft of a step, inside the open transaction."""
    grant_id = connection.execute(select(_STEP.c.grant_id).where(_STEP.c.id == step_id)).scalar_one()
    where = {"grant_id": grant_id, "step_id": step_id, "added_by_id": by_id, "added_at": now}
    connection.execute(insert(_DOCUMENT).values(where | asdict(file)))


def drop_document(connection: Connection, document_id: int, by_id: int) -> None:
    """Take a person's own file out of their draft, inside the open transaction."""
    mine = (_DOCUMENT.c.added_by_id == by_id) & _DOCUMENT.c.answer_id.is_(None)
    connection.execute(delete(_DOCUMENT).where(_DOCUMENT.c.id == document_id, mine))


def draft_size(connection: Connection, step_id: int, by_id: int) -> tuple[int, int]:
    """Return how many files a person's draft of a step holds, and how many bytes, until the open transaction ends."""
    # SQLite has one writer anyway; elsewhere two posts at once must not count from the same number.
    connection.execute(select(_STEP.c.id).where(_STEP.c.id == step_id).with_for_update(key_share=True))
    mine = (_DOCUMENT.c.added_by_id == by_id) & _DOCUMENT.c.answer_id.is_(None)
    size = func.coalesce(func.sum(_DOCUMENT.c.size), 0)
    query = select(func.count(), size).where(_DOCUMENT.c.step_id == step_id, mine)
    files, held = connection.execute(query).one()
    return int(files), int(held)


def answer_documents(session: Session, step: Step, answer_id: int, by_id: int) -> Sequence[Document]:
    """Give the files of a person's draft to their answer; what others had in theirs goes."""
    taken = []
    for document in session.exec(_DRAFTS, params={"step": step.id}):
        if document.added_by_id == by_id:
            document.answer_id = answer_id
            taken.append(document)
        else:
            session.delete(document)
    session.flush()
    return taken


def answered_documents(session: Session, *where: ColumnElement[bool]) -> Sequence[Document]:
    """Return the files that came with answers, as conditions say, oldest first."""
    kept = select_rows(Document).where(col(Document.answer_id).is_not(None), *where)
    return session.exec(kept.order_by(col(Document.id))).all()


def find_document(connection: Connection, document_id: int) -> Document | None:
    """Return a document's row; None if there is none."""
    found = load_models(connection, select_rows(Document).where(Document.id == document_id))
    return found[0] if found else None


def drop_unnamed(engine: Engine, vault: Vault, stored: Collection[str]) -> None:
    """Delete those of the stored files that no document's row names."""
    with reading(engine) as connection:
        query = select(_DOCUMENT.c.stored_as).where(_DOCUMENT.c.stored_as.in_(stored))
        named = set(connection.execute(query).scalars())
    for name in set(stored) - named:
        vault.path(name).unlink(missing_ok=True)


def check_documents(connection: Connection, vault: Vault) -> tuple[int, list[str]]:
    """Return how many files the rows name, and the names of those that are gone or not what was kept."""
    tables = (_DOCUMENT, _MADE)
    query = union_all(*(select(one.c.name, one.c.sha256, one.c.stored_as) for one in tables))
    rows = connection.execute(query).all()
    return len(rows), [row.name for row in rows if not is_whole(vault.path(row.stored_as), row.sha256)]


def sweep_documents(engine: Engine, vault: Vault, now: datetime) -> int:
    """Delete the files that a crash left without a row; return how many."""
    with reading(engine) as connection:
        known = set(connection.execute(select(_DOCUMENT.c.stored_as)).scalars())
        known |= set(connection.execute(select(_MADE.c.stored_as)).scalars())
    return vault.sweep(known, now - _ROW_COMES_WITHIN)
