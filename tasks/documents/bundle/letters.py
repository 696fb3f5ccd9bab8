"""List a grant's letters as lines of the registry's index, each with its file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy

from sqlalchemy import Connection, Select, select, union

from models.json_value import JsonValue
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.letter import Confirmation, Letter, MailReply, Notice
from models.tables.person import Person
from models.tables.step import Step
from models.vocabulary import NoticeKind
from tasks.documents.bundle.entries import Entry, word_bundle
from tasks.documents.bundle.extracts import NamedGrant, extract_letter, without_live_links
from tasks.documents.bundle.secrecy import SecrecyMarks
from tasks.outbox.facts.asked import load_confirmed
from tasks.store.rows import shape_rows
from tasks.words.names import word_notice
from tasks.words.translator import Translator, capitalised

_GRANT, _STEP, _PERSON = table_of(Grant), table_of(Step), table_of(Person)
_LETTER, _NOTICE, _CONFIRMATION = table_of(Letter), table_of(Notice), table_of(Confirmation)
_REPLY = table_of(MailReply)


def letter_entries(
    connection: Connection, grant: Grant, say: Translator, titles: Mapping[int, str], marks: SecrecyMarks
) -> Iterator[tuple[Entry, bytes]]:
    """Yield the letters that tell of the grant, with their bytes; of one that tells of others too, an extract.

    They tell by notices, or confirm what their reader recorded of one step, and so of one grant.
    """
    notified, confirming = _notified_of(grant), _confirming(grant)
    told = _told_in(connection, notified)
    others = _named_grants(connection, {row.grant_id for row in told})
    confirmed = load_confirmed(connection, [*connection.execute(confirming).scalars()])
    rows = connection.execute(
        select(_LETTER, _PERSON.c.name.label("who"))
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_LETTER.c.id.in_(union(notified, confirming)), _LETTER.c.content.is_not(None))
        .order_by(_LETTER.c.letter_on, _LETTER.c.id)
    )
    for row in rows:
        notices = [one for one in told if one.letter_id == row.id]
        shared = [others[one] for one in {one.grant_id for one in notices} - {grant.id}]
        about, ending, content = row.subject or "", "", without_live_links(row.content)
        ours = [one for one in notices if one.grant_id == grant.id]
        if shared:
            content, ending = _extract(content, grant, shared, ours, titles, say), "-extract"
            about = word_bundle(say, "extract_of", ", ".join(sorted({titles[one.step_id] for one in ours})))
        name = f"letters/{row.letter_on.isoformat()}-{row.id:06}{ending}.eml"
        sender = str(message_from_bytes(content, policy=policy.default)["From"] or "")
        sha256 = hashlib.sha256(content).hexdigest()
        act = confirmed.get(row.id)
        secrecy = marks.of_confirmed(act) if act else marks.of_texts(one.detail for one in ours)
        yield (
            Entry(
                row.letter_on, word_bundle(say, "way", "out"), sender, row.who, about, name, sha256, secrecy
            ),
            content,
        )


def reply_entries(
    connection: Connection, grant: Grant, say: Translator, marks: SecrecyMarks
) -> Iterator[tuple[Entry, bytes]]:
    """Yield what was answered to the grant's letters by mail, without to whom, with the texts that were filed.

    Of an answer to a letter that tells of other grants too, what it quotes and the lines that name them are left out.
    """
    told = _told_in(connection, _notified_of(grant))
    others = _named_grants(connection, {row.grant_id for row in told})
    rows = connection.execute(
        select(_REPLY, _LETTER.c.letter_on, _PERSON.c.name.label("who"))
        .join(_LETTER, _LETTER.c.id == _REPLY.c.letter_id)
        .join(_PERSON, _PERSON.c.id == _REPLY.c.person_id)
        .where(_REPLY.c.letter_id.in_(_notified_of(grant)), _REPLY.c.text != "")
        .order_by(_REPLY.c.id)
    )
    for row in rows:
        of = {one.grant_id for one in told if one.letter_id == row.letter_id} - {grant.id}
        text = _without(row.text, [others[one] for one in of]) if of else row.text
        about = word_bundle(say, "reply_to", row.letter_on, bool(of))
        name, content = f"letters/reply-{row.id:06}.txt", f"{text}\n".encode()
        sha256, secrecy = hashlib.sha256(content).hexdigest(), marks.of_texts([{"text": text}])
        way = word_bundle(say, "way", "in")
        yield Entry(row.received_at.date(), way, row.who, "", about, name, sha256, secrecy), content


def _without(text: str, others: Sequence[NamedGrant]) -> str:
    """Return the lines that quote nothing and name none of the grants."""
    own = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    return "\n".join(line for line in own if not any(one.is_named_in(line) for one in others)).strip()


@dataclass(frozen=True, slots=True)
class ToldOf:
    """What a letter tells of a step by a notice."""

    letter_id: int
    kind: NoticeKind
    due_on: date
    step_id: int
    detail: Mapping[str, JsonValue]
    grant_id: int


def _notified_of(grant: Grant) -> Select[int]:
    """Return the query for the letters that tell of the grant by notices."""
    return (
        select(_NOTICE.c.letter_id)
        .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
        .where(_STEP.c.grant_id == grant.id)
    )


def _confirming(grant: Grant) -> Select[int]:
    """Return the query for the letters that confirm what was recorded of the grant."""
    return (
        select(_CONFIRMATION.c.letter_id)
        .join(_STEP, _STEP.c.id == _CONFIRMATION.c.step_id)
        .where(_STEP.c.grant_id == grant.id)
    )


def _told_in(connection: Connection, letters: Select[int]) -> list[ToldOf]:
    """Return all that letters tell by notices, of any grant."""
    rows = connection.execute(
        select(
            *(_NOTICE.c[name] for name in ("letter_id", "kind", "due_on", "step_id", "detail")),
            _STEP.c.grant_id,
        )
        .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
        .where(_NOTICE.c.letter_id.in_(letters))
        .order_by(_NOTICE.c.id)
    )
    return shape_rows(ToldOf, rows)


def _extract(
    content: bytes,
    grant: Grant,
    others: Sequence[NamedGrant],
    ours: Sequence[ToldOf],
    titles: Mapping[int, str],
    say: Translator,
) -> bytes:
    lines = [
        f"{capitalised(titles[one.step_id])}: {word_notice(say, one.kind)}, {one.due_on.isoformat()}"
        for one in ours
    ]
    return extract_letter(content, NamedGrant(grant.reference, grant.title), others, lines, say)


def _named_grants(connection: Connection, ids: set[int]) -> dict[int, NamedGrant]:
    rows = connection.execute(
        select(_GRANT.c.id, _GRANT.c.reference, _GRANT.c.title).where(_GRANT.c.id.in_(ids))
    )
    return {row.id: NamedGrant(row.reference, row.title) for row in rows}
