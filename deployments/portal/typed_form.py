"""Keep a form as it was typed, with the files that came, and fill it so again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from deployments.portal.form_fields import LONGEST_LINE, Field, clean
from deployments.portal.posted_form import PostedForm
from deployments.portal.task_forms import Form
from models.columns import table_of
from models.rules.acceptance import LONGEST_TEXT
from models.step import Document
from tasks.database import AnyRow, transaction
from tasks.documents import add_document, drop_document
from tasks.drafts import save_draft
from tasks.file_inspection import FileFault, FileRefused
from tasks.words import Speaker

_DOCUMENT = table_of(Document)


def keep_typed(
    engine: Engine, form: Form, posted: PostedForm, person_id: int, now: datetime, *, texts: bool = True
) -> None:
    """Keep the files that came with a form, and what stands in its fields; drop a file that was taken out."""
    step_id = form.about.id
    dropped = posted.texts.get("drop", "")
    with transaction(engine) as connection:
        for file in posted.files if form.takes_files else ():
            add_document(connection, step_id, file, person_id, now)
        if dropped.isascii() and dropped.isdecimal() and len(dropped) < 18:
            drop_document(connection, int(dropped), person_id)
        if texts:
            save_draft(connection, step_id, person_id, form.act, _typed(form, posted.texts), now)


def _typed(form: Form, texts: Mapping[str, str]) -> dict[str, str]:
    return {
        field.name: clean(texts.get(field.name, ""))[: LONGEST_TEXT if field.kind == "text" else LONGEST_LINE]
        for field in form.fields
        if field.kind != "file"
    }


def draft_files(
    connection: Connection, person_id: int, step_ids: Sequence[int]
) -> dict[int, list[tuple[int, str]]]:
    """Return the files of the person's drafts, (id, name), by step id."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = connection.execute(
        select(_DOCUMENT.c.id, _DOCUMENT.c.step_id, _DOCUMENT.c.name)
        .where(
            _DOCUMENT.c.step_id.in_(step_ids),
            _DOCUMENT.c.added_by_id == person_id,
            _DOCUMENT.c.answer_id.is_(None),
        )
        .order_by(_DOCUMENT.c.id)
    )
    for row in rows:
        found.setdefault(row.step_id, []).append((row.id, row.name))
    return found


def with_draft(
    say: Speaker, form: Form, draft: AnyRow | None, files: Sequence[tuple[int, str]], zone: ZoneInfo
) -> Form:
    """Return the form as its reader left it."""
    if form.takes_files:
        form = replace(form, files=tuple(files))
    if draft is None:
        return form
    fields = tuple(
        replace(field, value=str(draft.fields[field.name])) if field.name in draft.fields else field
        for field in form.fields
    )
    saved = draft.saved_at.astimezone(zone)
    kept = say.gettext(
        "Saved on %(day)s at %(time)s, not sent yet.",
        day=say.short_date(saved.date(), saved.date()),
        time=f"{saved:%H:%M}",
    )
    return replace(form, fields=fields, kept=kept, opened=True)


def with_refused(say: Speaker, fields: Sequence[Field], refused: Sequence[FileRefused]) -> tuple[Field, ...]:
    """Return the fields with what is wrong with the files said at theirs."""
    error = " ".join(
        say.gettext("“%(name)s” is not kept: %(why)s.", name=one.name, why=_word_fault(say, one.fault))
        for one in refused
    )
    return tuple(replace(field, error=error) if field.kind == "file" and error else field for field in fields)


def _word_fault(say: Speaker, fault: FileFault) -> str:
    return {
        FileFault.EMPTY: say.gettext("it is empty"),
        FileFault.TOO_LARGE: say.gettext("it is larger than 20 MB"),
        FileFault.OTHER_KIND: say.gettext("only Word, Excel, PDF, pictures and CSV can be handed in"),
        FileFault.NOT_WHAT_IT_SAYS: say.gettext("its content is not what its name says"),
        FileFault.DAMAGED: say.gettext("it is damaged"),
        FileFault.LOCKED: say.gettext("it is locked with a password"),
        FileFault.MACROS: say.gettext("it holds macros; save it without them"),
        FileFault.ENTITIES: say.gettext("it holds references that a document must not have"),
        FileFault.BOMB: say.gettext("it unpacks to far more than a document does"),
    }[fault]
