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
    later: Iterable[Recipient] = (),
) -> tuple[str, ...]:
    """Return a sentence for each day with the people who get a letter on it, and one for the letters that are held.

    Where a letter confirms it to the reader, one says so; and one for each day on which a round tells others `later` of
    what they can do from now on, unless the act has a letter sent to them itself.
    """
    told = list(heard)
    held = sorted({one.name for one in told if one.on is None})
    by_the_act = {one.name for one in told}
    others = [one for one in later if one.name not in by_the_act]
    module = words_module(say.language, "told", today)
    return sentences_of(module.lines(_by_day(told), held, _by_day(others), on_page, confirmed))


def _by_day(recipients: Iterable[Recipient]) -> list[tuple[date, list[str]]]:
    """Return the days on which letters go, each with the names of those who get one."""
    names: dict[date, set[str]] = {}
    for one in recipients:
        if one.on is not None:
            names.setdefault(one.on, set()).add(one.name)
    return [(day, sorted(of_day)) for day, of_day in sorted(names.items())]
