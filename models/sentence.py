"""A sentence and what it is about, to be said in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence:
    """An English sentence with `%(name)s` for its facts; as a text it is the English one.

    A fact is a name that every language writes alike, a number, a day, another sentence or error to be said too, a
    list of these, or words in both languages, with `sv` and `en`.
    """

    def __init__(self, sentence: str, /, **facts: object) -> None:
        self.sentence: str = sentence
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.sentence % {name: _in_english(fact) for name, fact in self.facts.items()}

    def __repr__(self) -> str:
        """Return the sentence in English, as what it is."""
        return f"Sentence({str(self)!r})"


def _in_english(fact: object) -> object:
    if isinstance(fact, list):
        return ", ".join(str(_in_english(one)) for one in fact)
    said = getattr(fact, "worded", None)
    return said if isinstance(said, Sentence) else getattr(fact, "en", fact)
