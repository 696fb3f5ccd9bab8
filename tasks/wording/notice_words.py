"""Word what a step's notices tell: in sentences, in a letter's subject, and in the few words of a list."""

from __future__ import annotations

from datetime import date

from models.facts.letter import ItemView
from tasks.wording.payment_notices import PAYMENT_NOTICES
from tasks.wording.plan_notices import PLAN_NOTICES
from tasks.wording.task_notices import TASK_NOTICES
from tasks.wording.verdict_notices import VERDICT_NOTICES
from tasks.words.translator import Speaker

_WORDS = {**TASK_NOTICES, **PLAN_NOTICES, **VERDICT_NOTICES, **PAYMENT_NOTICES}


def word_leads(say: Speaker, item: ItemView, today: date) -> tuple[str, ...]:
    """Return the item's sentences: what has happened, then what to do; each sentence once."""
    said: dict[str, None] = {}
    for one in item.notices:
        for sentence in _WORDS[one.kind].leads(say, item, one, today):
            said.setdefault(sentence)
    return tuple(sentence for sentence in said if sentence)


def word_pressing(say: Speaker, item: ItemView, today: date) -> str:
    """Return what presses about the item, as a letter's subject says it."""
    return _WORDS[item.kind].subject(say, item, item.notices[0], today)


def word_news(say: Speaker, item: ItemView) -> str:
    """Return the few words that a list shows beside the item's title where no due date does; empty for a task."""
    return _WORDS[item.kind].badge(say, item.notices[0])
