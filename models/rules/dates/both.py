"""A sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self


class Both(NamedTuple):
    """The same words in Swedish and in English."""

    sv: str
    en: str

    @classmethod
    def same(cls, text: str) -> Self:
        """Return a text that is the same in both: a date, a number, a name."""
        return cls(text, text)

    @classmethod
    def joined(cls, parts: Iterable[Both], mark: str) -> Self:
        """Return the parts with a mark between them; empty ones are left out."""
        parts = list(parts)
        return cls(mark.join(p.sv for p in parts if p.sv), mark.join(p.en for p in parts if p.en))
