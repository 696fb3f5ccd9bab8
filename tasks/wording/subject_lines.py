"""Word a letter's subject: what presses about its first item, how much else there is, and of which grant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.facts.letter import ItemView
from models.vocabulary import NoticeKind
from tasks.wording.fact_rows import word_step
from tasks.wording.notice_words import word_pressing
from tasks.words.translator import Speaker

# A subject that is longer is cut off in most inboxes; a title of fewer characters than the least says little.
LONGEST_SUBJECT = 88
_LEAST_TITLE = 14


def word_subject(say: Speaker, items: Sequence[ItemView], today: date) -> str:
    """Return the subject of a letter about the items, the most pressing first."""
    first = word_pressing(say, items[0], today)
    if len(items) == 1:
        return f"{first} ({items[0].grant.reference})"
    if are_with_others(items):
        return _with_grant(f"{word_count(say, items)}: {word_step(say, items[0].name)}", items[0].grant.title)
    if _is_late(items[0], today):
        step = word_step(say, items[0].name)
        late = say.gettext("Late: %(step)s", step=step)
        first = say.gettext("Has not come: %(step)s", step=step) if items[0].with_funder else late
    asks = sum(item.asks for item in items)
    told = first if asks == 1 else f"{word_count(say, items)}. {first}"
    return _with_grant(told, items[0].grant.title)


def _with_grant(told: str, title: str) -> str:
    """Return a subject with the grant's title as far as it fits: whole words, or none of it."""
    room = LONGEST_SUBJECT - len(told) - len(", ")
    if len(title) > room:
        cut = title[: max(room - 1, 0)]
        title = f"{cut.rpartition(' ')[0].rstrip(' :,-–')}…" if room >= _LEAST_TITLE and " " in cut else ""
    return f"{told}, {title}" if title else told


def _is_late(item: ItemView, today: date) -> bool:
    plain = item.kind in (NoticeKind.ESCALATION, NoticeKind.REMINDER)
    return plain and item.notices[0].stand_in is None and item.due_on is not None and item.due_on < today


def are_with_others(items: Sequence[ItemView]) -> bool:
    """Return whether all that is asked of the reader is to see to what others are late with."""
    asking = [item for item in items if item.asks]
    return bool(asking) and all(item.kind is NoticeKind.ESCALATION and not item.mine for item in asking)


def word_count(say: Speaker, items: Sequence[ItemView]) -> str:
    """Return how much a letter asks or tells: "3 things to do"."""
    asks = sum(item.asks for item in items)
    if are_with_others(items):
        return say.ngettext("%(count)s late task with others", "%(count)s late tasks with others", asks)
    if asks:
        return say.ngettext("%(count)s thing to do", "%(count)s things to do", asks)
    return say.ngettext("%(count)s piece of news", "%(count)s pieces of news", len(items))
