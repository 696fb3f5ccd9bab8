"""Word who is written to by a change, and on which day."""

from collections.abc import Iterable
from datetime import date

from tasks.people.notice_recipients import Recipient
from tasks.words.templates import sentences_of, words_module
from tasks.words.translator import Translator


def word_told(
    say: Translator, heard: Iterable[Recipient], today: date, *, on_page: bool = False
) -> tuple[str, ...]:
    """Return a sentence a day with those who get a letter on it, and one with those whose letter is held."""
    names: dict[date | None, set[str]] = {}
    for recipient in heard:
        names.setdefault(recipient.on, set()).add(recipient.name)
    held = sorted(names.pop(None, set()))
    days = [(day, sorted(of_day)) for day, of_day in sorted(names.items()) if day is not None]
    return sentences_of(words_module(say.language, "told", today).lines(days, held, on_page))
