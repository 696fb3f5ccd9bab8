"""Words in sentences as kinds of value: one that is written so, one of some, a text in parentheses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.programme.language.rule import OF_THE_DECISION, Name
from models.programme.language.tokens import Walk


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is written so; `made` returns its value, or raises what is wrong with it."""

    pattern: str
    says: str
    made: Callable[[str], Any] = str
    said: Callable[[Any], str | None] = str

    def read(self, walk: Walk) -> Any:
        """Return the value of the word that comes."""
        token = walk.token
        if not re.fullmatch(self.pattern, token.text):
            raise walk.miss([], says=self.says)
        try:
            found = self.made(token.text)
        except ValueError as error:
            raise walk.fail(str(error)) from error
        walk.place += 1
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words, each with its value; `called` is what they are in a message."""

    words: Mapping[str, Any]
    called: str = ""

    def read(self, walk: Walk) -> Any:
        """Return the value of the words that come."""
        phrases = {one: one.lower().replace("the ", "").split() for one in self.words}
        for phrase, words in phrases.items():
            if all(walk.word(walk.place + number) == word for number, word in enumerate(words)):
                walk.place += len(words)
                return self.words[phrase]
        wanted = [self.called] if self.called else [f"'{one}'" for one in self.words]
        raise walk.miss(wanted, self.words)

    def said(self, held: Any) -> str | None:
        """Return the words for a value."""
        return next((word for word, value in self.words.items() if value == held), None)


class Named(Word):
    """A name, or a question; where it stands is kept for messages."""

    __slots__ = ()

    def read(self, walk: Walk) -> Any:
        """Return it."""
        return replace(Word.read(self, walk), at=walk.tokens[walk.place - 1].at)


class DayName(Named):
    """A day by its name, or by that of a date of the decision."""

    __slots__ = ()

    def read(self, walk: Walk) -> Name:
        """Return the name."""
        found: Name = Named.read(self, walk)
        of_decision = walk.perhaps(lambda walk: walk.hear(("of", "the", "decision")))
        return found if of_decision is None else replace(found, text=found.text + OF_THE_DECISION)
