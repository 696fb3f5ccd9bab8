"""Word what Prefect's runs are called and came to, in the office's language."""

from tasks.settings import language_set
from tasks.words.templates import one_paragraph, words_of


def word_run(what: str, *facts: object) -> str:
    """Return in a line what a run is called or came to: a macro of `administration/runs.j2`, and its facts."""
    words = words_of(language_set(), "administration/runs.j2")
    return one_paragraph(getattr(words, what)(*facts))
