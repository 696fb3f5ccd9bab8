"""List what was sent to the funder as lines of the registry's index, each with its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection, select

from models.columns import table_of
from models.step import Document, MadeDocument
from models.vocabulary import StepKind
from tasks.grants.vault.approved_versions import SENT
from tasks.papers.bundle_entries import Entry
from tasks.papers.sent_papers import COVER, Sending, sendings
from tasks.store.database import AnyRow
from tasks.wording.standing_words import word_paper
from tasks.wording.words import Speaker, capitalised

_DOCUMENT, _MADE = table_of(Document), table_of(MadeDocument)


def sent_entries(
    connection: Connection, grant: AnyRow, say: Speaker, titles: Mapping[int, str], kept: Iterable[Entry]
) -> Iterator[Entry]:
    """Yield a line for each thing that was sent, without from and to; `kept` are the grant's documents in the zip.

    A sending that names no file is a line too: what was sent lies elsewhere. Of a repayment only the document was
    sent, where there is one: what came with it may be the funder's invoice.
    """
    files: dict[str, Entry] = {}
    for one in kept:  # a file that came with the answer before the same one as it was made here
        files.setdefault(one.sha256, one)
    outgoing = say.gettext("outgoing")
    for sending in sendings(connection, grant):
        title, on = capitalised(titles.get(sending.what, "")), sending.on
        if sending.by_then:  # the last day to apply, where that is known: the decision came later
            on = min(on, _last_day_to_apply(grant) or on)
        for what, sha256 in _named(connection, grant, sending, say, title):
            if sending.by_then:
                about = say.gettext("%(what)s, sent to the funder on that day at the latest", what=what)
            else:
                about = say.gettext("%(what)s, sent to the funder", what=what)
            known = files.get(sha256, Entry(on, outgoing, "", "", about))
            yield replace(known, on=on, way=outgoing, sender="", receiver="", about=about, lost=False)


def _last_day_to_apply(grant: AnyRow) -> date | None:
    known = grant.dates.get("applied_on", {}).get("on")
    return date.fromisoformat(known) if known else None


def _named(
    connection: Connection, grant: AnyRow, sending: Sending, say: Speaker, title: str
) -> Iterator[tuple[str, str]]:
    """Yield what each sent file is, and its hash; where none is known, the document as it was made here."""
    came = [] if sending.kind == StepKind.REPAYMENT else [str(one["sha256"]) for one in sending.added]
    names = {
        row.sha256: row.name
        for row in connection.execute(select(_DOCUMENT).where(_DOCUMENT.c.grant_id == grant.id))
    }
    for one in sending.sent:
        if "version" not in one:
            yield f"{names.get(one['sha256'], '')} ({one['reason']})", str(one["sha256"])
            continue
        made = select(_MADE.c.sha256).where(
            _MADE.c.grant_id == grant.id, _MADE.c.kind == SENT, _MADE.c.version == one["version"]
        )
        # As the file that came with the answer; where none did, as the Word document that was approved.
        as_files = {*connection.execute(made).scalars()} & {*came} or {str(one["sha256"])}
        what = _version(say, word_paper(say, SENT), one["version"])
        yield from ((what, sha256) for sha256 in sorted(as_files))
    if not sending.sent:
        yield from ((names.get(sha256, ""), sha256) for sha256 in came)
    if came:
        return
    if sending.made and not sending.sent:
        yield _version(say, title, sending.made["version"]), str(sending.made["sha256"])
    elif not sending.sent and sending.kind != StepKind.REPAYMENT:
        yield title, ""
    if sending.cover:
        yield _version(say, word_paper(say, COVER), sending.cover["version"]), str(sending.cover["sha256"])


def _version(say: Speaker, what: str, version: int) -> str:
    return say.gettext("%(kind)s, version %(version)s", kind=capitalised(what), version=version)
