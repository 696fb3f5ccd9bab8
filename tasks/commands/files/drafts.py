"""Keep drafts: the typed texts and uploaded files of a step, and for how many days."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy import (
    Connection,
    Engine,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    union_all,
)
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from models.commands.steps import StoredFile
from models.rules.lifetimes import DRAFT_LIVES
from models.tables.columns import table_of
from models.tables.step import Document, Draft, MadeDocument, Step
from tasks.commands.files.file_store import FileStore, is_whole
from tasks.settings import Settings
from tasks.store.database import reading, transaction
from tasks.store.queries import IN_DRAFT, load_models

_DOCUMENT, _DRAFT, _STEP, _MADE = (table_of(model) for model in (Document, Draft, Step, MadeDocument))
_DRAFT_FILES = (
    select_rows(Document).where(Document.step_id == bindparam("step"), IN_DRAFT).order_by(col(Document.id))
)
_TYPED = (_DRAFT.c.step_id, _DRAFT.c.person_id)
_ADDED = (_DOCUMENT.c.step_id, _DOCUMENT.c.added_by_id)
# A text keeps its files, and a file the older texts.
_LATELY = union_all(
    select(*_TYPED).where(_DRAFT.c.saved_at >= bindparam("since")),
    select(*_ADDED).where(IN_DRAFT, _DOCUMENT.c.added_at >= bindparam("since")),
)
_FORGOTTEN = (
    delete(_DRAFT).where(tuple_(*_TYPED).not_in(_LATELY)),
    delete(_DOCUMENT).where(IN_DRAFT, tuple_(*_ADDED).not_in(_LATELY)),
)
# A file's row comes within seconds; by then even a slow answer has written it.
_ROW_COMES_WITHIN = timedelta(hours=1)


def file_store_of(settings: Settings) -> FileStore:
    """Return the folder of people's files and of the documents that are kept."""
    return FileStore(settings.documents_folder)


def add_document(
    connection: Connection,
    step_id: int,
    file: StoredFile,
    by_id: int,
    now: datetime,
) -> int:
    """Add a file to a person's draft of a step, inside the open transaction; return its id."""
    grant_id = connection.execute(select(_STEP.c.grant_id).where(_STEP.c.id == step_id)).scalar_one()
    where = {"grant_id": grant_id, "step_id": step_id}
    return _add(connection, where, file, {"added_by_id": by_id, "added_at": now})


def add_evidence(
    connection: Connection,
    where: Mapping[str, int | None],
    file: StoredFile,
    *,
    by_id: int | None,
    now: datetime,
    came_on: date,
) -> int:
    """Add a letter of the funder's, which is in no draft, inside the open transaction; return its id.

    `where` are the grant's id and that of the step that it is about; None for a decision that no step waits for.
    """
    added = {"added_by_id": by_id, "added_at": now, "evidence_on": came_on}
    return _add(connection, where, file, added)


def _add(
    connection: Connection,
    where: Mapping[str, int | None],
    file: StoredFile,
    added: Mapping[str, object],
) -> int:
    row = {**where, **asdict(file), **added}
    return int(connection.execute(insert(_DOCUMENT).values(row).returning(_DOCUMENT.c.id)).scalar_one())


def drop_document(connection: Connection, document_id: int, by_id: int) -> None:
    """Take a person's own file out of their draft, inside the open transaction."""
    mine = (_DOCUMENT.c.added_by_id == by_id) & IN_DRAFT
    connection.execute(delete(_DOCUMENT).where(_DOCUMENT.c.id == document_id, mine))


def draft_size(connection: Connection, step_id: int, by_id: int) -> tuple[int, int]:
    """Return the number of files and bytes in a person's draft of a step, locked until the commit."""
    # SQLite has one writer; elsewhere two posts at once must not count from the same number.
    connection.execute(select(_STEP.c.id).where(_STEP.c.id == step_id).with_for_update(key_share=True))
    mine = (_DOCUMENT.c.added_by_id == by_id) & IN_DRAFT
    size = func.coalesce(func.sum(_DOCUMENT.c.size), 0)
    query = select(func.count(), size).where(_DOCUMENT.c.step_id == step_id, mine)
    files, held = connection.execute(query).one()
    return int(files), int(held)


