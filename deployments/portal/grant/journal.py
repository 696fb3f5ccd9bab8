"""Show a grant's journal in plain words, by day, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from deployments.portal.grant.money import step_title
from deployments.portal.grant.page_facts import GrantRows
from models.events import GrantEvent
from models.tables.journal import JournalEvent
from tasks.words.journal import GATHERED, NamedEvent, word_event, word_together
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class JournalDay:
    """A day's events, as sentences."""

    on: date
    day: str
    sentences: tuple[str, ...]


def word_events(say: Translator, rows: GrantRows, today: date) -> list[JournalDay]:
    """Return the events by day; what a day did to many steps in the same way is one sentence."""
    days = []
    for on, events in groupby(rows.events, key=lambda row: row.on):
        listed = [_look_up(say, rows, row) for row in reversed(list(events))]
        sentences = tuple(_sentences(say, listed, today))
        days.append(JournalDay(on, capitalised(say.weekday_date(on, today)), sentences))
    return days


def _look_up(say: Translator, rows: GrantRows, row: JournalEvent) -> NamedEvent:
    step = next((step_row for step_row in rows.record.steps if step_row.id == row.step_id), None)
    detail = row.detail
    by = detail.get("by")
    if row.event == GrantEvent.GRANT_OPENED and rows.done_before:
        detail = detail | {"done_before": rows.done_before}
    return NamedEvent(
        name=row.event,
        step=step_title(say, rows.record, step) if step is not None else "",
        who=rows.people.get(row.person_id, ""),
        by=rows.people.get(by, "") if isinstance(by, int) else "",
        detail=detail,
        currency=rows.record.grant.currency,
    )


def _sentences(say: Translator, events: Sequence[NamedEvent], today: date) -> list[str]:
    sentences: list[str] = []
    for name, group in groupby(events, key=lambda event: event.name):
        same = list(group)
        if name in GATHERED:
            sentences.append(word_together(say, name, [event.step for event in same], today))
        else:
            sentences += [capitalised(word_event(say, event, today)) for event in same]
    return sentences
