"""Write a grant's journal for the registry: each event as a sentence, next to what was stored of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, select

from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.journal import JournalEvent
from models.tables.person import Person
from models.tables.step import Step
from tasks.documents.bundle.entries import headings
from tasks.files.tables import csv_of
from tasks.words.journal import Event, word_event
from tasks.words.translator import Translator, capitalised

_EVENT, _STEP, _PERSON = table_of(JournalEvent), table_of(Step), table_of(Person)
# A day is written with its year: the registry reads the journal long after.
_NO_YEAR = date.min


def journal_csv(
    connection: Connection, grant: Grant, titles: Mapping[int, str], say: Translator
) -> tuple[date, bytes]:
    """Return the journal and the day of its last event; the titles are those of the grant's steps, by id."""
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
        who, by = people.get(row.person_id, ""), people.get(detail.get("by"), "")
        event = Event(row.event, titles.get(row.step_id, ""), who, by, detail, grant.currency)
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