def answer_documents(session: Session, step: Step, answer_id: int, by_id: int) -> Sequence[Document]:
    """Give the files of a person's draft to their answer; others' draft files are dropped."""
    taken = []
    for document in session.exec(_DRAFT_FILES, params={"step": step.id}):
        if document.added_by_id == by_id:
            document.answer_id = answer_id
            taken.append(document)
        else:
            session.delete(document)
    session.flush()
    return taken


def take_documents_back(session: Session, answer_id: int, now: datetime) -> None:
    """Put the files of an undone answer back into its giver's draft, where they are kept as if added now."""
    for document in session.exec(select_rows(Document).where(Document.answer_id == answer_id)):
        document.answer_id = None
        document.added_at = now
    session.flush()


def find_document(connection: Connection, document_id: int) -> Document | None:
    """Return a document's row; None if there is none."""
    documents = load_models(connection, select_rows(Document).where(Document.id == document_id))
    return documents[0] if documents else None


def drop_unnamed(engine: Engine, file_store: FileStore, stored: Collection[str]) -> None:
    """Delete those of the stored files that no document's row names."""
    with reading(engine) as connection:
        query = select(_DOCUMENT.c.stored_as).where(_DOCUMENT.c.stored_as.in_(stored))
        named = set(connection.execute(query).scalars())
    for name in set(stored) - named:
        file_store.path(name).unlink(missing_ok=True)


def check_documents(connection: Connection, file_store: FileStore) -> tuple[int, list[str]]:
    """Return how many files the rows name, and the names of those that are gone or damaged."""
    tables = (_DOCUMENT, _MADE)
    query = union_all(*(select(table.c.name, table.c.sha256, table.c.stored_as) for table in tables))
    rows = connection.execute(query).all()
    return len(rows), [row.name for row in rows if not is_whole(file_store.path(row.stored_as), row.sha256)]


def sweep_documents(engine: Engine, file_store: FileStore, now: datetime) -> int:
    """Delete the files that a crash left without a row; return how many."""
    with reading(engine) as connection:
        named = set(connection.execute(select(_DOCUMENT.c.stored_as)).scalars())
        named |= set(connection.execute(select(_MADE.c.stored_as)).scalars())
    return file_store.sweep(named, now - _ROW_COMES_WITHIN)


def save_draft(
    connection: Connection, step_id: int, person_id: int, act: str, fields: Mapping[str, str], now: datetime
) -> None:
    """Keep a form's fields as typed, replacing the earlier ones, inside the open transaction."""
    mine = (_DRAFT.c.step_id == step_id) & (_DRAFT.c.person_id == person_id)
    connection.execute(delete(_DRAFT).where(mine, _DRAFT.c.act == act))
    values = {"step_id": step_id, "person_id": person_id, "act": act, "fields": dict(fields), "saved_at": now}
    connection.execute(insert(_DRAFT).values(values))


def drop_drafts(connection: Connection, step_id: int) -> None:
    """Forget everybody's drafts of a step."""
    connection.execute(delete(_DRAFT).where(_DRAFT.c.step_id == step_id))


def drop_own_draft(connection: Connection, step_id: int, person_id: int) -> None:
    """Forget a person's draft of a step, with its files."""
    connection.execute(delete(_DRAFT).where(_DRAFT.c.step_id == step_id, _DRAFT.c.person_id == person_id))
    mine = (_DOCUMENT.c.step_id == step_id) & (_DOCUMENT.c.added_by_id == person_id)
    connection.execute(delete(_DOCUMENT).where(mine, IN_DRAFT))


def drop_old_drafts(engine: Engine, now: datetime) -> None:
    """Forget the drafts that nobody continued; their files' bytes are deleted when they are swept."""
    with transaction(engine) as connection:
        for forgotten in _FORGOTTEN:
            connection.execute(forgotten, {"since": now - DRAFT_LIVES})
