"""Word the journal, a line an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from models.vocabulary import NoticeKind
from tasks.words.templates import one_paragraph, words_module
from tasks.words.translator import Translator

# What a day did to many steps in the same way is one line.
GATHERED = frozenset(
    {
        "step_planned",
        "step_opened",
        "step_ready",
        "step_reopened",
        "step_skipped",
        "due_date_set",
        "step_cancelled",
        "figures_gathered",
        "step_imported_as_done",
    }
)
_LETTERS = frozenset(str(kind) for kind in NoticeKind)


@dataclass(frozen=True, slots=True)
class NamedEvent:
    """An event with its names looked up: the step's title, who is meant, who did it, and what was noted."""

    name: str
    step: str
    who: str
    by: str
    detail: dict[str, object]
    currency: str


def word_event(say: Translator, event: NamedEvent, today: date) -> str:
    """Return what happened, as a sentence; an event that has no words of its own is named as it is kept."""
    words = words_module(say.language, "journal", today)
    notice = event.name.removesuffix("_queued")
    if notice != event.name and notice in _LETTERS:
        return one_paragraph(words.letter(event, notice))
    if event.name in GATHERED:
        return word_together(say, event.name, [event.step], today)
    return one_paragraph(words.event(event))


def word_together(say: Translator, name: str, titles: Sequence[str], today: date) -> str:
    """Return what a day did to the steps with these titles as one sentence."""
    return one_paragraph(words_module(say.language, "journal", today).together(name, titles))
