"""A sentence and what it is about, to be said in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence:
    """An English sentence with `%(name)s` for its facts; as a text it is the English one.

    A fact is a name that every language writes alike, a number, a day, or another sentence or error to be said too.
    """

    def __init__(self, sentence: str, /, **facts: object) -> None:
        self.sentence: str = sentence
        self.facts: Mapping[str, object] = facts

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.sentence % self.facts

    def __repr__(self) -> str:
        """Return the sentence in English, as what it is."""
        return f"Sentence({str(self)!r})"
