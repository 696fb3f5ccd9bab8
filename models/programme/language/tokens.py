"""Cut a sentence into tokens, walk along them, and say what is wrong and where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from models.reading.number import shown
from models.reading.value_faults import nearest

# How much of a sentence is shown before and after the fault.
_BEFORE = 80
_AFTER = 40


class SentenceFault(ValueError):
    """A sentence that cannot be read: `at` and `length` are the place; the message is the cure."""

    def __init__(self, message: str, at: int, length: int = 1) -> None:
        """Take the fault and its characters."""
        self.message = message
        self.at = at
        self.length = length
        super().__init__(message)

    def word_in(self, sentence: str) -> str:
        """Return the words of the sentence that are wrong; empty at its end."""
        return sentence[self.at : self.at + self.length]

    def drawn_under(self, sentence: str) -> str:
        """Return the sentence, or the part around the fault, and below it carets and the message."""
        start = max(0, self.at - _BEFORE)
        part = "".join(sign if sign.isprintable() else " " for sign in sentence[start : self.at + _AFTER])
        carets = "^" * max(1, min(self.length, _AFTER))
        return f"{part}\n{' ' * (self.at - start)}{carets} {self.message}"


def expected(says: str, wanted: Sequence[str], word: str, near: Iterable[str]) -> str:
    """Return what is expected, as a sentence or a list, and which of the near words may be meant."""
    words = list(dict.fromkeys(wanted))
    listed = " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"
    return f"{says or f'{listed} is expected here'}{meant(word, near)}"


def meant(word: str, words: Iterable[str]) -> str:
    """Return the nearest of the words, as the end of a sentence; empty if none is near."""
    near = nearest(word, list(words))
    return f"; did you mean '{shown(near)}'?" if near else ""


_Value = TypeVar("_Value")
# Texts in quotes, sums with spaced thousands, parts with their sign, and all other words.
_WORD = re.compile(
    r'"[^"]*"|[1-9][0-9]{0,2}(?: [0-9]{3})+(?:\.[0-9]{1,6})?(?![^\s,()])|[0-9.]+ ?%(?![^\s,()])|[^\s,()"]+'
)
_ENDLESS = re.compile(r"[0-9]{19}")
# A word without meaning, for easier reading.
_IGNORED = "the"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a sentence, or a text in parentheses."""

    text: str
    at: int
    length: int


class Mismatch(Exception):
    """The next words do not match the form."""


def cut(sentence: str) -> list[Token]:
    """Return the words of a sentence; SentenceFault for an open parenthesis or an endless number."""
    tokens = []
    position = 0
    while position < len(sentence):
        sign = sentence[position]
        if sign == "(":
            end = _closing(sentence, position)
            text = " ".join(sentence[position + 1 : end].split())
            tokens.append(Token(f"({text})", position, end + 1 - position))
            position = end + 1
        elif match := _WORD.match(sentence, position):
            if match[0][0] != '"' and _ENDLESS.search(match[0]):
                raise SentenceFault("this number is too long: that is a slip", position, len(match[0]))
            if match[0].lower() != _IGNORED:
                tokens.append(Token(match[0], position, len(match[0])))
            position = match.end()
        elif sign == ")":
            raise SentenceFault("no parenthesis is open here; take ')' out", position)
        else:
            position += 1
    if len(tokens) > 150:
        raise SentenceFault("so long a sentence says nothing", tokens[150].at)
    return tokens


def _closing(sentence: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(sentence)):
        depth += (sentence[position] == "(") - (sentence[position] == ")")
        if depth == 0:
            return position
    raise SentenceFault("this parenthesis is not closed; put ')' after the source", opening)


class Walk:
    """A reader's place in a sentence, the farthest place of any form, and what was expected there.

    `says` is the message for that place. Without it, the message lists the `wanted` words, or else
    the words that `may` come.
    """

    def __init__(self, sentence: str) -> None:
        """Begin at the first word."""
        self.tokens = cut(sentence)
        self.place = self.far = 0
        self.says = ""
        self.wanted: list[str] = []
        self.may: list[str] = []
        self.near: list[str] = []
        self._open: list[int] = []
        self._end = Token("", len(sentence.rstrip()), 1)

    @property
    def token(self) -> Token:
        """The word here; at the end one without text."""
        return self.tokens[self.place] if self.place < len(self.tokens) else self._end

    @property
    def at_end(self) -> bool:
        """Whether no word is left."""
        return self.place >= len(self.tokens)

    def word(self, place: int) -> str:
        """Return the word at a place, in lower case; empty after the last."""
        return self.tokens[place].text.lower() if place < len(self.tokens) else ""

    def hear(self, words: tuple[str, ...]) -> bool:
        """Move past the words and return True; raises Mismatch if others come. (s) is singular or plural."""
        for number, word in enumerate(words):
            if word == _IGNORED:
                continue
            heard = word.replace("(s)", "").lower()
            several = word.replace("(s)", "s").lower()
            if self.word(self.place) not in (heard, several):
                rest = " ".join(words[number:]).replace("(s)", "s")
                raise self.miss([f"'{rest}'"], [rest, several])
            self.place += 1
        return True

    def miss(self, wanted: Iterable[str], near: Iterable[str] = (), says: str = "") -> Mismatch:
        """Return the mismatch, noting what was expected here."""
        if self.place > self.far:
            self.far = self.place
            self.says = ""
            self.wanted = []
            self.may = []
            self.near = []
        if self.place == self.far:
            self.near += near
            if self.place in self._open:
                self.may += wanted
            else:
                self.wanted += wanted
                self.says = self.says or says
        return Mismatch()

    def attempt(self, read: Callable[[Walk], _Value]) -> _Value | None:
        """Return the value that is read here; None, without moving, if something else comes."""
        place = self.place
        try:
            return read(self)
        except Mismatch:
            self.place = place
            return None

    def perhaps(self, read: Callable[[Walk], _Value]) -> _Value | None:
        """Return the value that is read here, if it comes; an optional part is not what is expected."""
        self._open.append(self.place)
        value = self.attempt(read)
        self._open.pop()
        return value

    def fail(self, message: str, place: int | None = None) -> SentenceFault:
        """Return the fault of a word, the one here if no place is given."""
        self.place = self.place if place is None else place
        wrong = self.token
        if wrong is self._end:
            message = message.replace(" is expected here", " is expected at the end")
        return SentenceFault(message, wrong.at, wrong.length)

    def fault(self) -> SentenceFault:
        """Return the fault of the farthest place, with what was expected there."""
        self.place = self.far
        return self.fail(expected(self.says, self.wanted or self.may, self.token.text, self.near))
