"""Name Prefect's runs, and describe their results."""

from tasks.settings import language_set
from tasks.words.templates import word_from, words_of


def word_run(what: str, *facts: object) -> str:
    """Return a run's name or result in one line, by its name in `administration/runs.j2`."""
    return word_from(words_of(language_set(), "administration/runs.j2"), what, *facts)
