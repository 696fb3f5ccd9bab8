"""Keep the draft of a step's form: what was typed, and the files that came; and fill the form so again."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import select

from deployments.portal.answer.form import CardForm
from deployments.portal.forms.form import KeptFile
from deployments.portal.web.posted_form import PostedForm, file_field
from deployments.portal.web.state import id_asked
from models.errors import Unreadable
from models.forms.field import Field, Kind, read_fields
from models.reading.day import read_day
from models.tables.columns import id_of
from models.tables.step import Document, Draft
from tasks.commands.files.drafts import add_document, draft_size, drop_document, save_draft
from tasks.files.inspection import MOST_KEPT, MOST_KEPT_BYTES, FileFault, FileRefused
from tasks.store.database import transaction
from tasks.store.queries import load_models

# Where a draft names the fields that were asked for; no field is called so.
_ASKED = "(asked)"


def keep_files(
    engine: Engine, form: CardForm, posted: PostedForm, person_id: int, now: datetime
) -> tuple[CardForm, PostedForm]:
    """Keep the files that came with a form, and drop a file that was taken out.

    Return the form with what its draft holds, and the post without the files for which there is no room: they are
    refused.
    """
    step_id = form.about.id
    dropped = id_asked(posted.texts.get("drop", ""))
    files = posted.files if form.takes_files else ()
    if not files and dropped is None:
        return form, posted
    names = {field.name for field in form.fields}
    kept = []
    refused = list(posted.refused)
    with transaction(engine) as connection:
        if dropped is not None:
            drop_document(connection, dropped, person_id)
        held, size = draft_size(connection, step_id, person_id)
        for file in files:
            if held < MOST_KEPT and size + file.size <= MOST_KEPT_BYTES:
                asked = file if file_field(file.document) in names else replace(file, document=None)
                add_document(connection, step_id, asked, person_id, now)
                kept.append(file)
                held = held + 1
                size = size + file.size
            else:
                refused.append((file_field(file.document), FileRefused(file.name, FileFault.NO_ROOM)))
        there = draft_files(
            load_models(connection, select(Document).where(Document.step_id == step_id)), person_id
        )
    return replace(form, kept=there), replace(posted, files=tuple(kept), refused=tuple(refused))


def keep_texts(
    engine: Engine, form: CardForm, texts: Mapping[str, str], person_id: int, now: datetime, today: date
) -> None:
    """Keep what stands in a form's fields."""
    with transaction(engine) as connection:
        save_draft(
            connection,
            form.about.id,
            person_id=person_id,
            act=form.act,
            fields=_typed(form, texts, today),
            now=now,
        )


def _typed(form: CardForm, texts: Mapping[str, str], today: date) -> dict[str, str]:
    """Return what stands in the fields, and which of those that are shown only when they are asked for were.

    A day that was read is kept with its year: "igår" is another day tomorrow.
    """
    read = read_fields(form.fields, texts, today)
    typed = {field.name: field.plain for field in read if field.kind is not Kind.FILE}
    asked = [one.name for one in form.fields if one.hidden_when_empty and (one.error or one.name in texts)]
    return typed | ({_ASKED: " ".join(asked)} if asked else {})


def draft_files(documents: Iterable[Document], person_id: int) -> tuple[KeptFile, ...]:
    """Return the files of the person's draft."""
    own = (one for one in documents if one.in_draft and one.added_by_id == person_id)
    return tuple(KeptFile(id_of(one), one.name, file_field(one.document)) for one in own)


def brought_files(documents: Iterable[Document]) -> dict[str, str]:
    """Return the names of the files that answers brought, by document key; the newest of each."""
    return {one.document: one.name for one in documents if one.document and one.answer_id is not None}


def with_draft(form: CardForm, draft: Draft | None, files: tuple[KeptFile, ...], zone: ZoneInfo) -> CardForm:
    """Return the form as its reader left it."""
    if not form.keeps:  # only what can be sent later has a draft, and only its own
        return form
    form = replace(form, kept=files if form.keeps_files else ())
    if draft is None:
        return form
    asked = str(draft.fields.get(_ASKED, "")).split()
    kept_at = draft.saved_at.astimezone(zone)
    fields = tuple(
        replace(
            field,
            text=_kept_text(field, draft, kept_at.date()),
            hidden_when_empty=field.hidden_when_empty and field.name not in asked,
        )
        for field in form.fields
    )
    return replace(form, fields=fields, kept_at=kept_at)


def _kept_text(field: Field, draft: Draft, kept_on: date) -> str:
    """Return what a draft has in a field, but for the day that the form began with: nobody typed that."""
    text = str(draft.fields.get(field.name, field.text))
    try:
        is_begun = field.begins_today and read_day(text, kept_on) == kept_on
    except Unreadable:
        return text
    return field.text if is_begun else text
