"""Word the journal, a line an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.events import NOTICE_EVENTS, GrantEvent
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator

# The same event on many steps in a day is one line.
GATHERED = frozenset(
    {
        GrantEvent.STEP_PLANNED,
        GrantEvent.STEP_OPENED,
        GrantEvent.STEP_READY,
        GrantEvent.STEP_REOPENED,
        GrantEvent.STEP_SKIPPED,
        GrantEvent.DUE_DATE_SET,
        GrantEvent.STEP_CANCELLED,
        GrantEvent.FIGURES_GATHERED,
        GrantEvent.STEP_IMPORTED_AS_DONE,
    }
)


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event with its names looked up: the step's title, the subject, the actor, and the notes."""

    name: str
    step: str
    who: str
    by: str
    detail: dict[str, object]
    currency: str


def word_event(say: Translator, event: NamedEvent, today: date) -> str:
    """Return an event as a sentence; an event without words of its own by its stored name."""
    words = words_module(say.language, "journal", today)
    notice = NOTICE_EVENTS.get(event.name)
    if notice is not None:
        return one_paragraph(words.letter(event, notice))
    if event.name in GATHERED:
        return word_together(say, event.name, [event.step], today)
    return one_paragraph(words.event(event))


def word_together(say: Translator, name: str, titles: Sequence[str], today: date) -> str:
    """Return a day's same event on the steps with these titles, as one sentence."""
    return one_paragraph(words_module(say.language, "journal", today).together(name, titles))


def word_entered(say: Translator, steps: int, decisions: int, today: date) -> str:
    """Return that a grant was entered, with how many steps and decisions."""
    return one_paragraph(words_module(say.language, "journal", today).entered(steps, decisions))
