"""What is wrong with a sentence, and where in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from models.reading.messages import nearest
from models.reading.number import shown

# So much of a sentence is shown before and from what is wrong in it.
_BEFORE, _AFTER = 80, 40


class SentenceFault(ValueError):
    """A sentence that cannot be read: `at` and `length` say where, the message what is expected, and the cure."""

    def __init__(self, message: str, at: int, length: int = 1) -> None:
        """Take what is wrong and the characters that are."""
        self.message, self.at, self.length = message, at, length
        super().__init__(message)

    def drawn_under(self, sentence: str) -> str:
        """Return the sentence, or the part of a long one around what is wrong, and below it carets and the message."""
        start = max(0, self.at - _BEFORE)
        part = "".join(sign if sign.isprintable() else " " for sign in sentence[start : self.at + _AFTER])
        carets = "^" * max(1, min(self.length, _AFTER))
        return f"{part}\n{' ' * (self.at - start)}{carets} {self.message}"


def expected(says: str, wanted: Sequence[str], found: str, near: Iterable[str]) -> str:
    """Return what is expected, in a sentence of its own or as a list, and which of the near words was meant."""
    words = list(dict.fromkeys(wanted))
    listed = " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"
    return f"{says or f'{listed} is expected here'}{meant(found, near)}"


def meant(found: str, words: Iterable[str]) -> str:
    """Return which of the words was meant, as the end of a sentence; nothing where none is near."""
    near = nearest(found, list(words))
    return f"; did you mean '{shown(near)}'?" if near else ""
