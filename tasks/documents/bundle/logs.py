"""Write a grant's two logs for the registry: its letters with what was answered, and its journal."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Select, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.letter import Confirmation, Letter, MailReply, Notice
from models.tables.person import Person
from models.tables.step import Step
from tasks.documents.bundle.entries import headings, word_bundle
from tasks.files.table_writer import csv_of
from tasks.words.journal import NamedEvent, word_event
from tasks.words.translator import Translator, capitalised
from tasks.words.vocabulary import word_name

_GRANT = table_of(Grant)
_STEP = table_of(Step)
_PERSON = table_of(Person)
_LETTER = table_of(Letter)
_NOTICE = table_of(Notice)
_CONFIRMATION = table_of(Confirmation)
_REPLY = table_of(MailReply)
_EVENT = table_of(JournalEvent)
# Days are written with their year: the registry reads the journal long afterwards.
_NO_YEAR = date.min


def journal_csv(
    connection: Connection, grant: Grant, titles: Mapping[int, str], say: Translator
) -> tuple[date, bytes]:
    """Return the journal as CSV, and the day of its last event.

    Each event is a sentence, next to its stored values. `titles` are those of the grant's steps, by
    id.
    """
    rows = connection.execute(
        select(_EVENT, _STEP.c.key.label("step"))
        .outerjoin(_STEP, _STEP.c.id == _EVENT.c.step_id)
        .where(_EVENT.c.grant_id == grant.id)
        .order_by(_EVENT.c.id)
    ).all()
    people = {row.id: row.name for row in connection.execute(select(_PERSON.c.id, _PERSON.c.name))}
    lines = []
    for row in rows:
        detail = row.detail if isinstance(row.detail, dict) else {}
        who = people.get(row.person_id, "")
        by = people.get(detail.get("by"), "")
        event = NamedEvent(
            name=row.event,
            step=titles.get(row.step_id, ""),
            who=who,
            by=by,
            detail=detail,
            currency=grant.currency,
        )
        lines.append(
            (
                row.on.isoformat(),
                capitalised(word_event(say, event, _NO_YEAR)),
                capitalised(event.step),
                who,
                row.at.isoformat(),
                row.event,
                row.step or "",
                json.dumps(row.detail, ensure_ascii=False, sort_keys=True),
                row.sha256,
            )
        )
    head = headings(say, "journal")
    return rows[-1].on if rows else date.min, csv_of([head, *lines])


@dataclass(frozen=True, slots=True)
class LetterLog:
    """The log as a file, the day of its last line, and the texts of the answers."""

    last: date
    content: bytes
    texts: tuple[str, ...]


def letter_log(
    connection: Connection, grant: Grant, say: Translator, titles: Mapping[int, str]
) -> LetterLog | None:
    """Return the letters about the grant and the answers to them, without other grants; None without any."""
    written = [*_told(connection, grant, say, titles), *_confirmed(connection, grant, say, titles)]
    answered = [*_answered(connection, grant)]
    lines = [(on, word_bundle(say, "letter_way", status), who, what, "") for on, status, who, what in written]
    came = word_bundle(say, "way", "in")
    lines += [(on, came, who, word_bundle(say, "reply_to", to), text) for on, who, to, text in answered]
    if not lines:
        return None
    lines.sort(key=lambda line: line[0])
    rows = [(on.isoformat(), *rest) for on, *rest in lines]
    content = csv_of([headings(say, "letters"), *rows])
    return LetterLog(lines[-1][0], content, tuple(text for *_, text in answered))


def _told(
    connection: Connection, grant: Grant, say: Translator, titles: Mapping[int, str]
) -> Iterator[tuple[date, str, str, str]]:
    """Yield the day, the letter's status, the person, and what each notice in a letter said."""
    rows = connection.execute(
        select(
            _LETTER.c.letter_on,
            _LETTER.c.status,
            _PERSON.c.name,
            _NOTICE.c.kind,
            _NOTICE.c.due_on,
            _NOTICE.c.step_id,
        )
        .join(_NOTICE, _NOTICE.c.letter_id == _LETTER.c.id)
        .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_STEP.c.grant_id == grant.id, _LETTER.c.content.is_not(None))
        .order_by(_LETTER.c.letter_on, _NOTICE.c.id)
    )
    for row in rows:
        line = f"{capitalised(titles[row.step_id])}: {word_name(say, 'notice', row.kind)}, {row.due_on.isoformat()}"
        yield row.letter_on, row.status, row.name, line


def _confirmed(
    connection: Connection, grant: Grant, say: Translator, titles: Mapping[int, str]
) -> Iterator[tuple[date, str, str, str]]:
    """Yield, in the same form, the letters that confirmed to people what they had recorded."""
    rows = connection.execute(
        select(_LETTER.c.letter_on, _LETTER.c.status, _PERSON.c.name, _CONFIRMATION.c.step_id)
        .join(_CONFIRMATION, _CONFIRMATION.c.letter_id == _LETTER.c.id)
        .join(_STEP, _STEP.c.id == _CONFIRMATION.c.step_id)
        .join(_PERSON, _PERSON.c.id == _LETTER.c.person_id)
        .where(_STEP.c.grant_id == grant.id, _LETTER.c.content.is_not(None))
        .order_by(_LETTER.c.letter_on, _LETTER.c.id)
    )
    for row in rows:
        yield row.letter_on, row.status, row.name, word_bundle(say, "confirmed", titles[row.step_id])


def _answered(connection: Connection, grant: Grant) -> Iterator[tuple[date, str, date, str]]:
    """Yield each answer by mail: the day, the person, the day of the letter that it answers, and the text.

    Quoted text is left out, and so are lines that name other grants in the same letter.
    """
    rows = connection.execute(
        select(_REPLY, _LETTER.c.letter_on, _PERSON.c.name.label("who"))
        .join(_LETTER, _LETTER.c.id == _REPLY.c.letter_id)
        .join(_PERSON, _PERSON.c.id == _REPLY.c.person_id)
        .where(_REPLY.c.letter_id.in_(_letters_of(grant)), _REPLY.c.text != "")
        .order_by(_REPLY.c.id)
    ).all()
    others = [*_other_names(connection, grant)] if rows else []
    for row in rows:
        own = (line for line in row.text.splitlines() if not line.lstrip().startswith(">"))
        text = "\n".join(line for line in own if not any(name in line.casefold() for name in others)).strip()
        yield row.received_at.date(), row.who, row.letter_on, text


def _other_names(connection: Connection, grant: Grant) -> Iterator[str]:
    """Yield the names of the other grants in the same letters, in lower case."""
    query = (
        select(_GRANT.c.reference, _GRANT.c.title)
        .join(_STEP, _STEP.c.grant_id == _GRANT.c.id)
        .join(_NOTICE, _NOTICE.c.step_id == _STEP.c.id)
        .where(_NOTICE.c.letter_id.in_(_letters_of(grant)), _GRANT.c.id != grant.id)
        .distinct()
    )
    for row in connection.execute(query):
        yield from (name.casefold() for name in (row.reference, row.title) if name)


def _letters_of(grant: Grant) -> Select[int]:
    """Return the query for the letters with notices about the grant."""
    return (
        select(_NOTICE.c.letter_id)
        .join(_STEP, _STEP.c.id == _NOTICE.c.step_id)
        .where(_STEP.c.grant_id == grant.id)
    )
