"""Say in words whom a change writes to, and on which day."""

from collections.abc import Iterable
from datetime import date

from tasks.people.notice_recipients import Recipient
from tasks.words.templates import sentences_of, words_module
from tasks.words.translator import Translator


def word_told(
    say: Translator,
    heard: Iterable[Recipient],
    today: date,
    *,
    on_page: bool = False,
    confirmed: bool = False,
) -> tuple[str, ...]:
    """Return a sentence for each day with the people who get a letter on it, and one for the letters that are held.

    Where a letter confirms it to the reader, one says so.
    """
    names: dict[date | None, set[str]] = {}
    for recipient in heard:
        names.setdefault(recipient.on, set()).add(recipient.name)
    held = sorted(names.pop(None, set()))
    days = [(day, sorted(of_day)) for day, of_day in sorted(names.items()) if day is not None]
    return sentences_of(words_module(say.language, "told", today).lines(days, held, on_page, confirmed))
