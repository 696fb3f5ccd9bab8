"""Say in a person's language what a sentence about sums says."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from models.programme.language.amounts.kinds import print_sum
from models.reading.part import print_part
from tasks.words.templates import words_template


def word_amount(
    language: str, what: Literal["share", "keeps", "repays", "when", "late", "check", "origin"], value: object
) -> str:
    """Return what the value of a sentence says; of `late`, its prices."""

    def marked(text: str) -> str:
        return text.replace(".", ",") if language == "sv" else text

    def part(held: Fraction) -> str:
        return marked(print_part(held))

    def number(held: int | Decimal) -> str:
        return marked(print_sum(Decimal(held)))

    words: Any = words_template(language, "explanations/amounts.j2").make_module(
        {"part": part, "number": number}
    )
    return str(getattr(words, what)(value))
