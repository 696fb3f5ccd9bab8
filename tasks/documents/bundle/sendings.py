"""List what was sent to the funder as lines of the registry's index, each with its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Document, MadeDocument
from models.vocabulary import StepKind
from tasks.commands.files.approved import SENT
from tasks.documents.bundle.entries import Entry, word_bundle
from tasks.documents.bundle.sent import COVER, Left, Sending, sendings
from tasks.words.names import word_name
from tasks.words.translator import Translator, capitalised

_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)


def sent_entries(
    connection: Connection, grant: Grant, say: Translator, titles: Mapping[int, str], kept: Iterable[Entry]
) -> Iterator[Entry]:
    """Yield a line for each thing that was sent, without from and to; `kept` are the grant's documents in the zip.

    A sending that names no file is a line too: what was sent lies elsewhere. Of a repayment only the document was
    sent, where there is one: what came with it may be the funder's invoice.
    """
    files: dict[str, Entry] = {}
    for one in kept:  # a file that came with the answer before the same one as it was made here
        files.setdefault(one.sha256, one)
    outgoing = word_bundle(say, "way", "out")
    for sending in sendings(connection, grant):
        title, on = capitalised(titles.get(sending.what, "")), sending.on
        if sending.by_then:  # the last day to apply, where that is known: the decision came later
            on = min(on, _last_day_to_apply(grant) or on)
        for what, sha256 in _named(connection, grant, sending, say, title):
            about = word_bundle(say, "sent", what, sending.by_then)
            known = files.get(sha256, Entry(on, outgoing, "", "", about))
            yield replace(known, on=on, way=outgoing, sender="", receiver="", about=about, lost=False)


def _last_day_to_apply(grant: Grant) -> date | None:
    known = grant.dates.get("applied_on", {}).get("on")
    return date.fromisoformat(known) if known else None


def _named(
    connection: Connection, grant: Grant, sending: Sending, say: Translator, title: str
) -> Iterator[tuple[str, str]]:
    """Yield what each paper that left is, and its hash; where none is known, what the step is called."""
    names = {
        row.sha256: row.name
        for row in connection.execute(select(_DOCUMENT).where(_DOCUMENT.c.grant_id == grant.id))
    }
    left = [*sending.left()]
    if not any(one.kind != COVER for one in left) and sending.kind != StepKind.REPAYMENT:
        yield title, ""
    for one in left:
        if one.version is None:
            name = names.get(one.sha256, "")
            yield (f"{name} ({one.reason})" if one.reason else name), one.sha256
            continue
        what = word_bundle(
            say, "version", word_name(say, "paper", one.kind) if one.kind else title, one.version
        )
        # As the file that came with the answer; where none did, as the Word document that was approved.
        as_files = _files_of(connection, grant, one) & {*sending.came} if one.kind == SENT else set()
        yield from ((what, sha256) for sha256 in sorted(as_files or {one.sha256}))


def _files_of(connection: Connection, grant: Grant, left: Left) -> set[str]:
    """Return the hashes of a version's files."""
    own = (_MADE.c.grant_id == grant.id, _MADE.c.kind == left.kind, _MADE.c.version == left.version)
    return {*connection.execute(select(_MADE.c.sha256).where(*own)).scalars()}
