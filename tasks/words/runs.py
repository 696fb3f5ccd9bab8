"""Word what Prefect's runs are called and came to."""

from tasks.settings import language_set
from tasks.words.templates import word_from, words_of


def word_run(what: str, *facts: object) -> str:
    """Return in a line what a run is called or came to: the words of that name in `administration/runs.j2`."""
    return word_from(words_of(language_set(), "administration/runs.j2"), what, *facts)
