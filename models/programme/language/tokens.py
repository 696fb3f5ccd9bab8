"""Cut a sentence into words, numbers, days and texts in parentheses, and walk along them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from models.programme.language.fault import SentenceFault, expected

_WORD = re.compile(r'"[^"]*"|[^\s,()"]+')
_ENDLESS = re.compile(r"[0-9]{19}")
# What is said for the ear, and means nothing.
_IGNORED = ("the",)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence; a source is its text, with `bracketed`."""

    text: str
    at: int
    length: int
    bracketed: bool = False

    @property
    def end(self) -> int:
        """The position after it."""
        return self.at + self.length


def cut(sentence: str) -> list[Token]:
    """Return the words of a sentence; SentenceFault for a parenthesis that is not closed and a number without end."""
    found, position = [], 0
    while position < len(sentence):
        sign = sentence[position]
        if sign == "(":
            end = _closing(sentence, position)
            text = " ".join(sentence[position + 1 : end].split())
            found.append(Token(text, position, end + 1 - position, bracketed=True))
            position = end + 1
        elif match := _WORD.match(sentence, position):
            if match[0][0] != '"' and _ENDLESS.search(match[0]):
                raise SentenceFault("this number is too long: that is a slip", position, len(match[0]))
            if match[0].lower() not in _IGNORED:
                found.append(Token(match[0], position, len(match[0])))
            position = match.end()
        elif sign == ")":
            raise SentenceFault("no parenthesis is open here; take ')' out", position)
        else:
            position += 1
    return found


def _closing(sentence: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(sentence)):
        depth += (sentence[position] == "(") - (sentence[position] == ")")
        if depth == 0:
            return position
    raise SentenceFault("this parenthesis is not closed; put ')' after the source", opening)


class Walk:
    """Where a reader is in a sentence."""

    def __init__(self, sentence: str) -> None:
        """Begin at the first word."""
        self.tokens = cut(sentence)
        self.place = 0
        self._end = Token("", len(sentence.rstrip()), 1)

    @property
    def token(self) -> Token:
        """The word here; at the end one without text."""
        return self.ahead(0)

    @property
    def at_end(self) -> bool:
        """Whether no word is left."""
        return self.place >= len(self.tokens)

    def ahead(self, count: int) -> Token:
        """Return the word so many further on."""
        position = self.place + count
        return self.tokens[position] if position < len(self.tokens) else self._end

    def word(self, count: int = 0) -> str:
        """Return the word here, or so many further on, in lower case; nothing for a text in parentheses."""
        token = self.ahead(count)
        return "" if token.bracketed else token.text.lower()

    def follows(self, phrase: str) -> bool:
        """Return whether the words of the phrase come here, and go past them if they do."""
        words = phrase.split()
        if any(self.word(position) != one.lower() for position, one in enumerate(words)):
            return False
        self.place += len(words)
        return True

    def take(self) -> Token:
        """Return the word here, and go past it."""
        token = self.token
        self.place += 1
        return token

    def expect(self, *phrases: str) -> str:
        """Go past the one of the phrases that comes here, and return it; SentenceFault where none does."""
        found = next((phrase for phrase in phrases if self.follows(phrase)), None)
        if found is None:
            self.fail(expected(phrases, self.token.text))
        return found

    def source(self) -> str:
        """Return the text in parentheses that comes here, and go past it; nothing where none does."""
        return self.take().text if self.token.bracketed else ""

    def fail(self, message: str, token: Token | None = None) -> NoReturn:
        """Raise that something is wrong with a word, the one here if none is given."""
        wrong = token or self.token
        if wrong is self._end:
            message = message.replace(" is expected here", " is expected at the end")
        raise SentenceFault(message, wrong.at, wrong.length)
