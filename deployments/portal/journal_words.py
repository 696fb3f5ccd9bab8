"""Tell a grant's journal in plain words, a day at a time, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from deployments.portal.grant_rows import GrantRows
from deployments.portal.journal_event import Event
from deployments.portal.journal_sentences import word_event
from tasks.store.database import AnyRow
from tasks.wording.standing_words import word_step_title
from tasks.wording.words import Speaker, capitalised


@dataclass(frozen=True, slots=True)
class JournalDay:
    """A day's events, as sentences."""

    on: date
    day: str
    sentences: tuple[str, ...]


def word_events(say: Speaker, rows: GrantRows, today: date) -> list[JournalDay]:
    """Return the events by day; what a day did to many steps in the same way is one sentence."""
    found = []
    for on, events in groupby(rows.events, key=lambda row: row.on):
        listed = [_look_up(say, rows, row) for row in reversed(list(events))]
        sentences = tuple(_sentences(say, listed, today))
        found.append(JournalDay(on, capitalised(say.weekday_date(on, today)), sentences))
    return found


def fold(days: Sequence[JournalDay], most: int) -> tuple[list[JournalDay], list[JournalDay]]:
    """Return the days of the latest sentences, and those of the others; a day may be in both, with a part in each."""
    shown: list[JournalDay] = []
    folded: list[JournalDay] = []
    for day in days:
        # The newest of a day stand last in it.
        cut = max(0, len(day.sentences) - most)
        most -= len(day.sentences) - cut
        if cut < len(day.sentences):
            shown.append(replace(day, sentences=day.sentences[cut:]))
        if cut:
            folded.append(replace(day, sentences=day.sentences[:cut]))
    return shown, folded


def _look_up(say: Speaker, rows: GrantRows, row: AnyRow) -> Event:
    step = next((one for one in rows.steps if one.id == row.step_id), None)
    detail = row.detail if isinstance(row.detail, dict) else {}
    title = ""
    if step is not None:
        title = word_step_title(say, rows.programme.rules.get(step.template_key), step.kind, step.period)
    by = detail.get("by")
    return Event(
        name=row.event,
        step=title,
        who=rows.people.get(row.person_id, ""),
        by=rows.people.get(by, "") if isinstance(by, int) else "",
        detail=detail,
        currency=rows.grant.currency,
    )


def _sentences(say: Speaker, events: Sequence[Event], today: date) -> list[str]:
    said: list[str] = []
    for name, group in groupby(events, key=lambda event: event.name):
        same = list(group)
        gather = _GATHERED.get(name)
        if gather is not None:
            said.append(gather(say, [event.step for event in same]))
        else:
            said += [capitalised(word_event(say, event, today)) for event in same]
    return said


def _named(say: Speaker, titles: Sequence[str]) -> str:
    """Return the titles as a list; in quotation marks, because a title may hold a comma itself."""
    return say.listed([say.gettext("“%(title)s”", title=title) for title in dict.fromkeys(titles)])


def _planned(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext("%(count)s step was planned.", "%(count)s steps were planned.", len(titles))
    return several if len(titles) > 4 else say.gettext("Planned: %(steps)s.", steps=_named(say, titles))


def _opened(say: Speaker, titles: Sequence[str]) -> str:
    return say.gettext("Now to be done: %(steps)s.", steps=_named(say, titles))


def _reopened(say: Speaker, titles: Sequence[str]) -> str:
    return say.gettext("Open again: %(steps)s.", steps=_named(say, titles))


def _dated(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext("%(count)s step got its date.", "%(count)s steps got their dates.", len(titles))
    return several if len(titles) > 4 else say.gettext("Got a date: %(steps)s.", steps=_named(say, titles))


def _cancelled(say: Speaker, titles: Sequence[str]) -> str:
    return say.ngettext("%(count)s step was cancelled.", "%(count)s steps were cancelled.", len(titles))


def _skipped(say: Speaker, titles: Sequence[str]) -> str:
    steps = _named(say, titles)
    return say.gettext("There is nothing to claim or pay, so this is settled: %(steps)s.", steps=steps)


def _gathered(say: Speaker, titles: Sequence[str]) -> str:
    steps = _named(say, titles)
    return say.gettext("Figures were collected for: %(steps)s.", steps=steps)


def _imported(say: Speaker, titles: Sequence[str]) -> str:
    several = say.ngettext(
        "%(count)s step was done before the grant was entered here.",
        "%(count)s steps were done before the grant was entered here.",
        len(titles),
    )
    if len(titles) > 4:
        return several
    return say.gettext("Done before the grant was entered here: %(steps)s.", steps=_named(say, titles))


_GATHERED: dict[str, Callable[[Speaker, Sequence[str]], str]] = {
    "step_planned": _planned,
    "step_opened": _opened,
    "step_reopened": _reopened,
    "step_skipped": _skipped,
    "due_date_set": _dated,
    "step_cancelled": _cancelled,
    "figures_gathered": _gathered,
    "step_imported_as_done": _imported,
}
