"""Hold the numbers that a text states against the figures that they are of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.rules.answers.small_numbers import number_in, sentences_of


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure, and what its question is called in each language."""

    titles: tuple[str, ...]
    number: Decimal


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence that states another number of a figure than it is."""

    sentence: str
    stated: int
    number: Decimal


def find_contradictions(text: str, counted: Sequence[Counted]) -> Iterator[Contradiction]:
    """Yield the sentences in which a number directly before a figure's own noun is another than the figure.

    The noun is the question's title, or its first word where no other question begins with it: "14 anmälningar".
    """
    first = [title.split()[0].casefold() for one in counted for title in one.titles]
    for sentence in sentences_of(text):
        for one in counted:
            nouns = set(one.titles)
            nouns |= {
                title.split()[0] for title in one.titles if first.count(title.split()[0].casefold()) == 1
            }
            stated = next((number for noun in nouns for number in _before(noun, sentence)), None)
            if stated is not None and stated != one.number:
                yield Contradiction(sentence, stated, one.number)


def _before(noun: str, sentence: str) -> Iterator[int]:
    """Yield the numbers, in figures or as words, that stand directly before a noun."""
    pattern = rf"(?<![\w.,])(\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+|\w+)\s+{re.escape(noun)}\b"
    for found in re.findall(pattern, sentence, re.IGNORECASE):
        number = number_in(re.sub(r"\s", "", found))
        if number is not None:
            yield number
