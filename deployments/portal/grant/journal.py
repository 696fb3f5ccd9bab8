"""Show a grant's journal in plain words, by day, the newest first."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from deployments.portal.grant.money import step_title
from deployments.portal.grant.page_facts import GrantRows
from models.events import GrantEvent
from models.tables.journal import JournalEvent
from tasks.words.journal import GATHERED, NamedEvent, word_entered, word_event, word_together
from tasks.words.translator import Translator, capitalised


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened, as a sentence; `parts` are what it was made of, empty for most."""

    sentence: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalDay:
    """A day's events, as sentences."""

    on: date
    day: str
    happened: tuple[Happening, ...]

    @property
    def sentences(self) -> list[str]:
        """All that happened, a sentence each."""
        return [said for one in self.happened for said in (one.sentence, *one.parts)]


def word_events(
    say: Translator, rows: GrantRows, today: date, untold: Collection[str] = ()
) -> list[JournalDay]:
    """Return the events by day; what a day did to many steps in the same way is one sentence.

    Events with the `untold` names are left out.
    """
    days = []
    told = (row for row in rows.events if row.event not in untold)
    for on, events in groupby(told, key=lambda row: row.on):
        listed = [_look_up(say, rows, row) for row in reversed(list(events))]
        happened = tuple(_happened(say, rows, listed, today, untold))
        days.append(JournalDay(on, capitalised(say.weekday_date(on, today)), happened))
    return days


def _look_up(say: Translator, rows: GrantRows, row: JournalEvent) -> NamedEvent:
    step = next((step_row for step_row in rows.record.steps if step_row.id == row.step_id), None)
    detail = row.detail
    by = detail.get("by")
    return NamedEvent(
        name=row.event,
        step=step_title(say, rows.record, step) if step is not None else "",
        who=rows.people.get(row.person_id, ""),
        by=rows.people.get(by, "") if isinstance(by, int) else "",
        detail=detail,
        currency=rows.record.grant.currency,
    )


def _happened(
    say: Translator, rows: GrantRows, events: Sequence[NamedEvent], today: date, untold: Collection[str]
) -> Iterator[Happening]:
    for event, sentence in _sentences(say, events, today):
        if event.name == GrantEvent.GRANT_OPENED:
            yield _entered(say, rows, today, untold)
        else:
            yield Happening(sentence)


def _entered(say: Translator, rows: GrantRows, today: date, untold: Collection[str]) -> Happening:
    """Return that the grant was entered, with how many steps and decisions, and behind it all that was noted then."""
    steps = len({row.step_id for row in rows.entered if row.step_id is not None})
    decisions = sum(row.event == GrantEvent.DECISION_RECORDED for row in rows.entered)
    done = {row.step_id for row in rows.entered if row.event == GrantEvent.STEP_IMPORTED_AS_DONE}
    told = (row for row in rows.entered if row.event not in untold)
    # Which meeting would take what was decided long ago says nothing.
    listed = [
        _look_up(say, rows, row)
        for row in told
        if row.event != GrantEvent.MEETING_PLANNED or row.step_id not in done
    ]
    parts = tuple(sentence for _, sentence in _sentences(say, listed, today))
    return Happening(word_entered(say, steps, decisions, today), parts)


def _sentences(
    say: Translator, events: Sequence[NamedEvent], today: date
) -> Iterator[tuple[NamedEvent, str]]:
    """Yield sentences, each with the first of its events."""
    for name, group in groupby(events, key=lambda event: event.name):
        same = list(group)
        if name in GATHERED:
            yield same[0], word_together(say, name, [event.step for event in same], today)
        else:
            yield from ((event, capitalised(word_event(say, event, today))) for event in same)
